"""Write notices with their cause, each key once, and end those whose matter is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.deliveries import DeliveryState
from scanner_app.domain.notices.kinds import NewNotice
from scanner_app.models import Notice, NoticeDelivery, NoticeTo
from scanner_app.queries.notices.audience import Listener, find_recipients, load_listeners
from scanner_app.services.jobs.queue import enqueue

# SQLite takes 32,766 parameters in a statement; a notice has seven.
CHUNK = 500


def raise_notice(session: Session, notice: NewNotice, *, now: datetime) -> bool:
    """Write a notice with its recipients; return whether it is new."""
    return raise_notices(session, [notice], now=now) == 1


def raise_notices(
    session: Session,
    notices: Sequence[NewNotice],
    *,
    now: datetime,
    listeners: Sequence[Listener] | None = None,
) -> int:
    """Write notices with their recipients, and return how many are new.

    A new notice ends the older ones of its topic: nobody reads twice about the same thing. A notice
    that nobody is told of is still written, so that those who come later are not told of it.

    :param listeners: the users, where the caller has loaded them.
    """
    if not notices:
        return 0
    listeners = load_listeners(session) if listeners is None else listeners
    count = 0
    for start in range(0, len(notices), CHUNK):
        chunk = {one.key: one for one in notices[start : start + CHUNK]}
        added = _insert(session, list(chunk.values()), now)
        fresh = {id_: chunk[key] for key, id_ in added.items()}
        if fresh:
            topics = {one.topic for one in fresh.values()}
            clear_topics(session, topics, now=now, but=fresh.keys())
            _address(session, fresh, listeners)
            for id_ in sorted(fresh):
                enqueue(session, JobKind.NOTICE_SEND, id_, 1, now=now)
        count += len(fresh)
    return count


def _insert(session: Session, notices: Sequence[NewNotice], now: datetime) -> dict[str, int]:
    rows = [
        {
            "key": one.key,
            "kind": one.kind,
            "topic": one.topic,
            "params": dict(one.params),
            "due_on": one.due_on,
            "at": now,
        }
        for one in notices
    ]
    table = _table(Notice)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=["key"])
    returned = session.execute(statement.values(rows).returning(table.c.key, table.c.id))
    return {key: id_ for key, id_ in returned}  # noqa: C416 - mypy takes no rows for pairs


def _address(session: Session, fresh: dict[int, NewNotice], listeners: Sequence[Listener]) -> None:
    rows: list[dict[str, Any]] = []
    for id_, notice in fresh.items():
        users, person = find_recipients(notice, listeners)
        rows += [{"notice_id": id_, "user_id": user, "person_id": None} for user in users]
        if person is not None:
            rows.append({"notice_id": id_, "user_id": None, "person_id": person})
    if rows:
        session.execute(_table(NoticeTo).insert(), rows)


def clear_topics(
    session: Session, topics: Collection[str], *, now: datetime, but: Collection[int] = ()
) -> int:
    """End the notices of these topics, and return how many ended. Nobody need read them any more.

    :param but: ids of notices that go on.
    """
    ended: list[int] = []
    wanted = sorted(topics)
    for start in range(0, len(wanted), CHUNK):
        statement = (
            update(Notice)
            .where(
                Notice.topic.in_(wanted[start : start + CHUNK]),
                Notice.cleared_at.is_(None),
                Notice.id.not_in(sorted(but)[:CHUNK]),
            )
            .values(cleared_at=now)
            .returning(Notice.id)
        )
        ended += session.scalars(statement)
    for start in range(0, len(ended), CHUNK):
        part = ended[start : start + CHUNK]
        session.execute(
            update(NoticeTo)
            .where(NoticeTo.notice_id.in_(part), NoticeTo.read_at.is_(None))
            .values(read_at=now)
        )
        # What was not sent yet is not sent any more: nobody is reminded of what is settled.
        session.execute(
            update(NoticeDelivery)
            .where(
                NoticeDelivery.notice_id.in_(part),
                NoticeDelivery.state.in_([DeliveryState.PENDING, DeliveryState.HELD]),
            )
            .values(state=DeliveryState.WITHDRAWN, next_at=None)
        )
    return len(ended)


def _table(model: type[Notice | NoticeTo]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a model stands for a table, never a join
    return table
