"""Users, sign-ins, one-time links and API tokens: made, found, ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.access import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from scanner_app.domain.passwords import check_password
from scanner_app.models import ApiToken, OneTimeLink, SignIn, Throttle, User

_hasher = PasswordHasher()
# Each argon2 hash takes 64 MB: without a bound, a burst of sign-ins takes the whole machine.
_hashing = threading.BoundedSemaphore(4)
HASH_WAIT_SECONDS = 10
TOUCH_AFTER = timedelta(minutes=1)
WINDOW = timedelta(minutes=15)
LINK_LIFE = timedelta(hours=24)
LONGEST_EMAIL = 254


def hash_secret(value: str) -> str:
    """Hash a random secret for storage; it has 256 bits, so no slow hash is needed."""
    return hashlib.sha256(value.encode()).hexdigest()


def normalize_email(email: str) -> str:
    """Give the one form of an address that an account is found by.

    NFKC and case folding, then ASCII only: `ADMIN`, full-width letters and trailing blanks are one
    account, and an address that only looks like another is refused, not made a second one.

    :raises Invalid: it is no address we can take.
    """
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    name, at, host = text.partition("@")
    if (
        not at
        or not name
        or not host
        or "@" in host
        or len(text) > LONGEST_EMAIL
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise Invalid(
            "That is not an e-mail address.",
            errors={"email": ["Give an address such as ana@example.org, in plain letters."]},
        )
    return text


def hash_password(password: str) -> str:
    """Hash a password with argon2id.

    :raises Invalid: it is too short, too long or among the most used ones.
    :raises Unavailable: too many hashes are being made at once.
    """
    check_password(password)
    with _hash_slot():
        return _hasher.hash(password)


class _hash_slot:  # noqa: N801 - reads as a verb in a with statement
    def __enter__(self) -> None:
        if not _hashing.acquire(timeout=HASH_WAIT_SECONDS):
            raise Unavailable("Too many people are signing in at once. Try again in a moment.")

    def __exit__(self, *_error: object) -> None:
        _hashing.release()


# Compared against where no such user exists, so that both answers take the same time.
_NOBODY = _hasher.hash(secrets.token_hex())


def add_user(
    session: Session,
    *,
    email: str,
    role: Role,
    name: str | None,
    password: str | None,
    now: datetime,
) -> User:
    """Add a user.

    :raises Conflict: the address has an account already.
    :raises Invalid: the address or password cannot be taken.
    """
    address = normalize_email(email)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise Conflict(f"{address} has an account already.", code="email_taken")
    user = User(
        email=address,
        name=(name or address.partition("@")[0]).strip()[:200],
        role=role,
        password_hash=hash_password(password) if password else None,
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
    if loses_admin and _count_admins(session) <= 1:
        raise Conflict("This is the last admin; make another one first.", code="last_admin")
    if is_active is False and acting.user_id == user.id:
        raise Conflict("You cannot switch off your own account.", code="own_account")
    if name is not None:
        user.name = name.strip()[:200]
    if role is not None:
        user.role = role
    if is_active is not None:
        user.is_active = is_active
        if not is_active:
            end_sign_ins(session, user_id=user.id)
    return user


def _count_admins(session: Session) -> int:
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active).with_for_update()
    return len(session.scalars(admins).all())


def find_user(session: Session, *, user_id: int) -> User:
    """Give a user by id.

    :raises NotFound: there is none.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def set_password(session: Session, *, user_id: int, password: str) -> None:
    """Set a password and end every sign-in made with the old one."""
    user = find_user(session, user_id=user_id)
    user.password_hash = hash_password(password)
    end_sign_ins(session, user_id=user_id)


