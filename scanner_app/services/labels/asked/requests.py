"""Labels that somebody asked for: by a scan that found one unreadable, or on an asset's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import Asset, LabelPrint, LabelRequest
from scanner_app.models.labels import OPEN

CHUNK = 500


class Asking(NamedTuple):
    """One label that is asked for."""

    asset_id: int
    at: datetime
    note: str = ""
    scan_id: UUID | None = None


def ask_for_labels(session: Session, asked: Sequence[Asking], *, actor: str) -> int:
    """Ask for labels, and return how many are new: what is asked for already stays as it is.

    :param actor: the name of who asks.
    """
    first: dict[int, Asking] = {}
    for one in asked:
        first.setdefault(one.asset_id, one)
    if not first:
        return 0
    rows = [
        {
            "asset_id": one.asset_id,
            "note": one.note,
            "asked_at": one.at,
            "asked_by": actor,
            "scan_id": one.scan_id,
        }
        for one in first.values()
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(LabelRequest).on_conflict_do_nothing(
        index_elements=["asset_id"], index_where=OPEN
    )
    return len(session.execute(statement.values(rows).returning(LabelRequest.id)).all())


def withdraw(session: Session, request_id: int, *, actor: str, now: datetime) -> None:
    """Withdraw what was asked for: nobody prints it.

    :raises NotFound: nothing was asked for under this id.
    :raises Conflict: it was printed or withdrawn before.
    """
    row = session.get(LabelRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("That label was not asked for. Choose one from the list.")
    if row.ended_at is not None:
        raise Conflict("This label was printed or withdrawn already.", code="already_ended")
    row.ended_at, row.ended_by = now, actor
    session.flush()


def withdraw_by_scan(session: Session, scan_id: UUID, *, actor: str, now: datetime) -> None:
    """Withdraw what a scan asked for, if it is not printed yet: the scan is undone."""
    session.execute(
        update(LabelRequest)
        .where(LabelRequest.scan_id == scan_id, LabelRequest.ended_at.is_(None))
        .values(ended_at=now, ended_by=actor)
    )


def end_printed(session: Session, prints: Iterable[LabelPrint], *, now: datetime) -> None:
    """End what was asked for and is printed now."""
    by_code = {one.code: one for one in prints}
    codes = sorted(by_code)
    for start in range(0, len(codes), CHUNK):
        found = session.execute(
            select(LabelRequest, Asset.asset_tag)
            .join(Asset, Asset.id == LabelRequest.asset_id)
            .where(
                LabelRequest.ended_at.is_(None),
                Asset.asset_tag.in_(codes[start : start + CHUNK]),
            )
            .with_for_update(of=LabelRequest)
        )
        for row, tag in found.all():
            done = by_code[tag]
            row.ended_at, row.ended_by, row.print_id = now, done.printed_by, done.id
    session.flush()
