"""Readers and their read points: what hangs over which door, and what its reads mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.custody import Intent
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