def end_sign_ins(session: Session, *, user_id: int) -> None:
    """End every sign-in of a user, on every device."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))


# -- signing in --------------------------------------------------------------------------------


def count_attempt(session: Session, *, keys: list[str], now: datetime, limit: int) -> None:
    """Count an attempt to sign in for each key (account, network).

    Called in a unit of work of its own, before the password is looked at: a wrong password then
    stays counted.

    :raises TooMany: a key has used up its attempts in this window.
    """
    start = datetime.fromtimestamp(
        now.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), now.tzinfo
    )
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    for key in sorted(keys):
        statement = insert(Throttle).values(key=key, window_start=start, attempts=1)
        statement = statement.on_conflict_do_update(
            index_elements=["key", "window_start"], set_={"attempts": Throttle.attempts + 1}
        )
        session.execute(statement)
    worst = session.scalars(
        select(Throttle.attempts).where(Throttle.key.in_(keys), Throttle.window_start == start)
    ).all()
    if worst and max(worst) > limit:
        wait = int((start + WINDOW - now).total_seconds()) + 1
        raise TooMany(
            f"Too many attempts. Try again in {wait // 60 + 1} minutes.", retry_after=wait
        )


def forget_attempts(session: Session, *, keys: list[str], now: datetime) -> None:
    """Forget the attempts of an account that signed in, and those of past windows."""
    session.execute(delete(Throttle).where(Throttle.key.in_(keys)))
    session.execute(delete(Throttle).where(Throttle.window_start < now - 2 * WINDOW))


def check_credentials(session: Session, *, email: str, password: str) -> User | None:
    """Give the active user whose password this is, or None, in the same time for both."""
    try:
        address = normalize_email(email)
    except Invalid:
        address = ""
    user = session.scalar(select(User).where(User.email == address)) if address else None
    stored = user.password_hash if user is not None and user.is_active else None
    if len(password) > LONGEST_PASSWORD:
        password = ""
    with _hash_slot():
        try:
            _hasher.verify(stored or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
    return user if stored else None


LONGEST_PASSWORD = 1024


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
            user_agent=user_agent[:200],
            address=address[:64],
        )
    )
    user.last_sign_in_at = now
    return value


def end_sign_in(session: Session, *, sign_in_id: int) -> None:
    """End one sign-in: its cookie is dead from now on."""
    session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def touch_sign_in(session: Session, *, sign_in_id: int, now: datetime) -> None:
    """Note that a sign-in is in use."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


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
    if link is None or link.used_at is not None or link.expires_at < now:
        raise NotFound("This link was used already or is too old. Ask for a new one.")
    return link


def needs_first_admin(session: Session) -> bool:
    """Tell whether nobody can administer this service yet."""
    return (
        session.scalar(
            select(User.id).where(User.role == Role.ADMIN, User.password_hash.is_not(None)).limit(1)
        )
        is None
    )


# -- API tokens --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewToken:
    id: int
    name: str
    secret: str


def add_token(
    session: Session,
    *,
    name: str,
    role: Role,
    created_by: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token and give its secret, which is shown once and kept only as a hash."""
    label = name.strip()
    if not label:
        raise Invalid("A token needs a name.", errors={"name": ["Say what will use it."]})
    prefix = secrets.token_hex(4)
    secret = f"sca_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        name=label[:200],
        role=role,
        prefix=prefix,
        token_hash=hash_secret(secret),
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()  # the id goes into the answer
    return NewToken(token.id, token.name, secret)


def revoke_token(session: Session, *, token_id: int, now: datetime) -> None:
    """Revoke a token; it stops working with the next request."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound("There is no such token.")
    token.revoked_at = token.revoked_at or now


# Past the ORM: this stands in the way of every request of a program.
_TOKEN = ApiToken.__table__.c


def find_token_actor(session: Session, *, token: str, now: datetime) -> tuple[Actor | None, bool]:
    """Give the actor of a bearer token, and whether its last use wants noting."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != "sca":  # noqa: PLR2004 - sca, prefix, secret
        return None, False
    row = (
        session.connection()
        .execute(
            select(
                _TOKEN.id,
                _TOKEN.name,
                _TOKEN.role,
                _TOKEN.token_hash,
                _TOKEN.last_used_at,
                _TOKEN.expires_at,
            ).where(_TOKEN.prefix == parts[1], _TOKEN.revoked_at.is_(None))
        )
        .one_or_none()
    )
    if row is None or not hmac.compare_digest(row.token_hash, hash_secret(token)):
        return None, False
    if row.expires_at is not None and row.expires_at <= now:
        return None, False
    actor = Actor(kind="token", id=row.id, name=row.name, role=row.role, token_id=row.id)
    stale = row.last_used_at is None or now - row.last_used_at > TOUCH_AFTER
    return actor, stale


def touch_token(session: Session, *, token_id: int, now: datetime) -> None:
    """Note that a token is in use, about once a minute: each time would cost a write a request."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))
