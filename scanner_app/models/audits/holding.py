"""What an audit covers that has no label: frozen, answered, decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.holdings.holdings import (
    HoldingDecision,
    HoldingKind,
    HoldingProposal,
)
from scanner_app.models.base import Base, enum_column


class AuditHolding(Base):
    """One licence, cloud or data asset, or the pieces of one stock item in one location.

    The words are those of the freeze. The answer is the newest one; the acts hold all of them.

    :ivar frozen_quantity: seats or pieces when the list was frozen; None where nothing is counted.
    :ivar recorded: the same by the books when it was answered.
    :ivar answered_key: the person behind the account or link, or the program.
    """

    __tablename__ = "audit_holding"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"))
    kind: Mapped[HoldingKind] = mapped_column(enum_column(HoldingKind, "kind", is_checked=False))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    stock_item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str]
    name: Mapped[str]
    location: Mapped[str | None]
    location_name: Mapped[str | None]
    custodian: Mapped[str | None]
    custodian_name: Mapped[str | None]
    frozen_quantity: Mapped[int | None]
    holds: Mapped[bool | None]
    counted: Mapped[int | None]
    recorded: Mapped[int | None]
    note: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answered_key: Mapped[str | None]
    is_by_owner: Mapped[bool] = mapped_column(default=False)
    act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"))
    proposal: Mapped[HoldingProposal | None] = mapped_column(
        enum_column(HoldingProposal, "proposal", is_checked=False)
    )
    decision: Mapped[HoldingDecision | None] = mapped_column(
        enum_column(HoldingDecision, "decision", is_checked=False)
    )
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"))

    __table_args__ = (
        Index("ix_audit_holding_audit_id", "audit_id", "id"),
        Index("ix_audit_holding_asset_id", "asset_id"),
        Index("ix_audit_holding_stock_item_id", "stock_item_id"),
        CheckConstraint(
            "(asset_id IS NULL) <> (stock_item_id IS NULL)", name="is_an_asset_or_stock"
        ),
    )
