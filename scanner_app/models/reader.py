"""Readers, their read points, and the tags that somebody looks for with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models.base import Base, enum_column


class Reader(Base):
    """A device or agent by the name it posts under."""

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
    # The reader's clock minus ours, in seconds, at its last post that said what time it was there.
    clock_offset: Mapped[float | None] = mapped_column(Float)
    # Where set, no other token may post for this reader.
    token_id: Mapped[int | None] = mapped_column(ForeignKey("api_token.id"))
    # Whose scans of room labels say where this reader is, where it is carried about.
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class ReadPoint(Base):
    """Where one antenna looks. Antenna 0 stands for every antenna without a point of its own."""

    __tablename__ = "read_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id", ondelete="CASCADE"))
    antenna: Mapped[int] = mapped_column(default=0)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    intent: Mapped[Intent] = mapped_column(enum_column(Intent, "intent"))
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    rssi_floor: Mapped[int | None]

    __table_args__ = (UniqueConstraint("reader_id", "antenna"),)


class TagWatch(Base):
    """An asset that somebody looks for now: the codes of its tag, and how loud it was just heard.

    A row lives while a page asks for it. `codes` are upper-case hex. `signals` holds under
    "heard" the newest rows of [unix time, reader's name, antenna, dBm or null, reads].
    """

    __tablename__ = "tag_watch"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"), unique=True)
    codes: Mapped[list[str]]
    signals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
