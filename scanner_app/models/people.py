"""People to whom assets are assigned, and the users, sign-ins and tokens that act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.access.roles import Role
from scanner_app.models.base import Base, enum_column


class Person(Base):
    """A person to whom assets may be assigned. Most never sign in, so they are not users."""

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
    """A person who signs in. `email` is normalised, so that addresses that look alike are one."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    # Who they are in the register: what concerns that person is told to this account.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # When they want no messages, as minutes of their day, and the hour of their digest.
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    digest_hour: Mapped[int | None]
    # The organisation's where it is null.
    time_zone: Mapped[str | None]
    # What its pages are written in: the browser's or the organisation's where it is null.
    language: Mapped[str | None]


class SignIn(Base):
    """A session of a user. The cookie holds a random value, and this row only its hash."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    user_agent: Mapped[str]
    address: Mapped[str]
    # The scan page that works without scripts keeps its place and person here between scans.
    place_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="SET NULL"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_sign_in_user_id", "user_id"),)


class ApiToken(Base):
    """The key of a program: shown once, stored as a hash, found by its public prefix."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    prefix: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    # Who is behind the program. Null for a program that depends on nobody.
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: for the first admin, or for the first password of a user."""

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
    """Attempts to sign in by account and by network. A table, because workers share no memory."""

    __tablename__ = "throttle"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    window_start: Mapped[datetime]
    attempts: Mapped[int]

    __table_args__ = (UniqueConstraint("key", "window_start"),)


class Passkey(Base):
    """A key of a user's device or password manager. Only its public half is here."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_passkey_user_id", "user_id"),)


class UsedChallenge(Base):
    """A challenge that a passkey has answered. The primary key refuses the same answer again."""

    __tablename__ = "used_challenge"

    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class PhoneCode(Base):
    """A code on a signed-in screen that signs in one phone, once, within two minutes."""

    __tablename__ = "phone_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]

    __table_args__ = (Index("ix_phone_code_user_id", "user_id"),)
