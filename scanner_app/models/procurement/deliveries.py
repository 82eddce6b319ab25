"""Deliveries: what arrived against an order, scan by scan, until it is booked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.procurement.deliveries import ReceiptDecision, ReceiptState
from scanner_app.models.base import Base, enum_column


class Delivery(Base):
    """The order and the location of a task of kind delivery. Its state is that of the task."""

    __tablename__ = "delivery"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))

    __table_args__ = (Index("ix_delivery_order_id", "order_id"),)


class Receipt(Base):
    """One thing that arrived, or some pieces of one thing that has no serial numbers.

    :param serial_key: two scans of one serial number are one receipt.
    :param label: the asset tag that was stuck on it.
    :param asset_id: what has the serial number already; after booking, what was made of it.
    :param booked_at: null until the delivery is booked, and for what was not accepted.
    """

    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("delivery.task_id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    code: Mapped[str]
    serial: Mapped[str | None]
    serial_key: Mapped[str | None]
    quantity: Mapped[int]
    label: Mapped[str | None]
    condition: Mapped[str | None]
    state: Mapped[ReceiptState] = mapped_column(enum_column(ReceiptState, "state"))
    decision: Mapped[ReceiptDecision | None] = mapped_column(
        enum_column(ReceiptDecision, "decision", is_checked=False)
    )
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    stock_item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"))
    booked_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("task_id", "serial_key"),
        Index("ix_receipt_line_id", "line_id"),
        Index("ix_receipt_asset_id", "asset_id"),
        CheckConstraint("quantity > 0", name="is_of_some"),
        CheckConstraint("serial_key IS NULL OR quantity = 1", name="one_of_each_serial"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_once"),
    )


class DeliveryScan(Base):
    """One scan of a delivery: for which receipt it counted, or which product it set.

    :param line_id: the line that it set for the serial numbers after it, by the same person.
    :param is_product: it named a product; without a line, one that nobody ordered.
    :param is_late: it arrived when the delivery took no more scans.
    """

    __tablename__ = "delivery_scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("delivery.task_id"))
    scan_id: Mapped[UUID]
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id", ondelete="SET NULL"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    code: Mapped[str]
    quantity: Mapped[int]
    is_product: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    device: Mapped[str | None]

    __table_args__ = (
        Index("ix_delivery_scan_task_id", "task_id", "actor", "at"),
        Index("ix_delivery_scan_scan_id", "scan_id"),
        Index("ix_delivery_scan_receipt_id", "receipt_id"),
    )
