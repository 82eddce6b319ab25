"""People who answer for assets, and the users, sign-ins and tokens that may act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.access.roles import Role
from scanner_app.models.base import Base, enum_column


class Person(Base):
    """A custodian. Not a user: most people who hold a laptop never sign in here."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    username: Mapped[str | None]
    department: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    search: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (Index("ix_person_name", "name"),)


class User(Base):
    """Somebody who signs in. `email` is the normalised form, so lookalikes are one account."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]


class SignIn(Base):
    """A session on the server: the cookie holds a random value of which only the hash is here."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    user_agent: Mapped[str]
    address: Mapped[str]
    # Where the no-script scan page keeps the place and custodian that stay set between scans.
    place_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="SET NULL"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_sign_in_user_id", "user_id"),)


class ApiToken(Base):
    """A program's key: shown once, kept as a hash, found by its public prefix."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    prefix: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: the first admin's, and a user's first password."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("purpose IN ('first_admin', 'password')", name="purpose_known"),
    )


class Throttle(Base):
    """Attempts by account and by network in a window; a table, since memory is per worker."""

    __tablename__ = "throttle"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    window_start: Mapped[datetime]
    attempts: Mapped[int]

    __table_args__ = (UniqueConstraint("key", "window_start"),)
