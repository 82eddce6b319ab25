"""API tokens: made, found, taken over, revoked. Only a hash of a token is kept.

A token has an owner, the person behind the program, and stops with them: when they are switched
off, or when their role no longer includes what the token may do.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.accounts import read_name
from scanner_app.domain.access.roles import ROLES, Actor, Role, may_own
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
    owner_id: int | None = None,
) -> NewToken:
    """Make a token and return its secret, which is shown once and stored only as a hash.

    :param created_by: the maker's address, or where it was made (the command line).
    :param owner_id: the user with whom the token stops; None if it depends on nobody.
    :raises Invalid: the name or the owner cannot be used.
    """
    label = read_name(name)
    if not label:
        raise Invalid(
            "A token needs a name.", errors={"name": ["Name the program that will use it."]}
        )
    if owner_id is not None:
        _check_owner(session, owner_id=owner_id, role=role)
    prefix = secrets.token_hex(4)
    secret = f"sca_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        name=label,
        role=role,
        prefix=prefix,
        token_hash=hash_secret(secret),
        created_at=now,
        created_by=created_by,
        owner_user_id=owner_id,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()  # the answer contains the id
    return NewToken(token.id, token.name, secret)


def revoke_token(session: Session, *, token_id: int, now: datetime) -> str:
    """Revoke a token and return its name. It stops working with the next request."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound("That token does not exist.")
    token.revoked_at = token.revoked_at or now
    return token.name


def take_over_token(session: Session, *, token_id: int, owner_id: int) -> str:
    """Make another user the owner of a token, and return the token's name.

    It works again after its owner has left.
    """
    token = session.get(ApiToken, token_id)
    if token is None or token.revoked_at is not None:
        raise NotFound("That token does not exist or is revoked.")
    _check_owner(session, owner_id=owner_id, role=token.role)
    token.owner_user_id = owner_id
    return token.name


def list_stopped_tokens(session: Session, *, owner: User, now: datetime) -> list[str]:
    """Return the names of the tokens that have stopped with their owner."""
    rows = session.execute(
        select(ApiToken.name, ApiToken.role)
        .where(
            ApiToken.owner_user_id == owner.id,
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        )
        .order_by(ApiToken.name)
    )
    return [
        name
        for name, role in rows
        if not is_owned(role, owner_role=owner.role, is_active=owner.is_active)
    ]


def is_owned(role: Role, *, owner_role: Role, is_active: bool) -> bool:
    """Return whether a token of this role works with an owner like that."""
    return is_active and may_own(owner_role, role)


def _check_owner(session: Session, *, owner_id: int, role: Role) -> None:
    owner = session.get(User, owner_id)
    if owner is None or not owner.is_active:
        raise Invalid(
            "That user does not exist or is switched off.",
            errors={"owner": ["Choose one from the list."]},
        )
    if not may_own(owner.role, role):
        raise Invalid(
            f"{owner.name} ({ROLES[owner.role].label.lower()}) may not do all that a token of the "
            f"role {role.value} may do. Choose another owner or role.",
            errors={"owner": [f"{owner.name}'s role does not include what this token may do."]},
        )


# Plain SQL without the ORM: this runs in every request of a program.
_TOKEN = ApiToken.__table__.c
_OWNER = User.__table__.c
_FOUND = Lookup(
    select(
        _TOKEN.id,
        _TOKEN.name,
        _TOKEN.role,
        _TOKEN.token_hash,
        _TOKEN.last_used_at,
        _TOKEN.expires_at,
        _TOKEN.owner_user_id,
        _OWNER.role.label("owner_role"),
        _OWNER.is_active.label("owner_is_active"),
    )
    .select_from(ApiToken.__table__.outerjoin(User.__table__, _OWNER.id == _TOKEN.owner_user_id))
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
    id_, name, role, token_hash, last_used_at, expires_at, owner_id, owner_role, is_active = rows[0]
    if not hmac.compare_digest(token_hash, hash_secret(token)):
        return None, False
    if expires_at is not None and expires_at <= now:
        return None, False
    if owner_role is not None and not is_owned(role, owner_role=owner_role, is_active=is_active):
        return None, False
    actor = Actor(kind="token", id=id_, name=name, role=role, token_id=id_, owner_id=owner_id)
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
