"""Consignments with what is in them, whom they were given to, their papers and certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.disposal.consignments import Confirmed, ConsignmentState, ItemDecision
from scanner_app.domain.disposal.levels import Destination
from scanner_app.models.base import Base, enum_column

PACKED = text("removed_at IS NULL AND asset_id IS NOT NULL")


class Consignment(Base):
    """What leaves together. `people` holds who took each step, as they were then.

    A closed one is never changed (migration 0045).
    """

    __tablename__ = "consignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[ConsignmentState] = mapped_column(enum_column(ConsignmentState, "state"))
    method: Mapped[Destination] = mapped_column(
        enum_column(Destination, "method", is_checked=False)
    )
    recipient: Mapped[str]
    scheme: Mapped[str | None]
    scheme_number: Mapped[str | None]
    scheme_ends_on: Mapped[date | None]
    carrier: Mapped[str | None]
    pickup_on: Mapped[date | None]
    people: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_consignment_state", "state"),)


class ConsignmentItem(Base):
    """One thing of a consignment, or one line of the recipient's list that names another thing."""

    __tablename__ = "consignment_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    code: Mapped[str]
    box: Mapped[str | None]
    weight_g: Mapped[int | None]
    scan_id: Mapped[UUID | None]
    packed_by: Mapped[str | None]
    packed_name: Mapped[str | None]
    packed_at: Mapped[datetime | None]
    out_scan_id: Mapped[UUID | None]
    out_name: Mapped[str | None]
    out_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_name: Mapped[str | None]
    removed_reason: Mapped[str | None]
    confirmed: Mapped[Confirmed | None] = mapped_column(
        enum_column(Confirmed, "confirmed", is_checked=False)
    )
    listed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    proceeds_cents: Mapped[int | None] = mapped_column(BigInteger)
    decision: Mapped[ItemDecision | None] = mapped_column(
        enum_column(ItemDecision, "decision", is_checked=False)
    )
    reason: Mapped[str | None]
    decided_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        # One thing is in one consignment; what was cancelled is taken off.
        Index(
            "uq_consignment_item_packed",
            "asset_id",
            unique=True,
            sqlite_where=PACKED,
            postgresql_where=PACKED,
        ),
        Index("ix_consignment_item_consignment_id", "consignment_id"),
        Index("ix_consignment_item_scan_id", "scan_id"),
        Index("ix_consignment_item_out_scan_id", "out_scan_id"),
    )


class ConsignmentTransfer(Base):
    """One step of the chain of custody. Rows are only added; each holds the hash of the last."""

    __tablename__ = "consignment_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    position: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sha256: Mapped[str]

    __table_args__ = (UniqueConstraint("consignment_id", "position"),)


class ConsignmentDocument(Base):
    """A paper of the recipient, by its hash in the file store. Rows are only added."""

    __tablename__ = "consignment_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    sha256: Mapped[str]
    media_type: Mapped[str]
    filename: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]
    added_by: Mapped[str]

    __table_args__ = (UniqueConstraint("consignment_id", "sha256"),)


class Certificate(Base):
    """The number of a sealed certificate. Its text is that of its seal."""

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    consignment_id: Mapped[int | None] = mapped_column(ForeignKey("consignment.id"), unique=True)
    sanitization_id: Mapped[int | None] = mapped_column(ForeignKey("sanitization.id"), unique=True)
    seal_number: Mapped[int] = mapped_column(ForeignKey("seal.number"), unique=True)
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("(consignment_id IS NULL) <> (sanitization_id IS NULL)", name="of_one"),
    )
