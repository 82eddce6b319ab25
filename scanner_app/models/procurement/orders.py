"""Orders and their lines. How much of a line came is what its receipts say."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.procurement.orders import LineKind, OrderState
from scanner_app.models.base import Base, enum_column


class PurchaseOrder(Base):
    """What is bought from one supplier, under a number that the supplier knows too."""

    __tablename__ = "purchase_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    number_key: Mapped[str] = mapped_column(unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState, "state"))
    currency: Mapped[str]
    delivery_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    placed_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    reason: Mapped[str | None]

    __table_args__ = (
        Index("ix_purchase_order_supplier_id", "supplier_id"),
        Index("ix_purchase_order_state", "state"),
        CheckConstraint("delivery_cents >= 0", name="delivery_not_negative"),
    )


class OrderLine(Base):
    """A number of pieces of one thing, at a price of one piece.

    :param model_code: what the box says: a GTIN or a part number; scanning it sets the line.
    """

    __tablename__ = "order_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, "kind", is_checked=False))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    stock_item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"))
    # The request that asked for it, and the budget that it is charged to.
    request_id: Mapped[int | None] = mapped_column(ForeignKey("request.id"))
    budget_id: Mapped[int | None] = mapped_column(ForeignKey("budget.id"))
    text: Mapped[str] = mapped_column(default="")
    model_code: Mapped[str] = mapped_column(default="")
    model_key: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int]
    unit_price_cents: Mapped[int] = mapped_column(BigInteger)
    warranty_months: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        Index("ix_order_line_model_id", "model_id"),
        Index("ix_order_line_request_id", "request_id"),
        Index("ix_order_line_budget_id", "budget_id"),
        CheckConstraint("quantity > 0", name="asks_for_some"),
        CheckConstraint("unit_price_cents >= 0", name="price_not_negative"),
        CheckConstraint(
            "(CASE WHEN model_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN stock_item_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN text = '' THEN 0 ELSE 1 END) = 1",
            name="is_of_one_thing",
        ),
    )
