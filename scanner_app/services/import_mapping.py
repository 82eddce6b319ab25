"""How the columns of one file are read: made from its headers, corrected by a person, kept as JSON.

Also the look at a whole file that the choices rest on: dates, decimal signs, unknown statuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.domain.import_columns import (
    CUSTOM,
    ImportKind,
    date_targets,
    find_missing,
    is_from_snipe,
    label_of,
    match_headers,
)
from scanner_app.domain.lifecycle import LABELS, Stage
from scanner_app.services.import_references import fold
from scanner_app.services.import_values import AmountColumn, DateColumn, DateOrder
from scanner_app.services.register.codes import holds_secret
from scanner_app.services.tabular import Table

MOST_STATUSES = 200
SAMPLES = 3
LONGEST_SAMPLE = 60

_STAGES = {fold(text): stage for stage in Stage for text in (stage.value, LABELS[stage])}
_WITH_META = re.compile(r"(.+?)\s*\(([a-z]+)\)")


def read_status(text: str, names: Mapping[str, Stage]) -> Stage | None:
    """Give the stage that a status name means: our own words first, then the table's.

    Snipe-IT's report writes `Ready to Deploy (Deployed)`: label, then what it amounts to. An
    asset that is deployed is in use, whatever its label.
    """
    key = fold(text)
    if found := _STAGES.get(key) or names.get(key):
        return found
    if parts := _WITH_META.fullmatch(key):
        label, meta = parts[1], parts[2]
        if meta == "deployed":
            return names.get(meta, Stage.IN_USE)
        return names.get(label) or _STAGES.get(label) or names.get(meta)
    return None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column means, and how its values are read."""

    columns: tuple[str, ...]
    date_orders: Mapping[str, str] = field(default_factory=dict)
    decimal_sign: str = ""
    make_places: bool = False
    make_people: bool = False
    statuses: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    separator: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "date_orders": dict(self.date_orders),
            "decimal_sign": self.decimal_sign,
            "make_places": self.make_places,
            "make_people": self.make_people,
            "statuses": dict(self.statuses),
            "encoding": self.encoding,
            "separator": self.separator,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ColumnMapping:
        return cls(
            columns=tuple(stored.get("columns", ())),
            date_orders=dict(stored.get("date_orders", {})),
            decimal_sign=str(stored.get("decimal_sign", "")),
            make_places=bool(stored.get("make_places")),
            make_people=bool(stored.get("make_people")),
            statuses=dict(stored.get("statuses", {})),
            encoding=str(stored.get("encoding", "")),
            separator=str(stored.get("separator", "")),
        )

    def stage_names(self, table: Mapping[str, Stage]) -> dict[str, Stage]:
        """Give the status names: the register's table, and above it what this import says."""
        return {**table, **{name: Stage(stage) for name, stage in self.statuses.items()}}


@dataclass(frozen=True, slots=True)
class Profile:
    """What one look at the whole file showed."""

    rows: int
    samples: tuple[tuple[str, ...], ...]
    unknown_statuses: tuple[str, ...] = ()
    ambiguous_dates: Mapping[str, str] = field(default_factory=dict)
    date_orders: Mapping[str, str] = field(default_factory=dict)
    decimal_sign: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "samples": [list(column) for column in self.samples],
            "unknown_statuses": list(self.unknown_statuses),
            "ambiguous_dates": dict(self.ambiguous_dates),
        }


def suggest_mapping(kind: ImportKind, table: Table) -> ColumnMapping:
    """Give the mapping that the header row suggests.

    A file of Snipe-IT's names places and people that it alone knows, so for it they are made.
    """
    snipe = is_from_snipe(kind, table.headers)
    return ColumnMapping(
        columns=match_headers(kind, table.headers),
        make_places=snipe,
        make_people=snipe,
        encoding=table.encoding,
        separator=table.separator,
    )


