"""Accounts of users: added, changed, switched off.

Sign-ins, links, passwords and tokens each have a module beside this one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.accounts import normalize_email, read_name
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import OneTimeLink, User
from scanner_app.services.access.passwords import hash_password
from scanner_app.services.access.sign_ins import end_sign_ins


def set_language(session: Session, *, user_id: int, language: str) -> None:
    """Write the language of an account's pages; empty: its browser's, or the organisation's."""
    session.get_one(User, user_id).language = language or None


def add_user(
    session: Session,
    *,
    email: str,
    role: Role,
    name: str | None,
    now: datetime,
    password: str | None = None,
    password_hash: str | None = None,
) -> User:
    """Add a user.

    :param password: hashed here. A hash takes long and would hold up every writer, so an edge that
        many people use hashes before its transaction and passes `password_hash`.
    :raises Conflict: the address already has an account.
    :raises Invalid: the address, name or password is not usable.
    """
    address = normalize_email(email)
    label = read_name(name or "") or address.partition("@")[0]
    if password is not None:
        password_hash = hash_password(password)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise Conflict(f"{address} already has an account.", code="email_taken")
    user = User(
        email=address,
        name=label,
        role=role,
        password_hash=password_hash,
        is_active=True,
        created_at=now,
    )
    session.add(user)
    session.flush()  # the caller shows or links the new id
    return user


def change_user(
    session: Session,
    *,
    user_id: int,
    acting: Actor,
    name: str | None = None,
    role: Role | None = None,
    is_active: bool | None = None,
) -> User:
    """Change a user's name or role, or switch the account on or off. Off ends all sign-ins at once.

    :raises Conflict: the last active admin would be lost.
    """
    user = find_user(session, user_id=user_id)
    loses_admin = user.role is Role.ADMIN and (
        (role is not None and role is not Role.ADMIN) or is_active is False
    )
    if loses_admin and _lock_admins(session, acting) <= {user.id}:
        raise Conflict(
            "This is the last admin who can sign in. Make another user an admin first.",
            code="last_admin",
        )
    if is_active is False and acting.user_id == user.id:
        raise Conflict("You cannot switch off your own account.", code="own_account")
    if name is not None:
        user.name = read_name(name)
    if role is not None:
        user.role = role
    if is_active is not None:
        user.is_active = is_active
        if not is_active:
            end_sign_ins(session, user_id=user.id)
            session.execute(
                delete(OneTimeLink).where(
                    OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None)
                )
            )
    return user


def _lock_admins(session: Session, acting: Actor) -> set[int]:
    """Return the admins who can sign in or are signed in.

    They are locked, so that two admins cannot switch each other off at once.
    """
    admins = (
        select(User.id)
        .where(
            User.role == Role.ADMIN,
            User.is_active,
            or_(User.password_hash.is_not(None), User.id == (acting.user_id or 0)),
        )
        .order_by(User.id)
        .with_for_update()
    )
    return set(session.scalars(admins))


def find_user(session: Session, *, user_id: int) -> User:
    """Return a user by id, or raise NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("That user does not exist.")
    return user


def set_password(session: Session, *, user_id: int, password_hash: str) -> None:
    """Set a password and end every sign-in made with the old one."""
    user = find_user(session, user_id=user_id)
    user.password_hash = password_hash
    end_sign_ins(session, user_id=user_id)


def needs_first_admin(session: Session) -> bool:
    """Return whether the service still has no admin who can sign in."""
    return (
        session.scalar(
            select(User.id)
            .where(User.role == Role.ADMIN, User.is_active, User.password_hash.is_not(None))
            .limit(1)
        )
        is None
    )
