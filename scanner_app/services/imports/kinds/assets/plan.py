"""Plans asset rows: which asset a row means, what it would create or change, or why it is refused.

Nothing is written here. A blank cell keeps the value; an asset that the file does not name is not
touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import canonical_value, tag_key
from scanner_app.domain.errors import Invalid
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.kind import CATEGORIES, MODELS, PEOPLE, PLACES
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.queries.imports.closed import list_closed_locations, list_people_who_left
from scanner_app.queries.imports.register_snapshot import AssetNow
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import as_reason, check_tag, shorten
from scanner_app.services.imports.kinds.assets.values import AssetValues
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    RowReader,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.register.codes import (
    ASSET_SCHEMES,
    CodeOwner,
    find_code_owners,
    find_problem,
)
from scanner_app.services.register.fields import read_asset_tag

MAX_IDENTIFIERS = 50
_SCHEME = re.compile(rf"(?:^|\s+)(?=(?:{'|'.join(sorted(ASSET_SCHEMES))}):)")

_EPC = re.compile(r"(?:[0-9A-Fa-f]{4}){4,16}")

# Column of the asset: the target under whose label its change is shown.
SHOWN_AS = {
    "name": "name",
    "serial_number": "serial_number",
    "model_id": "model",
    "category_id": "category",
    "status": "status",
    "location_id": "location",
    "home_location_id": "home_location",
    "custodian_id": "custodian",
    "due_at": "due_at",
    "purchase_date": "purchase_date",
    "purchase_cost_cents": "purchase_cost",
    "currency": "currency",
    "supplier": "supplier",
    "order_number": "order_number",
    "warranty_months": "warranty_months",
    "eol_date": "eol_date",
    "notes": "notes",
}


_LONGER = {"location_id": "in use", "home_location_id": "in use", "custodian_id": "here"}


@dataclass(slots=True)
class _Draft:
    """One row while it is planned: its cells, its tag, and the further codes it names."""

    reader: RowReader
    key: str
    tag: str
    identifiers: list[tuple[str, str]]


class AssetPlanner:
    """Plans chunks of asset rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.values = AssetValues(session, context)
        self.seen: dict[str, int] = {}
        self.serials: dict[str, int] = {}
        self.claimed: dict[tuple[str, str], str] = {}
        self.owners: dict[str, list[CodeOwner]] = {}  # of the codes of the chunk
        self.used: set[tuple[str, str]] = set()
        closed = list_closed_locations(session)
        self.closed = {
            "location_id": closed,
            "home_location_id": closed,
            "custodian_id": list_people_who_left(session),
        }

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: assets are planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return the records that rows wait for which are not refused."""
        values = self.values
        made = {
            PLACES.name: (values.places.to_make, ("location_id", "home_location_id")),
            PEOPLE.name: (values.people.to_make, ("custodian_id",)),
            MODELS.name: (values.models.to_make, ("model_id",)),
            CATEGORIES.name: (values.categories.to_make, ("category_id",)),
        }
        used = {
            name: {
                key: spec
                for key, spec in specs.items()
                if any((column, key) in self.used for column in columns)
            }
            for name, (specs, columns) in made.items()
        }
        used[PLACES.name] = values.places.with_parents(used[PLACES.name])
        return used

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with three statements for all of them together."""
        drafts = [self._read(row) for row in rows]
        existing = queries.assets_by_tag_key(session, {draft.key for draft in drafts if draft.key})
        codes = {code for draft in drafts for code in draft.identifiers}
        codes |= {("tag", draft.key) for draft in drafts if draft.key}
        holders = queries.find_holders(session, codes)
        self.owners = find_code_owners(session, {value for _scheme, value in codes})
        ids = [asset.id for asset in existing.values()]
        known = queries.open_identifiers(session, asset_ids=ids) if ids else {}
        return [self._plan(draft, existing.get(draft.key), holders, known) for draft in drafts]

    # -- Reading ----------------------------------------------------------------------------------

    def _read(self, row: Row) -> _Draft:
        reader = RowReader.read(row, self.context)
        tag = reader.parse("asset_tag", "Asset Tag", check_tag) or ""
        key = tag_key(tag) if tag else ""
        if not key and not reader.reasons:
            reader.reasons.append("the row has no asset tag")
        elif key and key in self.seen:
            reader.reasons.append(f"row {self.seen[key]} has the same asset tag")
        elif key:
            self.seen[key] = row.number
            reader.reasons += _find_problems(tag)
        return _Draft(reader, key, tag, self._read_identifiers(reader, key))

    def _read_identifiers(self, reader: RowReader, key: str) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        text = reader.code("identifiers", "Identifiers")
        for part in _SCHEME.split(text):
            scheme, colon, value = part.partition(":")
            if colon and scheme in ASSET_SCHEMES:
                if code := canonical_value(scheme, value):
                    found[scheme, code] = None
            else:
                for code in re.split(r"[\s,;]+", part):
                    if code:
                        found["alias", canonical_value("alias", code)] = None
        found |= dict.fromkeys(_read_labels(reader, key))
        if snipe_id := reader.plain("snipe_id", "ID"):
            if snipe_id.isdecimal() and snipe_id.isascii():
                found["snipe_id", snipe_id.lstrip("0") or "0"] = None
            else:
                reader.reasons.append(f"ID {shorten(snipe_id)!r} is not a number")
        if len(found) > MAX_IDENTIFIERS:
            reader.reasons.append(f"Identifiers are more than {MAX_IDENTIFIERS}")
        found.pop(("tag", key), None)
        return list(found)

    # -- Planning ---------------------------------------------------------------------------------

    def _plan(
        self,
        draft: _Draft,
        now: AssetNow | None,
        holders: Mapping[tuple[str, str], queries.Holder],
        known: Mapping[int, set[tuple[str, str]]],
    ) -> PlannedRow:
        reader = draft.reader
        row = PlannedRow(reader.number, shorten(draft.tag))
        if not draft.key or (reader.reasons and now is None and not reader.texts):
            return refuse(row, reader)
        values, refs = self.values.read(reader, now)
        identifiers = self._new_identifiers(draft, now, holders, known)
        if reader.reasons:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        reader.reasons += self._find_closed(now, values)
        if reader.reasons:
            return refuse(row, reader)
        self._warn(reader, values)
        if now is None:
            return self._create(row, draft, values, refs, identifiers)
        return self._change(row, reader, now, values, refs, identifiers)

    def _find_closed(self, now: AssetNow | None, values: Mapping[str, Any]) -> list[str]:
        """Return why a row hands to a person who left, or brings to a closed location.

        What is so already may stay: an export that is imported changes nothing.
        """
        return [
            f"{shorten(closed[value])!r} is no longer {_LONGER[name]}"
            for name, closed in self.closed.items()
            if isinstance(value := values.get(name), int)
            and value in closed
            and (now is None or as_json(now, name) != value)
        ]

    def _warn(self, reader: RowReader, values: Mapping[str, Any]) -> None:
        """Note what may be wrong in a row, although nothing forbids it."""
        for name in ("name", "notes", "supplier"):
            if str(values.get(name) or "")[:1] in {"=", "@"}:
                reader.notes.append(
                    f"{label_of(ImportKind.ASSETS, name)} begins like a formula; it is kept as text"
                )
        serial = tag_key(str(values.get("serial_number") or ""))
        if serial:
            other = self.serials.setdefault(serial, reader.number)
            if other != reader.number:
                reader.notes.append(f"row {other} has the same serial number")
        bought, end = values.get("purchase_date"), values.get("eol_date")
        if bought and end and end < bought:
            reader.notes.append("the end of life is before the purchase")

    def _new_identifiers(
        self,
        draft: _Draft,
        now: AssetNow | None,
        holders: Mapping[tuple[str, str], queries.Holder],
        known: Mapping[int, set[tuple[str, str]]],
    ) -> list[tuple[str, str]]:
        has = known.get(now.id, set()) if now else set()
        wanted = draft.identifiers if now else [*draft.identifiers, ("tag", draft.key)]
        new: list[tuple[str, str]] = []
        for code in wanted:
            if code in has:
                continue
            scheme, value = code
            holder = holders.get(code)
            if scheme != "serial":
                other = self.claimed.setdefault(code, draft.key)
                problem = find_problem(
                    self.owners, code, kind="asset", own_id=now.id if now else None
                )
                if problem is not None:
                    draft.reader.reasons.append(as_reason(problem))
                    continue
                if holder is not None and (now is None or holder.asset_id != now.id):
                    draft.reader.reasons.append(
                        f"the code {shorten(value)!r} ({scheme}) already belongs to something else"
                    )
                    continue
                if other != draft.key:
                    draft.reader.reasons.append(
                        f"the code {shorten(value)!r} ({scheme}) also belongs to {shorten(other)}"
                    )
                    continue
            if scheme != "tag" or now:
                new.append(code)
        return new

    # -- Verdicts ---------------------------------------------------------------------------------

    def _create(
        self,
        row: PlannedRow,
        draft: _Draft,
        values: dict[str, Any],
        refs: dict[str, Any],
        identifiers: list[tuple[str, str]],
    ) -> PlannedRow:
        row.verdict = Verdict.CREATED.value
        row.detail = {
            "changes": self._changes(None, values, refs, identifiers),
            "values": {"asset_tag": draft.tag, **values},
        }
        self._finish(row, draft.reader, refs, identifiers)
        return row

    def _change(
        self,
        row: PlannedRow,
        reader: RowReader,
        now: AssetNow,
        values: dict[str, Any],
        refs: dict[str, Any],
        identifiers: list[tuple[str, str]],
    ) -> PlannedRow:
        values = {name: value for name, value in values.items() if as_json(now, name) != value}
        if not values and not refs and not identifiers:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        row.verdict = Verdict.CHANGED.value
        row.detail = {
            "changes": self._changes(now, values, refs, identifiers),
            "values": values,
            "was": {name: as_json(now, name) for name in (*values, *refs)},
            "id": now.id,
        }
        self._finish(row, reader, refs, identifiers)
        return row

    def _finish(
        self,
        row: PlannedRow,
        reader: RowReader,
        refs: dict[str, Any],
        identifiers: list[tuple[str, str]],
    ) -> None:
        if refs:
            row.detail["refs"] = refs
            self.used.update(refs.items())
        if identifiers:
            row.detail["identifiers"] = [list(code) for code in identifiers]
        if reader.notes:
            row.detail["notes"] = reader.notes

    def _changes(
        self,
        now: AssetNow | None,
        values: dict[str, Any],
        refs: dict[str, Any],
        identifiers: list[tuple[str, str]],
    ) -> dict[str, list[str]]:
        changes: dict[str, list[str]] = {}
        for name, target in SHOWN_AS.items():
            if name not in values and name not in refs:
                continue
            new = values[name] if name in values else [refs[name]]
            old = None if now is None else as_json(now, name)
            label = label_of(ImportKind.ASSETS, target)
            changes[label] = [self.values.show(name, old), self.values.show(name, new)]
        if "custom" in values:
            before: Mapping[str, Any] = now.custom if now else {}
            for header, text in values["custom"].items():
                if before.get(header) != text:
                    changes[header] = [for_display(before.get(header)), for_display(text)]
        if identifiers:
            changes["Identifiers"] = ["", for_display(" ".join(f"{s}:{v}" for s, v in identifiers))]
        return changes


def _read_labels(reader: RowReader, key: str) -> list[tuple[str, str]]:
    """Return the codes of labels that have a separate column."""
    found = []
    for name in ("rfid", "barcode"):
        code = reader.maker_code(name, label_of(ImportKind.ASSETS, name))
        scheme = "epc" if name == "rfid" and _EPC.fullmatch(code) else "alias"
        if code and (value := canonical_value(scheme, code)) and value != key:
            found.append((scheme, value))
    return found


def _find_problems(tag: str) -> list[str]:
    """Return why the register would refuse a tag when the file is applied."""
    try:
        read_asset_tag(tag)
    except Invalid as error:
        return [f"Asset Tag: {text}" for text in error.errors["asset_tag"]]
    return []


def as_json(now: AssetNow, name: str) -> Any:
    """Return a column's value as planned rows hold it: in JSON, dates and stages are texts."""
    value = getattr(now, name)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Stage):
        return value.value
    return dict(value) if isinstance(value, Mapping) else value
