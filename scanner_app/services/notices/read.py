"""What people do with their notices: read them, and take one on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import Notice, NoticeTo, User


def read_notice(session: Session, *, notice_id: int, user_id: int, now: datetime) -> Notice:
    """Mark a notice of a user as read, and return it.

    :raises NotFound: it is not in this user's bell.
    """
    notice = _find(session, notice_id, user_id)
    session.execute(
        update(NoticeTo)
        .where(
            NoticeTo.notice_id == notice_id,
            NoticeTo.user_id == user_id,
            NoticeTo.read_at.is_(None),
        )
        .values(read_at=now)
    )
    return notice


def read_all(session: Session, *, user_id: int, up_to: int, now: datetime) -> None:
    """Mark a user's notices as read, up to the newest that they saw. Later ones stay unread."""
    session.execute(
        update(NoticeTo)
        .where(NoticeTo.user_id == user_id, NoticeTo.read_at.is_(None), NoticeTo.notice_id <= up_to)
        .values(read_at=now)
    )


def take_notice(session: Session, *, notice_id: int, user_id: int, now: datetime) -> None:
    """Take a notice on: the others who were told see who looks after it.

    :raises NotFound: it is not in this user's bell.
    :raises Conflict: somebody else has taken it, or its matter is over.
    """
    notice = _find(session, notice_id, user_id)
    if notice.cleared_at is not None:
        raise Conflict("This is over already. Nobody need look after it.")
    if notice.taken_by_id not in {None, user_id}:
        name = session.scalar(select(User.name).where(User.id == notice.taken_by_id))
        raise Conflict(f"{name} has taken this already.")
    notice.taken_by_id = user_id
    read_notice(session, notice_id=notice_id, user_id=user_id, now=now)


def give_back(session: Session, *, notice_id: int, user_id: int) -> None:
    """Leave a notice to the others again, if this user took it.

    :raises NotFound: it is not in this user's bell.
    """
    notice = _find(session, notice_id, user_id)
    if notice.taken_by_id == user_id:
        notice.taken_by_id = None


def _find(session: Session, notice_id: int, user_id: int) -> Notice:
    """Return a notice of this user, locked; those of others do not exist for them."""
    notice = session.scalar(
        select(Notice)
        .join(NoticeTo, NoticeTo.notice_id == Notice.id)
        .where(Notice.id == notice_id, NoticeTo.user_id == user_id)
        .with_for_update(of=Notice)
    )
    if notice is None:
        raise NotFound("This notice does not exist.")
    return notice
