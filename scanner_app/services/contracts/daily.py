"""The daily check of contracts: further terms, those that are over, and what to tell.

A worker takes a day by a row, so that of many one looks. Each part can be done twice: it changes
nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.contracts.dues import check_not_run, list_dues, rolled_over
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.contracts.states import RUNNING_STATES, ContractState
from scanner_app.domain.contracts.terms import Span, list_rollovers
from scanner_app.domain.notices.kinds import NewNotice, NoticeKind
from scanner_app.models import Contract, DailyCheck, Notice
from scanner_app.queries.contracts.due import list_running, load_running
from scanner_app.services.contracts.renew import append_term
from scanner_app.services.contracts.write import note
from scanner_app.services.notices.raise_notice import clear_topics, raise_notices

CHUNK = 200
# A worker that took a day and has not finished it by then is taken for dead.
STALE = timedelta(hours=1)
BY = "Daily check"
# What the check raises as long as it holds, and ends once it does not.
HELD = (NoticeKind.CONTRACT_ACT_BY, NoticeKind.LEASE_ENDS)


def claim_day(session: Session, *, today: date, now: datetime) -> bool:
    """Take a day, and return whether this caller has it: nobody else took or finished it."""
    table = DailyCheck.__table__
    assert isinstance(table, Table)  # noqa: S101 - a model stands for a table, never a join
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(on_day=today, started_at=now)
    fresh = statement.on_conflict_do_nothing(index_elements=["on_day"]).returning(table.c.on_day)
    if session.execute(fresh).first() is not None:
        return True
    again = (
        update(DailyCheck)
        .where(
            DailyCheck.on_day == today,
            DailyCheck.finished_at.is_(None),
            DailyCheck.started_at < now - STALE,
        )
        .values(started_at=now)
        .returning(DailyCheck.on_day)
    )
    return session.execute(again).first() is not None


def begin_check(session: Session, *, today: date, now: datetime) -> None:
    """Raise on how many days before nobody looked, or end that."""
    last = session.scalar(
        select(func.max(DailyCheck.on_day)).where(
            DailyCheck.on_day < today, DailyCheck.finished_at.is_not(None)
        )
    )
    missed = check_not_run(last, today=today) if last is not None else None
    if missed is not None:
        raise_notices(session, [missed], now=now)
    else:
        clear_topics(session, [NoticeKind.CHECK_NOT_RUN.value], now=now)


def finish_day(session: Session, *, today: date, now: datetime) -> None:
    """Record that a day was looked at."""
    session.execute(update(DailyCheck).where(DailyCheck.on_day == today).values(finished_at=now))


def list_chunks(session: Session) -> list[list[int]]:
    """Return the ids of the terms that run, in parts of one transaction each."""
    ids = session.scalars(
        select(Contract.id).where(Contract.state.in_(RUNNING_STATES)).order_by(Contract.id)
    ).all()
    return [list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]


def roll_terms(session: Session, ids: Sequence[int], *, today: date, now: datetime) -> int:
    """Make the terms that follow some others by themselves, and end what is over.

    Return how many terms were made.
    """
    rows = session.scalars(
        select(Contract)
        .where(Contract.id.in_(ids), Contract.state.in_(RUNNING_STATES))
        .order_by(Contract.id)
        .with_for_update()
    ).all()
    following = set(session.scalars(select(Contract.renews_id).where(Contract.renews_id.in_(ids))))
    made = 0
    for row in rows:
        if row.state is ContractState.ACTIVE and row.id not in following:
            made += _roll(session, row, today=today, now=now)
        _end_if_over(session, row, today=today, now=now)
    session.flush()
    return made


def tell_dues(session: Session, *, today: date, days: Sequence[int], now: datetime) -> int:
    """Raise what holds about terms today, end what does not hold, and return how many are new."""
    holding = [
        one for term in list_running(session) for one in list_dues(term, today=today, days=days)
    ]
    raised = raise_notices(session, holding, now=now)
    standing = session.scalars(
        select(Notice.topic).where(Notice.cleared_at.is_(None), Notice.kind.in_(HELD)).distinct()
    )
    clear_topics(session, set(standing) - {one.topic for one in holding}, now=now)
    return raised


def _roll(session: Session, row: Contract, *, today: date, now: datetime) -> int:
    spans = list_rollovers(
        Span(row.starts_on, row.ends_on),
        notice_days=row.notice_days,
        renewal=row.renewal,
        months=row.renewal_months or 0,
        today=today,
    )
    made = 0
    for span in spans:
        row = append_term(session, row, span, by=BY, now=now)
        note(session, row.id, ContractStep.ROLLED_OVER, now=now)
        raise_notices(session, _tell(session, row.id), now=now)
        made += 1
        _end_if_over(session, row, today=today, now=now)
    return made


def _tell(session: Session, term_id: int) -> list[NewNotice]:
    return [rolled_over(term) for term in load_running(session, [term_id])]


def _end_if_over(session: Session, row: Contract, *, today: date, now: datetime) -> None:
    if row.ends_on is not None and row.ends_on < today:
        row.state = ContractState.ENDED
        note(session, row.id, ContractStep.ENDED, now=now)
