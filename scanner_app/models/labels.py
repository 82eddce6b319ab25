"""Rolls of blank labels, and what each of them was put on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.labels.blanks import BlankState
from scanner_app.models.base import Base, enum_column


class LabelRoll(Base):
    """Blank labels that were made together, to be printed before anybody knows what they go on."""

    __tablename__ = "label_roll"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str]
    count: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    printed_at: Mapped[datetime | None]


class BlankLabel(Base):
    """One label of a roll. From the scan that claims it on, its code is one of an asset's codes."""

    __tablename__ = "blank_label"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    roll_id: Mapped[int] = mapped_column(ForeignKey("label_roll.id"))
    position: Mapped[int]
    state: Mapped[BlankState] = mapped_column(
        enum_column(BlankState, "state"), default=BlankState.FREE
    )
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    claimed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("roll_id", "position"),
        Index("ix_blank_label_asset_id", "asset_id"),
        Index("ix_blank_label_claimed_by", "claimed_by"),
        CheckConstraint("(state = 'claimed') = (asset_id IS NOT NULL)", name="claimed_by_one"),
    )
