"""What is kept of sign-ins for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from scanner_app.models import OneTimeLink, SignIn, Throttle


def drop_old_sign_ins(
    session: Session, *, now: datetime, idle_hours: int, longest_days: int, keep_days: int
) -> None:
    """Delete sign-ins that have expired, and links and attempts, once they are old enough.

    :param keep_days: how long what is over is kept as a record.
    """
    old = now - timedelta(days=keep_days)
    session.execute(
        delete(SignIn).where(
            SignIn.seen_at < old,
            or_(
                SignIn.seen_at < now - timedelta(hours=idle_hours),
                SignIn.created_at < now - timedelta(days=longest_days),
            ),
        )
    )
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < old))
    session.execute(delete(Throttle).where(Throttle.window_start < old))
