"""Selects over the links by which people accept a hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.models import HandoverLink, User

_LINKS = select(
    HandoverLink.id,
    HandoverLink.handover_id,
    HandoverLink.made_at,
    HandoverLink.expires_at,
    HandoverLink.ended_at,
)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link; `handover_id` is the id of the hand-over's row."""

    id: int
    handover_id: int
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Return whether its person may still answer."""
        return self.ended_at is None and now < self.expires_at


def get_link(session: Session, link_id: int) -> LinkRow:
    """Return one link.

    :raises NotFound: there is none with this id.
    """
    row = session.execute(_LINKS.where(HandoverLink.id == link_id)).one_or_none()
    if row is None:
        raise NotFound("This link does not exist.")
    return LinkRow(*row)


def find_open_link(session: Session, handover_id: int) -> LinkRow | None:
    """Return the link of a hand-over that was not answered yet, also if it is too old by now."""
    row = session.execute(
        _LINKS.where(HandoverLink.handover_id == handover_id, HandoverLink.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else LinkRow(*row)


def find_person_of(session: Session, user_id: int | None) -> int | None:
    """Return the person of the register that an account names as its own."""
    if user_id is None:
        return None
    return session.scalar(select(User.person_id).where(User.id == user_id))
