"""Codes on a signed-in screen, each of which signs in one phone."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.models import PhoneCode, User
from scanner_app.services.access.passwords import hash_secret

CODE_LIFE = timedelta(minutes=2)


def make_phone_code(session: Session, *, user_id: int, now: datetime) -> str:
    """Make a code and return its secret. The user's older code stops working."""
    session.execute(
        delete(PhoneCode).where(or_(PhoneCode.user_id == user_id, PhoneCode.expires_at < now))
    )
    value = secrets.token_urlsafe(24)
    session.add(
        PhoneCode(token_hash=hash_secret(value), user_id=user_id, expires_at=now + CODE_LIFE)
    )
    return value


def find_phone_code(session: Session, *, value: str, now: datetime) -> User:
    """Return the user whom a code signs in.

    :raises NotFound: it was used, is too old, or its user is suspended.
    """
    return _find(session, value, now)[1]


def use_phone_code(session: Session, *, value: str, now: datetime) -> int:
    """Use up a code and return the id of the user whom it signs in.

    :raises NotFound: as `find_phone_code`.
    """
    code, user = _find(session, value, now)
    session.delete(code)
    session.flush()
    return user.id


def _find(session: Session, value: str, now: datetime) -> tuple[PhoneCode, User]:
    found = session.execute(
        select(PhoneCode, User)
        .join(User, User.id == PhoneCode.user_id)
        .where(
            PhoneCode.token_hash == hash_secret(value), PhoneCode.expires_at > now, User.is_active
        )
        .with_for_update(of=PhoneCode)
    ).one_or_none()
    if found is None:
        raise NotFound("This code was already used or is too old. Show a new one, and scan it.")
    return found[0], found[1]
