"""Which notices there are about contracts, by their terms and a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scanner_app.domain.contracts.states import (
    RENEWALS,
    ContractKind,
    ContractState,
    Renewal,
)
from scanner_app.domain.contracts.terms import find_act_by, needs_decision
from scanner_app.domain.notices.kinds import NewNotice, NoticeKind


@dataclass(frozen=True, slots=True)
class RunningTerm:
    """A term that runs, as the daily check looks at it.

    :param has_next: the term after it is there.
    :param owner_key: of the user who answers for the contract, such as ``user:5``.
    """

    id: int
    number: str
    term: int
    name: str
    supplier: str
    kind: ContractKind
    state: ContractState
    renewal: Renewal
    ends_on: date | None
    notice_days: int
    has_next: bool
    owner_key: str | None = None


def list_dues(term: RunningTerm, *, today: date, days: Sequence[int]) -> Iterator[NewNotice]:
    """Return the notices that hold about a term today, those raised before among them.

    :param days: how many days before a day it is told.
    """
    act_by = find_act_by(term.ends_on, term.notice_days)
    if act_by is None or term.ends_on is None or term.ends_on < today:
        return
    if needs_decision(term.state, term.ends_on, has_next=term.has_next):
        # Once the day is past, the last notice stays: somebody still has to look.
        step = _step((act_by - today).days, days)
        if step is not None:
            yield _notice(NoticeKind.CONTRACT_ACT_BY, term, act_by, step)
    if term.kind is ContractKind.LEASE and not term.has_next:
        step = _step((term.ends_on - today).days, days)
        if step is not None:
            yield _notice(NoticeKind.LEASE_ENDS, term, term.ends_on, step)


def topics_of(number: str, term: int) -> tuple[str, ...]:
    """Return the matters of a term: they end with a decision about it."""
    kinds = (NoticeKind.CONTRACT_ACT_BY, NoticeKind.LEASE_ENDS)
    return tuple(f"{kind}:{number}:{term}" for kind in kinds)


def rolled_over(term: RunningTerm) -> NewNotice:
    """Return the notice of a term that was made without a decision."""
    return NewNotice(
        key=f"{NoticeKind.TERM_ROLLED_OVER}:{term.number}:{term.term}",
        kind=NoticeKind.TERM_ROLLED_OVER,
        topic=f"{NoticeKind.TERM_ROLLED_OVER}:{term.number}:{term.term}",
        params={
            "number": term.number,
            "name": term.name,
            "supplier": term.supplier,
            "term": term.term,
            "day": (term.ends_on or date.max).isoformat(),
        },
        to_users=(term.owner_key,) if term.owner_key else (),
    )


def check_not_run(last: date, *, today: date) -> NewNotice | None:
    """Return the notice of days on which nobody looked; None if there are none."""
    missed = (today - last).days - 1
    if missed < 1:
        return None
    return NewNotice(
        key=f"{NoticeKind.CHECK_NOT_RUN}:{last.isoformat()}",
        kind=NoticeKind.CHECK_NOT_RUN,
        topic=NoticeKind.CHECK_NOT_RUN.value,
        params={"day": last.isoformat(), "days": missed},
    )


def _step(left: int, days: Sequence[int]) -> int | None:
    if left < 0:
        return min(days, default=None)
    return min((step for step in days if left <= step), default=None)


def _notice(kind: NoticeKind, term: RunningTerm, day: date, step: int) -> NewNotice:
    topic = f"{kind}:{term.number}:{term.term}"
    return NewNotice(
        key=f"{topic}:{day.isoformat()}:{step}",
        kind=kind,
        topic=topic,
        params={
            "number": term.number,
            "name": term.name,
            "supplier": term.supplier,
            "day": day.isoformat(),
            "ends_on": (term.ends_on or day).isoformat(),
            "fate": RENEWALS[term.renewal].fate,
        },
        to_users=(term.owner_key,) if term.owner_key else (),
        due_on=day,
    )
