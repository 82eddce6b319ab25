"""The columns of an audit's report: what the sealed JSON, CSV, XLSX, PDF and API hold of a finding.

One row a column. The sealed JSON holds them all, in this order; the row says where else it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any


class ValueKind(StrEnum):
    """What a column holds, which decides how each form writes it."""

    NUMBER = "number"
    WORD = "word"  # one word of a list of words, never empty
    TEXT = "text"
    YES_NO = "yes_no"
    TIME = "time"
    MONEY = "money"  # in hundredths
    LIST = "list"
    FIELDS = "fields"  # names and values, or nothing


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding as the report reads it.

    :param finding: a row of `queries.audits.findings`.
    :param proposed: what its proposal would set, in words.
    :param scan_ids: the scans that it is based on.
    :param outside_scan: the newest scan of a missing asset that the audit does not count, in words.
    :param last_seen: when and where the register saw a missing asset last.
    """

    finding: Any
    proposed: Mapping[str, str] | None = None
    scan_ids: list[str] | None = None
    outside_scan: Mapping[str, str] | None = None
    last_seen: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of the report.

    :param name: its key in the sealed JSON. A sealed report is read for years: never rename one.
    :param header: its header in CSV and XLSX; empty: it is not in them.
    :param api_name: its key in the API; empty: it is not in it.
    """

    name: str
    kind: ValueKind
    read: Callable[[ReportedFinding], Any]
    header: str = ""
    api_name: str = ""


_K = ValueKind


def _of(attribute: str) -> Callable[[ReportedFinding], Any]:
    return attrgetter(f"finding.{attribute}")


def _word(attribute: str) -> Callable[[ReportedFinding], Any]:
    """Return a reader of an enum's value: seals are written of plain texts only."""

    def read(reported: ReportedFinding) -> str | None:
        member = getattr(reported.finding, attribute)
        return member.value if member is not None else None

    return read


REPORT_COLUMNS = (
    ReportColumn("id", _K.NUMBER, _of("id"), api_name="id"),
    ReportColumn("state", _K.WORD, _word("state"), "Finding", "state"),
    ReportColumn("flags", _K.LIST, _of("flags"), "Flags", "flags"),
    ReportColumn("asset_tag", _K.TEXT, _of("asset_tag"), "Asset Tag", "asset"),
    ReportColumn("name", _K.TEXT, _of("asset_name"), "Name", "name"),
    ReportColumn("serial_number", _K.TEXT, _of("serial_number"), "Serial"),
    ReportColumn("category", _K.TEXT, _of("category"), "Category"),
    ReportColumn("code", _K.TEXT, _of("code"), "Code", "code"),
    ReportColumn("expected", _K.YES_NO, _of("is_expected"), "Expected", "expected"),
    ReportColumn(
        "recorded_location",
        _K.TEXT,
        _of("recorded_location"),
        "Recorded Location",
        "recorded_location",
    ),
    ReportColumn(
        "recorded_custodian",
        _K.TEXT,
        _of("recorded_custodian"),
        "Recorded Custodian",
        "recorded_custodian",
    ),
    ReportColumn(
        "recorded_status", _K.TEXT, _of("recorded_status"), "Recorded Status", "recorded_status"
    ),
    ReportColumn("value_cents", _K.MONEY, _of("value_cents"), "Value"),
    ReportColumn("currency", _K.TEXT, _of("currency"), "Currency"),
    ReportColumn("seen_at", _K.TIME, _of("seen_at"), "Seen At", "seen_at"),
    ReportColumn("seen_location", _K.TEXT, _of("seen_location"), "Seen Location", "seen_location"),
    ReportColumn("sightings", _K.NUMBER, _of("sightings"), "Sightings", "sightings"),
    ReportColumn(
        "outside_scan",
        _K.FIELDS,
        attrgetter("outside_scan"),
        "Scanned Outside The Audit",
        "outside_scan",
    ),
    ReportColumn("last_seen", _K.FIELDS, attrgetter("last_seen"), "Last Seen", "last_seen"),
    ReportColumn("proposal", _K.TEXT, _word("proposal"), "Proposal", "proposal"),
    ReportColumn("proposed", _K.FIELDS, attrgetter("proposed"), "Proposed", "proposed"),
    ReportColumn("decision", _K.TEXT, _word("decision"), "Decision", "decision"),
    ReportColumn("reason", _K.TEXT, _of("reason"), "Reason", "reason"),
    ReportColumn("decided_by", _K.TEXT, _of("decided_by"), "Decided By", "decided_by"),
    ReportColumn("decided_at", _K.TIME, _of("decided_at"), "Decided At", "decided_at"),
    ReportColumn("scan_ids", _K.LIST, attrgetter("scan_ids")),
)
FIELD_ORDER = (
    "location", "custodian", "asset_tag", "scanned_at", "by", "intent", "audit", "scan_id",
)  # fmt: skip
API_COLUMNS = tuple(column for column in REPORT_COLUMNS if column.api_name)
TABLE_COLUMNS = tuple(column for column in REPORT_COLUMNS if column.header)
COLUMN_KINDS = {column.name: column.kind for column in REPORT_COLUMNS}


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """One column of the PDF's tables: paper is narrow, so a cell holds several report columns.

    :param width: in percent of the page.
    :param names: the report columns whose values it holds, a line each.
    """

    heading: str
    width: int
    names: tuple[str, ...]


