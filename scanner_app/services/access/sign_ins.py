"""Sign-ins: sessions on the server, of which a browser's cookie is the key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.accounts import normalize_email
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.models import SignIn, User
from scanner_app.services.access.passwords import hash_secret

TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Login:
    """An account that a password is compared with."""

    user_id: int
    email: str
    password_hash: str


def find_login(session: Session, *, email: str) -> Login | None:
    """Return the account of an address, or None if nobody can sign in to it."""
    try:
        address = normalize_email(email)
    except Invalid:
        return None
    user = session.scalar(select(User).where(User.email == address, User.is_active))
    if user is None or user.password_hash is None:
        return None
    return Login(user.id, user.email, user.password_hash)


def find_user_of(session: Session, *, login: Login) -> User | None:
    """Return the user, or None if switched off or given a new password since the comparison."""
    user = session.get(User, login.user_id, with_for_update=True)
    if user is None or not user.is_active or user.password_hash != login.password_hash:
        return None
    return user


def start_sign_in(
    session: Session, *, user: User, user_agent: str, address: str, now: datetime
) -> str:
    """Start a session on the server. Return the cookie's value, of which only a hash is kept."""
    value = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_secret(value),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            user_agent="".join(c for c in user_agent if c.isprintable())[:200],
            address=address[:64],
        )
    )
    user.last_sign_in_at = now
    return value


def end_sign_in(session: Session, *, sign_in_id: int) -> None:
    """End one sign-in. Its cookie stops working."""
    session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def touch_sign_in(session: Session, *, sign_in_id: int, now: datetime) -> None:
    """Record that a sign-in is in use."""
    session.execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now).values(seen_at=now)
    )


def find_sign_in_actor(
    session: Session, *, cookie: str, now: datetime, idle_hours: int, longest_days: int
) -> tuple[Actor | None, bool]:
    """Return the actor of a sign-in cookie, and whether its last use should be recorded."""
    row = session.execute(
        select(
            SignIn.id,
            SignIn.created_at,
            SignIn.seen_at,
            User.id,
            User.name,
            User.role,
            User.language,
        )
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.token_hash == hash_secret(cookie), User.is_active)
    ).one_or_none()
    if row is None:
        return None, False
    sign_in_id, created_at, seen_at, user_id, name, role, language = row
    if now - seen_at > timedelta(hours=idle_hours) or now - created_at > timedelta(
        days=longest_days
    ):
        return None, False
    actor = Actor(
        kind="user",
        id=user_id,
        name=name,
        role=role,
        user_id=user_id,
        session_id=sign_in_id,
        language=language or "",
    )
    return actor, now - seen_at > TOUCH_AFTER


def end_sign_ins(session: Session, *, user_id: int, but: int | None = None) -> None:
    """End every sign-in of a user on every device, except the one with the id `but`."""
    statement = delete(SignIn).where(SignIn.user_id == user_id)
    session.execute(statement if but is None else statement.where(SignIn.id != but))
