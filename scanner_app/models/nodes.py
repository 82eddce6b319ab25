"""What the machines of one service agree on: keys, how much each sender may send, the schema."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class ServiceKey(Base):
    """A key that every machine must have, or an audit key that sealed reports before it.

    :ivar kind: `secret` signs cookies and cursors, `audit` signs reports.
    :ivar key_id: the name of a key, which does not show it.
    :ivar public_pem: the public half of an audit key, empty for a secret one.
    """

    __tablename__ = "service_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key_id: Mapped[str]
    public_pem: Mapped[str] = mapped_column(default="")
    is_current: Mapped[bool]
    since: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("kind", "key_id"),
        Index(
            "uq_service_key_current",
            "kind",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )


class RateBucket(Base):
    """What is left of a sender's minute. PostgreSQL keeps it without a log: a crash empties it."""

    __tablename__ = "rate_bucket"

    sender: Mapped[str] = mapped_column(primary_key=True)
    amount_left: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]


class SchemaFloor(Base):
    """The oldest schema whose programs may still run on this one: a single row."""

    __tablename__ = "schema_floor"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[str]
