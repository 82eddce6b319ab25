"""The picture of a floor, and the outlines of the rooms on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class FloorPlan(Base):
    """The picture of one location, which the file store keeps under `sha256`.

    Another picture takes the place of the one before. The outlines stay: a new print of the same
    floor has its rooms where they were.
    """

    __tablename__ = "floor_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), unique=True
    )
    sha256: Mapped[str]
    media_type: Mapped[str]
    filename: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]


class RoomOutline(Base):
    """Where a room lies on a plan: `corners` as x,y in thousandths of the picture."""

    __tablename__ = "room_outline"

    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("floor_plan.id", ondelete="CASCADE"))
    corners: Mapped[str]
    drawn_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (Index("ix_room_outline_plan_id", "plan_id"),)
