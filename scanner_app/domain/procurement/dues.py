"""Notices of requests and budgets: one waits, one was decided, too much is spent. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scanner_app.domain.money import say_money
from scanner_app.domain.notices.kinds import NewNotice, NoticeKind


def request_topic(request_id: int) -> str:
    """Return the matter of a request that waits: it ends with the decision."""
    return f"{NoticeKind.REQUEST_WAITING}:{request_id}"


def budget_topic(budget_id: int) -> str:
    """Return the matter of a budget that is overdrawn."""
    return f"{NoticeKind.BUDGET_EXCEEDED}:{budget_id}"


def request_waiting(request_id: int, round_: int, *, title: str, who: str) -> NewNotice:
    """Return the notice to those who decide. There is one for each time that it is sent."""
    return NewNotice(
        key=f"{request_topic(request_id)}:{round_}",
        kind=NoticeKind.REQUEST_WAITING,
        topic=request_topic(request_id),
        params={"request": request_id, "title": title, "who": who},
    )


def request_waiting_again(request_id: int, *, title: str, who: str, at: datetime) -> NewNotice:
    """Return the notice to those who decide that something costs more than was approved."""
    return NewNotice(
        key=f"{request_topic(request_id)}:{at.isoformat()}",
        kind=NoticeKind.REQUEST_WAITING,
        topic=request_topic(request_id),
        params={"request": request_id, "title": title, "who": who, "is_again": True},
    )


def request_decided_again(
    request_id: int,
    *,
    title: str,
    is_approved: bool,
    reason: str,
    to: Collection[str],
    at: datetime,
) -> NewNotice:
    """Return the notice to who asked, and who asked for more, what became of the higher amount."""
    topic = f"{NoticeKind.REQUEST_DECIDED}:{request_id}"
    state = "more_approved" if is_approved else "more_refused"
    return NewNotice(
        key=f"{topic}:{at.isoformat()}",
        kind=NoticeKind.REQUEST_DECIDED,
        topic=topic,
        params={"request": request_id, "title": title, "state": state, "reason": reason},
        to_users=tuple(sorted(to)),
    )


def request_decided(
    request_id: int, round_: int, *, title: str, state: str, reason: str, to: str
) -> NewNotice:
    """Return the notice to who asked.

    :param state: `approved`, `rejected` or `fulfilled`.
    :param to: the key of the user who asked.
    """
    topic = f"{NoticeKind.REQUEST_DECIDED}:{request_id}"
    return NewNotice(
        key=f"{topic}:{round_}:{state}",
        kind=NoticeKind.REQUEST_DECIDED,
        topic=topic,
        params={"request": request_id, "title": title, "state": state, "reason": reason},
        to_users=(to,),
    )


def budget_exceeded(
    budget_id: int, name: str, over_cents: int, currency: str, *, at: datetime
) -> NewNotice:
    """Return the notice that more is ordered and spent than a budget has."""
    return NewNotice(
        key=f"{budget_topic(budget_id)}:{at.isoformat()}",
        kind=NoticeKind.BUDGET_EXCEEDED,
        topic=budget_topic(budget_id),
        params={
            "id": budget_id, "budget": name, "over": say_money(over_cents), "currency": currency,
        },
    )  # fmt: skip
