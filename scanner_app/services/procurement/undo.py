"""Undo a scan of a delivery, as long as it is not booked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.tasks import TaskKind, write_number
from scanner_app.domain.procurement.deliveries import DeliveryState
from scanner_app.models import DeliveryScan, OrderLine, Receipt
from scanner_app.services.procurement.deliveries import find_and_lock
from scanner_app.services.procurement.fit import refit


def withdraw_receipt(session: Session, *, scan_id: UUID) -> bool:
    """Take back what a scan did to its delivery. Return False if that takes no more scans.

    A receipt that another scan also found stays; one that was decided goes with its decision.
    """
    noted = session.scalar(select(DeliveryScan).where(DeliveryScan.scan_id == scan_id))
    if noted is None or noted.is_late:
        return True
    delivery = find_and_lock(session, write_number(TaskKind.DELIVERY, noted.task_id))
    if delivery is None or delivery.state is not DeliveryState.OPEN:
        return False
    receipt = session.get(Receipt, noted.receipt_id) if noted.receipt_id is not None else None
    session.delete(noted)
    session.flush()
    if receipt is not None and not _is_found_again(session, receipt.id):
        line = session.get(OrderLine, receipt.line_id) if receipt.line_id is not None else None
        session.delete(receipt)
        session.flush()
        if line is not None:
            refit(session, delivery, line)
    return True


def _is_found_again(session: Session, receipt_id: int) -> bool:
    other = select(DeliveryScan.id).where(DeliveryScan.receipt_id == receipt_id).limit(1)
    return session.scalar(other) is not None