PAPER_COLUMNS = (
    PaperColumn("Asset or code", 16, ("asset_tag", "code", "flags")),
    PaperColumn("Name, serial, value", 22, ("name", "serial_number", "value_cents")),
    PaperColumn("Recorded", 20, ("recorded_location", "recorded_custodian")),
    PaperColumn("Seen", 22, ("seen_location", "seen_at", "outside_scan", "last_seen")),
    PaperColumn("Decision", 20, ("decision",)),
)


def to_report(reported: ReportedFinding) -> dict[str, Any]:
    """Return a finding as the sealed JSON holds it."""
    return {
        column.name: show_time(column.read(reported))
        if column.kind is ValueKind.TIME
        else column.read(reported)
        for column in REPORT_COLUMNS
    }


def to_api(reported: ReportedFinding) -> dict[str, Any]:
    """Return a finding as the API returns it."""
    return {column.api_name: column.read(reported) for column in API_COLUMNS}


def to_cells(reported: ReportedFinding) -> list[str | int | Decimal | None]:
    """Return a finding as a line of CSV or XLSX, in the order of TABLE_COLUMNS."""
    return [_to_cell(column.kind, column.read(reported)) for column in TABLE_COLUMNS]


def to_sealed_cells(finding: Mapping[str, Any]) -> list[str | int | Decimal | None]:
    """Return the same line of a finding as the sealed JSON holds it.

    A report that was sealed before a column was added has no value for it.
    """
    return [
        _to_cell(column.kind, _read_sealed(column.kind, finding.get(column.name)))
        for column in TABLE_COLUMNS
    ]


def _read_sealed(kind: ValueKind, value: Any) -> Any:
    if kind is ValueKind.TIME and value is not None:
        return datetime.fromisoformat(value)
    return value


def _to_cell(kind: ValueKind, value: Any) -> str | int | Decimal | None:
    if kind is ValueKind.YES_NO:
        return "yes" if value else "no"
    if kind is ValueKind.LIST:
        return " ".join(value)
    if kind is ValueKind.FIELDS:
        # Canonical JSON sorts names, so the order of the words is said here.
        fields = value or {}
        return ", ".join(fields[name] for name in sorted(fields, key=_order_of))
    if value is None:
        return None
    if kind is ValueKind.MONEY:
        return Decimal(value) / 100
    if kind is ValueKind.TIME:
        return str(value.isoformat())
    cell: str | int = value
    return cell


def _order_of(name: str) -> tuple[int, str]:
    return (FIELD_ORDER.index(name) if name in FIELD_ORDER else len(FIELD_ORDER), name)


def show_time(moment: datetime | None) -> str | None:
    """Return a time as the report holds it: always with microseconds, so it is sealed one way."""
    return moment.isoformat(timespec="microseconds") if moment is not None else None
