"""The beginning of a list of findings, with how many the whole list has."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanner_app.queries.audits.counted.by_room import list_by_room
from scanner_app.queries.audits.findings import FindingRow, count_findings
from scanner_app.queries.audits.reconciling.wanted import FindingFilter


@dataclass(frozen=True, slots=True)
class SomeFindings:
    """The first findings of a list by location, and how many there are."""

    rows: list[FindingRow]
    count: int


def list_some(
    session: Session, audit_id: int, wanted: FindingFilter, *, limit: int
) -> SomeFindings:
    """Return the first findings that match, by location, with the number of all."""
    rows = list_by_room(session, audit_id, wanted, limit=limit)
    is_all = len(rows) < limit
    return SomeFindings(rows, len(rows) if is_all else count_findings(session, audit_id, wanted))
