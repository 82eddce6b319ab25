"""Imported suppliers: planned by their name, written as the form of a supplier writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.imports.suppliers import CONTACT_LINES, TOWN
from scanner_app.domain.procurement.suppliers import SUPPLIER_ROLES, SupplierRole
from scanner_app.models import ImportRun, SupplierScheme
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.queries.imports.suppliers_snapshot import SupplierNow, list_suppliers_now
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.blanks import TOTALS
from scanner_app.services.imports.cells import BadCell, check_text, shorten
from scanner_app.services.imports.kinds.author import author_of
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.names import match_key
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    Progress,
    RowReader,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.procurement.suppliers import (
    MAX_CONTACT,
    MAX_NAME,
    MAX_NOTES,
    NewScheme,
    save_supplier,
)

_ROLES = {
    match_key(word): role
    for role, row in SUPPLIER_ROLES.items()
    for word in (role.value, row.label)
}
_SHOWN = ("name", "roles", "contact", "notes")


class SupplierPlanner:
    """Plans chunks of supplier rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.known = list_suppliers_now(session)
        self.seen: dict[str, int] = {}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: suppliers are planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return nothing: suppliers need no other record."""
        return {}

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:  # noqa: ARG002
        """Return the plan of each row."""
        return [self._plan(RowReader.read(row, self.context)) for row in rows]

    def _plan(self, reader: RowReader) -> PlannedRow:
        values = _read_values(reader)
        name = values["name"]
        row = PlannedRow(reader.number, shorten(name))
        twin = self.seen.setdefault(name.casefold(), reader.number)
        if twin != reader.number:
            reader.reasons.append(f"row {twin} is the same supplier")
        if reader.reasons:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        before = self.known.get(name.casefold())
        changed = {
            field: value
            for field, value in values.items()
            # Its own name in another case is the same name: the file does not rename it.
            if (field != "name" or before is None) and value and value != _now(before, field)
        }
        if not changed:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        row.verdict = (Verdict.CREATED if before is None else Verdict.CHANGED).value
        row.detail = {
            "changes": {
                label_of(ImportKind.SUPPLIERS, field): [
                    for_display(_say(_now(before, field))),
                    for_display(_say(value)),
                ]
                for field, value in changed.items()
            },
            "values": changed,
            "was": {field: _now(before, field) for field in changed},
            "id": before.id if before else None,
        }
        if reader.notes:
            row.detail["notes"] = reader.notes
        return row


def _now(before: SupplierNow | None, field: str) -> Any:
    if before is None:
        return [] if field == "roles" else ""
    value = getattr(before, field)
    return list(value) if field == "roles" else value


def _say(value: Any) -> str:
    """Return a value in words: roles by their labels."""
    if isinstance(value, list):
        return ", ".join(SUPPLIER_ROLES[SupplierRole(one)].label for one in value)
    return str(value)


def _read_values(reader: RowReader) -> dict[str, Any]:
    """Return what a row says; what is wrong with it is among the reasons of its reader."""
    name = " ".join(reader.plain("name", "Name").split())
    if not name and not (reader.reasons and reader.text("name")):
        reader.reasons.append("the row has no name")
    elif TOTALS.fullmatch(name):
        reader.reasons.append(f"{name!r} looks like the last line of a table. Leave the row out")
    lines = [_read_line(reader, target, word) for target, word in CONTACT_LINES]
    lines.append(", ".join(part for target in TOWN if (part := _read_line(reader, target, ""))))
    contact = "\n".join(line for line in lines if line)
    notes = reader.parse("notes", "Notes", lambda text: _check_long(text, MAX_NOTES)) or ""
    for label, text, limit in (("Name", name, MAX_NAME), ("Contact", contact, MAX_CONTACT)):
        if len(text) > limit:
            reader.reasons.append(f"{label} is longer than {limit} characters in all")
    return {"name": name, "roles": _read_roles(reader), "contact": contact, "notes": notes}


def _read_line(reader: RowReader, target: str, word: str) -> str:
    # Our own list has the whole contact, which has several lines, in one cell.
    label = label_of(ImportKind.SUPPLIERS, target)
    text = reader.parse(target, label, lambda cell: _check_long(cell, MAX_CONTACT))
    return f"{word}{text}" if text else ""


def _check_long(text: str, limit: int) -> str:
    return check_text(text, limit=limit, multiline=True)


def _read_roles(reader: RowReader) -> list[str]:
    """Return the roles that a cell lists, in their order."""
    found = reader.parse("roles", "Roles", _parse_roles)
    return [role.value for role in SupplierRole if role in (found or ())]


def _parse_roles(text: str) -> frozenset[SupplierRole]:
    words = [word for part in re.split(r"[,;/|]", text) if (word := match_key(part))]
    unknown = [word for word in words if word not in _ROLES]
    if unknown:
        known = ", ".join(role.value for role in SupplierRole)
        raise BadCell(f"{shorten(unknown[0])!r} is not one of {known}")
    return frozenset(_ROLES[word] for word in words)


def apply_suppliers(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned suppliers.

    :raises Conflict: a supplier was changed since the check.
    """
    author, done = author_of(run), 0
    for verdict in (Verdict.CREATED, Verdict.CHANGED):
        for chunk in stream_planned(session, run.id, verdict):
            for row in chunk:
                values = dict(row.detail["values"])
                supplier_id = row.detail["id"]
                if supplier_id is not None:
                    values = _complete(session, supplier_id, row, values)
                save_supplier(
                    session, values=values, actor=author, now=now, supplier_id=supplier_id
                )
                done += 1
            progress(done)


def _complete(
    session: Session, supplier_id: int, row: Any, values: dict[str, Any]
) -> dict[str, Any]:
    """Return all that the form of a supplier sends: what the row does not name stays."""
    before = next(iter(list_suppliers_now(session, [supplier_id]).values()), None)
    was = row.detail["was"]
    if before is None or any(_now(before, field) != value for field, value in was.items()):
        raise register_moved_error(f"{row.label} was changed")
    schemes = session.execute(
        select(SupplierScheme.scheme, SupplierScheme.number, SupplierScheme.ends_on).where(
            SupplierScheme.supplier_id == supplier_id
        )
    )
    kept = {field: _now(before, field) for field in _SHOWN}
    return {**kept, **values, "schemes": [NewScheme(*one) for one in schemes]}
