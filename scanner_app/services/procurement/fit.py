"""Which receipts of a line fit it: worked out again after each scan, undo and decision."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.deliveries import ReceiptDecision, ReceiptState, fit_into
from scanner_app.models import OrderLine, Receipt
from scanner_app.services.procurement.deliveries import LockedDelivery
from scanner_app.services.procurement.orders import count_booked

# What is decided so does not stay, and takes no place of its line.
_GOES = frozenset({ReceiptDecision.RETURN, ReceiptDecision.LEAVE_OUT})


def refit(session: Session, delivery: LockedDelivery, line: OrderLine) -> None:
    """Set which receipts of a line fit and which are too many, in the order of their scans."""
    receipts = list(
        session.scalars(
            select(Receipt)
            .where(
                Receipt.task_id == delivery.task.id,
                Receipt.line_id == line.id,
                Receipt.state.in_((ReceiptState.RECEIVED, ReceiptState.OVER)),
            )
            .order_by(Receipt.id)
        )
    )
    staying = [one for one in receipts if one.decision not in _GOES]
    open_pieces = max(0, line.quantity - count_booked(session, line.id))
    states = fit_into(open_pieces, (one.quantity for one in staying))
    for receipt, state in zip(staying, states, strict=True):
        # What somebody accepted although it was too many stays so: it raises the line.
        if receipt.decision is None:
            receipt.state = state
    session.flush()
