"""What is in a user's bell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.notices.kinds import NOTICES, NoticeKind, NoticeRow, describe, find_link
from scanner_app.models import Notice, NoticeTo, User

# The bell shows no larger number: nobody reads on after that.
MAX_COUNT = 100


@dataclass(frozen=True, slots=True)
class BellRow:
    """A notice as its reader sees it."""

    id: int
    kind: NoticeKind
    sentence: str
    link: str
    at: datetime
    is_unread: bool
    is_over: bool
    taken_by: str | None
    is_mine: bool
    is_shared: bool

    @property
    def row(self) -> NoticeRow:
        return NOTICES[self.kind]


def count_unread(connection: Connection | Session, *, user_id: int) -> int:
    """Return how many notices a user has not read, `MAX_COUNT` at most."""
    some = (
        select(NoticeTo.id)
        .where(NoticeTo.user_id == user_id, NoticeTo.read_at.is_(None))
        .limit(MAX_COUNT)
    )
    return connection.scalar(select(func.count()).select_from(some.subquery())) or 0


def list_bell(
    session: Session,
    *,
    user_id: int,
    limit: int,
    before: int | None = None,
    only_unread: bool = False,
    kind: NoticeKind | None = None,
) -> list[BellRow]:
    """Return a user's notices, newest first.

    :param before: only those older than this notice.
    """
    taker = aliased(User)
    statement = (
        select(Notice, NoticeTo.read_at, taker.id, taker.name)
        .join(NoticeTo, NoticeTo.notice_id == Notice.id)
        .outerjoin(taker, taker.id == Notice.taken_by_id)
        .where(NoticeTo.user_id == user_id)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Notice.id < before)
    if only_unread:
        statement = statement.where(NoticeTo.read_at.is_(None))
    if kind is not None:
        statement = statement.where(Notice.kind == kind)
    found = session.execute(statement).all()
    shared = _find_shared(session, [notice.id for notice, *_ in found])
    return [
        BellRow(
            id=notice.id,
            kind=notice.kind,
            sentence=describe(notice.kind, notice.params),
            link=find_link(notice.kind, notice.params),
            at=notice.at,
            is_unread=read_at is None,
            is_over=notice.cleared_at is not None,
            taken_by=taker_name,
            is_mine=taker_id == user_id,
            is_shared=notice.id in shared,
        )
        for notice, read_at, taker_id, taker_name in found
    ]


def _find_shared(session: Session, ids: Sequence[int]) -> set[int]:
    """Return which notices several users were told: one of them may take it."""
    several = (
        select(NoticeTo.notice_id)
        .where(NoticeTo.notice_id.in_(ids), NoticeTo.user_id.is_not(None))
        .group_by(NoticeTo.notice_id)
        .having(func.count() > 1)
    )
    return set(session.scalars(several))
