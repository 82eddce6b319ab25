"""Users, their sign-ins and API tokens, as pages show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role, may_own
from scanner_app.models import ApiToken, SignIn, User


@dataclass(frozen=True, slots=True)
class UserRow:
    id: int
    email: str
    name: str
    role: Role
    is_active: bool
    has_password: bool
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignInRow:
    id: int
    created_at: datetime
    seen_at: datetime
    user_agent: str
    address: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: int
    name: str
    role: Role
    prefix: str
    created_at: datetime
    created_by: str
    owner_id: int | None
    owner_name: str | None
    owner_email: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    state: str
    """`works`, `revoked`, `expired`, or `orphaned`: it stopped with its owner."""


def list_users(session: Session) -> list[UserRow]:
    """Return every user, by address."""
    return [
        UserRow(
            user.id,
            user.email,
            user.name,
            user.role,
            user.is_active,
            user.password_hash is not None,
            user.last_sign_in_at,
        )
        for user in session.scalars(select(User).order_by(User.email))
    ]


def list_sign_ins(
    session: Session, *, user_id: int, now: datetime, idle_hours: int, longest_days: int
) -> list[SignInRow]:
    """Return a user's sign-ins, the last used first; those that expired say so."""
    rows = session.scalars(
        select(SignIn).where(SignIn.user_id == user_id).order_by(SignIn.seen_at.desc())
    )
    idle, old = now - timedelta(hours=idle_hours), now - timedelta(days=longest_days)
    return [
        SignInRow(
            r.id,
            r.created_at,
            r.seen_at,
            r.user_agent,
            r.address,
            is_over=r.seen_at < idle or r.created_at < old,
        )
        for r in rows
    ]


def list_tokens(session: Session, *, now: datetime) -> list[TokenRow]:
    """Return every token: those that work first, then the newest first."""
    rows = [
        TokenRow(
            token.id,
            token.name,
            token.role,
            token.prefix,
            token.created_at,
            token.created_by,
            token.owner_user_id,
            owner.name if owner else None,
            owner.email if owner else None,
            token.expires_at,
            token.last_used_at,
            token.revoked_at,
            _state_of(token, owner, now),
        )
        for token, owner in session.execute(
            select(ApiToken, User)
            .outerjoin(User, User.id == ApiToken.owner_user_id)
            .order_by(ApiToken.id.desc())
        )
    ]
    return sorted(rows, key=lambda row: row.state in {"revoked", "expired"})


def _state_of(token: ApiToken, owner: User | None, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at is not None and token.expires_at <= now:
        return "expired"
    is_owned = owner is None or (owner.is_active and may_own(owner.role, token.role))
    return "works" if is_owned else "orphaned"


def load_owners(session: Session, actors: Collection[str]) -> dict[str, str]:
    """Return the person key behind each token of these actors that has an owner."""
    ids = [int(key.removeprefix("token:")) for key in actors if key.startswith("token:")]
    if not ids:
        return {}
    rows = session.execute(
        select(ApiToken.id, ApiToken.owner_user_id).where(
            ApiToken.id.in_(sorted(ids)), ApiToken.owner_user_id.is_not(None)
        )
    )
    return {f"token:{id_}": f"user:{owner}" for id_, owner in rows}


def list_persons(session: Session, keys: Collection[str]) -> set[str]:
    """Return the keys of the persons behind some actors, such as ``user:5``.

    A token that nobody owns is named by its own key.
    """
    owners = load_owners(session, keys)
    return {owners.get(key, key) for key in keys}
