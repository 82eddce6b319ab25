"""Reservations: who booked what for when, and which assets were picked up for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base

OPEN = text("ended_at IS NULL")


class Reservation(Base):
    """A booking. Its state follows from its end, its picks and who has the assets now."""

    __tablename__ = "reservation"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    buffer_hours: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    actor: Mapped[str]
    # Not booked yet: it keeps nothing, and may be changed.
    is_draft: Mapped[bool] = mapped_column(default=False)
    # Cancelled, lapsed, or done: from then on it keeps nothing.
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]

    __table_args__ = (
        Index("ix_reservation_person_id", "person_id"),
        Index("ix_reservation_starts_at", "starts_at"),
        Index("ix_reservation_open", "ends_at", sqlite_where=OPEN, postgresql_where=OPEN),
        CheckConstraint("starts_at < ends_at", name="takes_time"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ends_as_something"),
    )


class ReservationLine(Base):
    """What is booked: an asset, a kit, or units of a model."""

    __tablename__ = "reservation_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    kit_id: Mapped[int | None] = mapped_column(ForeignKey("kit.id"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    quantity: Mapped[int]

    __table_args__ = (
        Index("ix_reservation_line_reservation_id", "reservation_id"),
        Index("ix_reservation_line_asset_id", "asset_id"),
        Index("ix_reservation_line_kit_id", "kit_id"),
        Index("ix_reservation_line_model_id", "model_id"),
        CheckConstraint(
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN kit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN model_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="is_one_thing",
        ),
        CheckConstraint(
            "quantity > 0 AND (model_id IS NOT NULL OR quantity = 1)", name="of_something"
        ),
    )


class ReservationPick(Base):
    """An asset that was handed over for a line of a reservation."""

    __tablename__ = "reservation_pick"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("reservation_line.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("line_id", "asset_id", "handover_id"),
        Index("ix_reservation_pick_line_id", "line_id"),
        Index("ix_reservation_pick_asset_id", "asset_id"),
        Index("ix_reservation_pick_handover_id", "handover_id"),
    )
