"""One-time links: the first admin's, and those with which a user sets a password."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import OneTimeLink, User
from scanner_app.services.access.passwords import hash_secret
from scanner_app.services.access.users import add_user, needs_first_admin, set_password

LINK_LIFE = timedelta(hours=24)


def make_link(session: Session, *, purpose: str, user_id: int | None, now: datetime) -> str:
    """Make a link and return its secret. An older unused one for the same purpose stops working."""
    session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.purpose == purpose,
            OneTimeLink.user_id.is_(None) if user_id is None else OneTimeLink.user_id == user_id,
            OneTimeLink.used_at.is_(None),
        )
    )
    value = secrets.token_urlsafe(24)
    session.add(
        OneTimeLink(
            token_hash=hash_secret(value),
            purpose=purpose,
            user_id=user_id,
            created_at=now,
            expires_at=now + LINK_LIFE,
        )
    )
    return value


def find_link(session: Session, *, value: str, now: datetime) -> OneTimeLink:
    """Return a link that still works, locked.

    :raises NotFound: it does not exist, was used, or is too old.
    """
    link = session.scalar(
        select(OneTimeLink).where(OneTimeLink.token_hash == hash_secret(value)).with_for_update()
    )
    is_dead = link is None or link.used_at is not None or link.expires_at < now
    if link is None or is_dead or (link.user_id and not _is_active(session, link.user_id)):
        raise NotFound("This link was already used or is too old. Ask an admin for a new one.")
    return link


def use_link(
    session: Session, *, value: str, email: str, name: str, password_hash: str, now: datetime
) -> int:
    """Use up a link: make the first admin, or set a user's password. Return the user's id.

    :param email: the first admin's address, and `name`; a password link knows whose it is.
    :raises NotFound: the link no longer works.
    :raises Conflict: an admin exists, or the address has an account.
    """
    link = find_link(session, value=value, now=now)
    link.used_at = now
    if link.user_id is not None:
        set_password(session, user_id=link.user_id, password_hash=password_hash)
        return link.user_id
    if not needs_first_admin(session):
        raise Conflict("There is already an admin. Ask them for an account.")
    admin = add_user(
        session, email=email, role=Role.ADMIN, name=name, password_hash=password_hash, now=now
    )
    return admin.id


def _is_active(session: Session, user_id: int) -> bool:
    return bool(session.scalar(select(User.is_active).where(User.id == user_id)))
