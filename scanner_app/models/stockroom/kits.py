"""Kits: things that go together under one code, and what belongs to each, with since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base

LIVE_AND_FIXED = text("ended_at IS NULL AND is_fixed")


class Kit(Base):
    """A kit. It has no status: whether it is whole follows from where its pieces are."""

    __tablename__ = "kit"

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str]
    tag_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    # The assets of a fixed kit belong to no other: they go out with it, or somebody is asked.
    is_fixed: Mapped[bool]
    home_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_kit_name", "name"),)


class KitPiece(Base):
    """One piece of a kit, from its start up to its end: a scan means the pieces of its time.

    `is_fixed` is that of the kit: an index looks at one table alone.
    """

    __tablename__ = "kit_piece"

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    stock_item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"))
    quantity: Mapped[int]
    is_required: Mapped[bool]
    is_fixed: Mapped[bool]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_kit_piece_kit_id", "kit_id"),
        Index("ix_kit_piece_asset_id", "asset_id"),
        Index("ix_kit_piece_model_id", "model_id"),
        Index("ix_kit_piece_stock_item_id", "stock_item_id"),
        Index(
            "uq_kit_piece_fixed",
            "asset_id",
            unique=True,
            sqlite_where=LIVE_AND_FIXED,
            postgresql_where=LIVE_AND_FIXED,
        ),
        CheckConstraint(
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN model_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN stock_item_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="is_one_thing",
        ),
        CheckConstraint("quantity > 0 AND (asset_id IS NULL OR quantity = 1)", name="of_something"),
    )