def profile_table(
    kind: ImportKind,
    table: Table,
    mapping: ColumnMapping,
    *,
    statuses: Mapping[str, Stage],
    most_rows: int,
) -> Profile:
    """Read the whole file once and say what its columns hold.

    :raises TooLarge: it has more rows than the setting allows.
    :raises BadTable: it goes wrong somewhere.
    """
    names = mapping.stage_names(statuses)
    targets = list(enumerate(mapping.columns))
    dates = {at: DateColumn() for at, target in targets if target in date_targets(kind)}
    amounts = {at: AmountColumn() for at, target in targets if target == "purchase_cost"}
    gathered: dict[int, DateColumn | AmountColumn] = {**dates, **amounts}
    status_at = mapping.columns.index("status") if "status" in mapping.columns else None
    statuses_seen = StatusColumn(names)
    samples: list[list[str]] = [[] for _ in table.headers]
    rows = 0
    for row in table.rows():
        rows += 1
        if rows > most_rows:
            raise TooLarge(f"The file has more than {most_rows:,} rows. Import it in parts.")
        cells = row.cells
        if rows <= 50:  # noqa: PLR2004 - where samples are looked for
            _gather_samples(samples, cells)
        for at, column in gathered.items():
            if at < len(cells) and cells[at]:
                column.add(cells[at])
        if status_at is not None and status_at < len(cells):
            statuses_seen.add(cells[status_at])
    return Profile(
        rows=rows,
        samples=tuple(tuple(column) for column in samples),
        unknown_statuses=tuple(statuses_seen.unknown.values()),
        ambiguous_dates={
            mapping.columns[at]: seen.example for at, seen in dates.items() if seen.is_ambiguous
        },
        date_orders={
            mapping.columns[at]: seen.order.value for at, seen in dates.items() if seen.order
        },
        decimal_sign=next((seen.decimal_sign or "" for seen in amounts.values()), ""),
    )


@dataclass(slots=True)
class StatusColumn:
    """Gathers the status names that no stage is known for."""

    names: Mapping[str, Stage]
    known: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)

    def add(self, cell: str) -> None:
        if cell in self.known or holds_secret(cell):
            return  # a password is refused in its row, and asked about by nobody
        text = cell
        # A status with control characters is refused in its row; here it would break JSON.
        if not text or not text.isprintable() or read_status(text, self.names) is not None:
            if len(self.known) < MOST_STATUSES:
                self.known.add(cell)
        elif len(self.unknown) < MOST_STATUSES:
            self.unknown.setdefault(fold(text), text[:100])


def _gather_samples(samples: list[list[str]], cells: Sequence[str]) -> None:
    for column, cell in zip(samples, cells, strict=False):
        text = " ".join(cell[:LONGEST_SAMPLE].split())
        if holds_secret(cell):
            continue  # shown to nobody, and refused in its row
        if text and text.isprintable() and len(column) < SAMPLES and text not in column:
            column.append(text)


def check_mapping(
    kind: ImportKind, headers: Sequence[str], mapping: ColumnMapping, profile: Profile
) -> None:
    """Refuse a mapping that leaves something open, naming all of it.

    :raises Invalid: `errors` by field: columns, dates, statuses.
    """
    errors: dict[str, list[str]] = {}
    if len(mapping.columns) != len(headers):
        errors.setdefault("columns", []).append(
            "The file and its columns do not fit. Upload again."
        )
    if missing := find_missing(kind, mapping.columns):
        errors.setdefault("columns", []).append(f"Say which column is the {', '.join(missing)}.")
    chosen = [target for target in mapping.columns if target and target != CUSTOM]
    for target in sorted({name for name in chosen if chosen.count(name) > 1}):
        errors.setdefault("columns", []).append(
            f"Two columns are {label_of(kind, target)}. Leave one of them out."
        )
    for target, example in profile.ambiguous_dates.items():
        if target not in mapping.date_orders:
            errors.setdefault("dates", []).append(
                f"{label_of(kind, target)}: {example} can be read two ways. "
                "Say whether the day or the month is first."
            )
    if profile.unknown_statuses:
        names = ", ".join(profile.unknown_statuses[:8])
        errors.setdefault("statuses", []).append(f"Say which stage each status means: {names}.")
    if errors:
        raise Invalid("The columns are not clear yet.", code="mapping_open", errors=errors)


def settle(mapping: ColumnMapping, profile: Profile) -> ColumnMapping:
    """Give the mapping with what the columns themselves show; what a person chose stays."""
    return ColumnMapping(
        columns=mapping.columns,
        date_orders={**profile.date_orders, **mapping.date_orders},
        decimal_sign=mapping.decimal_sign or profile.decimal_sign,
        make_places=mapping.make_places,
        make_people=mapping.make_people,
        statuses=mapping.statuses,
        encoding=mapping.encoding,
        separator=mapping.separator,
    )


def order_of(mapping: ColumnMapping, target: str) -> DateOrder | None:
    order = mapping.date_orders.get(target)
    return DateOrder(order) if order else None
