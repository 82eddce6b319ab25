"""A person's calendar feed: an address that nobody can guess, shown once, renewed at any time."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.notices.calendars import FeedScope
from scanner_app.models import CalendarFeed, User


def hash_token(token: str) -> str:
    """Return what the database keeps of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


def renew_feed(session: Session, *, user_id: int, scope: FeedScope, now: datetime) -> str:
    """Make a user's feed, and return the secret of its address. An older address stops working."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
    token = secrets.token_urlsafe(24)
    session.add(
        CalendarFeed(user_id=user_id, token_hash=hash_token(token), scope=scope, created_at=now)
    )
    session.flush()
    return token


def end_feed(session: Session, *, user_id: int) -> None:
    """End a user's feed: its address stops working."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))


def find_feed(session: Session, *, token: str) -> tuple[CalendarFeed, User]:
    """Return a feed and whose it is.

    :raises NotFound: the address was renewed, or its user may not sign in any more.
    """
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == hash_token(token)))
    user = session.get(User, feed.user_id) if feed is not None else None
    if feed is None or user is None or not user.is_active:
        raise NotFound("This calendar does not exist. Make a new address for it.")
    return feed, user


def feed_of(session: Session, *, user_id: int) -> CalendarFeed | None:
    """Return a user's feed, if there is one."""
    return session.scalar(select(CalendarFeed).where(CalendarFeed.user_id == user_id))
