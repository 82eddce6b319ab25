"""Users, sign-ins and one-time links: made, found, ended.

Passwords are hashed in `passwords`, attempts counted in `throttle`; API tokens are in `tokens`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.accounts import normalize_email, read_name
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.models import OneTimeLink, SignIn, User
from scanner_app.services.access.passwords import hash_password

TOUCH_AFTER = timedelta(minutes=1)
# What a database takes as an id; larger numbers in an address name nothing.
LARGEST_ID = 2**31 - 1
LINK_LIFE = timedelta(hours=24)


def hash_secret(value: str) -> str:
    """Hash a random secret for storage; it has 256 bits, so no slow hash is needed."""
    return hashlib.sha256(value.encode()).hexdigest()


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

    :param password: hashed here; an edge that many use hashes first, since a hash holds up every
        writer, and gives `password_hash`.
    :raises Conflict: the address has an account already.
    :raises Invalid: the address, name or password cannot be taken.
    """
    address = normalize_email(email)
    label = read_name(name or "") or address.partition("@")[0]
    if password is not None:
        password_hash = hash_password(password)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise Conflict(f"{address} has an account already.", code="email_taken")
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
    """Change a user's name, role or standing; sign-ins of somebody switched off end at once.

    :raises Conflict: the last active admin would be lost.
    """
    user = find_user(session, user_id=user_id)
    loses_admin = user.role is Role.ADMIN and (
        (role is not None and role is not Role.ADMIN) or is_active is False
    )
    if loses_admin and _lock_admins(session, acting) <= {user.id}:
        raise Conflict(
            "This is the last admin who can sign in; make another one first.", code="last_admin"
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
    """Give the admins who can sign in or are; locked, so that two cannot switch each other off."""
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
    """Give a user by id.

    :raises NotFound: there is none.
    """
    user = session.get(User, user_id) if user_id <= LARGEST_ID else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


def set_password(session: Session, *, user_id: int, password_hash: str) -> None:
    """Set a password and end every sign-in made with the old one."""
    user = find_user(session, user_id=user_id)
    user.password_hash = password_hash
    end_sign_ins(session, user_id=user_id)


def end_sign_ins(session: Session, *, user_id: int, but: int | None = None) -> None:
    """End every sign-in of a user, on every device; `but` one where that is asked for."""
    statement = delete(SignIn).where(SignIn.user_id == user_id)
    session.execute(statement if but is None else statement.where(SignIn.id != but))


# -- signing in --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Login:
    """What a password is compared with."""

    user_id: int
    email: str
    password_hash: str


def find_login(session: Session, *, email: str) -> Login | None:
    """Give what signing in to an account takes, or None where nobody can."""
    try:
        address = normalize_email(email)
    except Invalid:
        return None
    user = session.scalar(select(User).where(User.email == address, User.is_active))
    if user is None or user.password_hash is None:
        return None
    return Login(user.id, user.email, user.password_hash)


def find_user_of(session: Session, *, login: Login) -> User | None:
    """Give the user, unless switched off or given another password since it was compared."""
    user = session.get(User, login.user_id, with_for_update=True)
    if user is None or not user.is_active or user.password_hash != login.password_hash:
        return None
    return user


def start_sign_in(
    session: Session, *, user: User, user_agent: str, address: str, now: datetime
) -> str:
    """Start a session on the server and give the cookie's value, of which only a hash is kept."""
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
    """End one sign-in: its cookie is dead from now on."""
    session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def drop_dead_sign_ins(
    session: Session, *, now: datetime, idle_hours: int, longest_days: int
) -> None:
    """Delete the sign-ins that ended by themselves."""
    session.execute(
        delete(SignIn).where(
            or_(
                SignIn.seen_at < now - timedelta(hours=idle_hours),
                SignIn.created_at < now - timedelta(days=longest_days),
            )
        )
    )


def touch_sign_in(session: Session, *, sign_in_id: int, now: datetime) -> None:
    """Note that a sign-in is in use."""
    session.execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now).values(seen_at=now)
    )


def find_sign_in_actor(
    session: Session, *, cookie: str, now: datetime, idle_hours: int, longest_days: int
) -> tuple[Actor | None, bool]:
    """Give the actor of a sign-in cookie, and whether its last use wants noting."""
    row = session.execute(
        select(SignIn.id, SignIn.created_at, SignIn.seen_at, User.id, User.name, User.role)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.token_hash == hash_secret(cookie), User.is_active)
    ).one_or_none()
    if row is None:
        return None, False
    sign_in_id, created_at, seen_at, user_id, name, role = row
    if now - seen_at > timedelta(hours=idle_hours) or now - created_at > timedelta(
        days=longest_days
    ):
        return None, False
    actor = Actor(
        kind="user", id=user_id, name=name, role=role, user_id=user_id, session_id=sign_in_id
    )
    return actor, now - seen_at > TOUCH_AFTER


# -- one-time links ----------------------------------------------------------------------------


def make_link(session: Session, *, purpose: str, user_id: int | None, now: datetime) -> str:
    """Make a link's secret; an older unused one of the same purpose and user stops working."""
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
    """Give a link that still works, locked.

    :raises NotFound: it never was, was used, or is too old.
    """
    link = session.scalar(
        select(OneTimeLink).where(OneTimeLink.token_hash == hash_secret(value)).with_for_update()
    )
    is_dead = link is None or link.used_at is not None or link.expires_at < now
    if link is None or is_dead or (link.user_id and not _is_active(session, link.user_id)):
        raise NotFound("This link was used already or is too old. Ask an admin for a new one.")
    return link


def use_link(
    session: Session, *, value: str, email: str, name: str, password_hash: str, now: datetime
) -> int:
    """Use a link up: make the first admin, or set a user's password. Gives the user's id.

    :param email: the first admin's address, and `name`; a password link knows whose it is.
    :raises NotFound: the link works no more.
    :raises Conflict: there is an admin already, or the address has an account.
    """
    link = find_link(session, value=value, now=now)
    link.used_at = now
    if link.user_id is not None:
        set_password(session, user_id=link.user_id, password_hash=password_hash)
        return link.user_id
    if not needs_first_admin(session):
        raise Conflict("There is an admin already. Ask them for an account.")
    admin = add_user(
        session, email=email, role=Role.ADMIN, name=name, password_hash=password_hash, now=now
    )
    return admin.id


def _is_active(session: Session, user_id: int) -> bool:
    return bool(session.scalar(select(User.is_active).where(User.id == user_id)))


def needs_first_admin(session: Session) -> bool:
    """Tell whether nobody can administer this service yet."""
    return (
        session.scalar(
            select(User.id)
            .where(User.role == Role.ADMIN, User.is_active, User.password_hash.is_not(None))
            .limit(1)
        )
        is None
    )
