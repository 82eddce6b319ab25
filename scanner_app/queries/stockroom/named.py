"""The person and the locations that a tray or a hand-over names by their codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, place_values


def find_named(
    session: Session, person: str | None, places: set[str], *, at: datetime
) -> tuple[int | None, dict[str, int]]:
    """Return the ids of a person and of locations, by the codes that name them."""
    people = custodian_values(person) if person else []
    values = {code: place_values(code) for code in places}
    codes = CodeIndex(session.connection(), {*people, *(v for vs in values.values() for v in vs)})
    found = codes.find_custodian(people, at) if person else None
    meant = {code: codes.find_place(values[code], at) for code in places}
    return (
        found.id if found is not None and found.kind == "person" else None,
        {c: m.id for c, m in meant.items() if m.kind == "location" and m.id is not None},
    )
