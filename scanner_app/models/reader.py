"""Readers, their read points, and the tags that people look for with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models.base import Base, enum_column


class Reader(Base):
    """A device or agent, known by the name under which it posts."""

    __tablename__ = "reader"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="rfid")
    is_active: Mapped[bool] = mapped_column(default=True)
    silent_after_seconds: Mapped[int] = mapped_column(default=600)
    created_at: Mapped[datetime]
    last_heartbeat_at: Mapped[datetime | None]
    last_read_at: Mapped[datetime | None]
    heartbeat: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The reader's clock minus ours, in seconds, at its last post that held its time.
    clock_offset: Mapped[float | None] = mapped_column(Float)
    # If set, no other token may post for this reader.
    token_id: Mapped[int | None] = mapped_column(ForeignKey("api_token.id"))
    # The user who carries this reader: their scans of room labels locate it.
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class ReadPoint(Base):
    """What one antenna sees and means. Antenna 0: every antenna that has no other point."""

    __tablename__ = "read_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id", ondelete="CASCADE"))
    antenna: Mapped[int] = mapped_column(default=0)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    intent: Mapped[Intent] = mapped_column(enum_column(Intent, "intent", is_checked=False))
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    rssi_floor: Mapped[int | None]

    __table_args__ = (UniqueConstraint("reader_id", "antenna"),)


class TagWatch(Base):
    """An asset that a person looks for now: the codes of its tag, and the latest signals of it.

    The row exists while a page asks for it. `codes` are upper-case hex. `signals` holds under
    "heard" the newest rows of [unix time, reader's name, antenna, dBm or null, reads].
    """

    __tablename__ = "tag_watch"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"), unique=True)
    codes: Mapped[list[str]]
    signals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
