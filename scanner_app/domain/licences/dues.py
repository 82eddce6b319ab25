"""Notices about licences: few seats are free, too many are given, and one that ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from scanner_app.domain.notices.kinds import NewNotice, NoticeKind


def seats_topic(licence_id: int) -> str:
    """Return the matter of few free seats: it ends when there are more."""
    return f"{NoticeKind.LOW_SEATS}:{licence_id}"


def over_topic(licence_id: int) -> str:
    """Return the matter of seats that were not bought: it ends when they are returned."""
    return f"{NoticeKind.OVER_ALLOCATED}:{licence_id}"


def low_seats(licence_id: int, tag: str, product: str, free: int, *, at: datetime) -> NewNotice:
    """Return the notice of a licence with few free seats. There is one for each time it gets so."""
    return NewNotice(
        key=f"{seats_topic(licence_id)}:{at.isoformat()}",
        kind=NoticeKind.LOW_SEATS,
        topic=seats_topic(licence_id),
        params={"tag": tag, "product": product, "free": max(0, free)},
    )


def over_allocated(
    licence_id: int, tag: str, product: str, over: int, *, at: datetime
) -> NewNotice:
    """Return the notice of a licence of which more is given than was bought."""
    return NewNotice(
        key=f"{over_topic(licence_id)}:{at.isoformat()}",
        kind=NoticeKind.OVER_ALLOCATED,
        topic=over_topic(licence_id),
        params={"tag": tag, "product": product, "over": over},
    )


def licence_ends(
    licence_id: int, tag: str, product: str, on: date, *, today: date, days: Sequence[int]
) -> NewNotice | None:
    """Return the notice of a licence that ends soon; None if it does not.

    :param days: how many days before its end it is told.
    """
    left = (on - today).days
    step = min((step for step in days if 0 <= left <= step), default=None)
    if step is None:
        return None
    topic = f"{NoticeKind.LICENCE_ENDS}:{licence_id}:{on.isoformat()}"
    return NewNotice(
        key=f"{topic}:{step}",
        kind=NoticeKind.LICENCE_ENDS,
        topic=topic,
        params={"tag": tag, "product": product, "day": on.isoformat()},
        due_on=on,
    )
