"""API tokens: made, found, taken over, revoked. Only a hash of a token is kept."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.accounts import read_name
from scanner_app.domain.access.roles import ROLES, Action, Actor, Role
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import ApiToken, User
from scanner_app.services.access.passwords import hash_secret
from scanner_app.services.access.sign_ins import TOUCH_AFTER
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among


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
    """Make a token and return its secret, which is shown once and stored only as a hash.

    :param created_by: the maker's address: the token works while that user may make tokens. Any
        other word (the command line) depends on nobody.
    :raises Invalid: the name cannot be used.
    """
    label = read_name(name)
    if not label:
        raise Invalid(
            "A token needs a name.", errors={"name": ["Name the program that will use it."]}
        )
    prefix = secrets.token_hex(4)
    secret = f"sca_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        name=label,
        role=role,
        prefix=prefix,
        token_hash=hash_secret(secret),
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()  # the answer contains the id
    return NewToken(token.id, token.name, secret)


def revoke_token(session: Session, *, token_id: int, now: datetime) -> None:
    """Revoke a token; it stops working with the next request."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound("That token does not exist.")
    token.revoked_at = token.revoked_at or now


def take_over_token(session: Session, *, token_id: int, email: str) -> None:
    """Make another admin responsible for a token, so that it works after its maker has left."""
    token = session.get(ApiToken, token_id)
    if token is None or token.revoked_at is not None:
        raise NotFound("That token does not exist or is revoked.")
    token.created_by = email


def list_tokens_of(session: Session, *, email: str, now: datetime) -> list[str]:
    """Return the names of the tokens that depend on a user."""
    names = session.scalars(
        select(ApiToken.name)
        .where(
            ApiToken.created_by == email,
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        )
        .order_by(ApiToken.name)
    )
    return list(names)


def may_make_tokens(role: Role, *, is_active: bool) -> bool:
    """Return whether tokens work whose maker has this role and is switched on or off."""
    return is_active and Action.MANAGE_TOKENS in ROLES[role].actions


# Plain SQL without the ORM: this runs in every request of a program.
_TOKEN = ApiToken.__table__.c
_MAKER = User.__table__.c
_FOUND = Lookup(
    select(
        _TOKEN.id,
        _TOKEN.name,
        _TOKEN.role,
        _TOKEN.token_hash,
        _TOKEN.last_used_at,
        _TOKEN.expires_at,
        _MAKER.role.label("maker_role"),
        _MAKER.is_active.label("maker_is_active"),
    )
    .select_from(ApiToken.__table__.outerjoin(User.__table__, _MAKER.email == _TOKEN.created_by))
    .where(is_among(_TOKEN.prefix, "prefixes"), _TOKEN.revoked_at.is_(None)),
    "prefixes",
)


def find_token_actor(session: Session, *, token: str, now: datetime) -> tuple[Actor | None, bool]:
    """Return the actor of a bearer token, and whether its last use should be recorded."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != "sca" or not parts[1].isalnum():  # noqa: PLR2004 - sca, prefix, secret
        return None, False
    rows = _FOUND.fetch(session.connection(), [parts[1]])
    if not rows:
        return None, False
    id_, name, role, token_hash, last_used_at, expires_at, maker_role, maker_is_active = rows[0]
    if not hmac.compare_digest(token_hash, hash_secret(token)):
        return None, False
    if expires_at is not None and expires_at <= now:
        return None, False
    if maker_role is not None and not may_make_tokens(maker_role, is_active=maker_is_active):
        return None, False
    actor = Actor(kind="token", id=id_, name=name, role=role, token_id=id_)
    stale = last_used_at is None or now - last_used_at > TOUCH_AFTER
    return actor, stale


def touch_token(session: Session, *, token_id: int, now: datetime) -> None:
    """Record that a token is in use, at most once a minute; otherwise each request would write."""
    session.execute(
        update(ApiToken)
        # Of many requests that find it out of date at once, only one writes.
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now - TOUCH_AFTER),
        )
        .values(last_used_at=now)
    )
