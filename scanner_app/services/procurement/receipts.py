"""Decide about what does not fit, and say which label is on what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.procurement.deliveries import (
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
    must_decide,
)
from scanner_app.domain.scanning.new_scan import DAMAGED
from scanner_app.models import Identifier, OrderLine, Receipt
from scanner_app.services.procurement.deliveries import LockedDelivery, lock_delivery
from scanner_app.services.procurement.fit import refit
from scanner_app.services.procurement.lines import find_line
from scanner_app.services.procurement.receive import is_label_taken
from scanner_app.services.register.fields import read_asset_tag

MAX_REASON = 500


def decide_receipts(
    session: Session,
    *,
    number: str,
    ids: Sequence[int],
    decision: ReceiptDecision | None,
    reason: str,
    actor: Actor,
    now: datetime,
    line: int | None = None,
    as_new: bool = False,
) -> None:
    """Decide about receipts of a delivery, all alike, until it is booked.

    :param decision: None takes an earlier decision back.
    :param line: the position of the line that something not ordered belongs to.
    :param as_new: of what is known already: makers reuse serial numbers, and this is another asset.
    :raises NotFound: the delivery has no such receipt.
    :raises Invalid: a reason or a line is missing.
    :raises Conflict: the delivery is not open (`task_not_open`).
    """
    delivery = _lock_open(session, number)
    reason = " ".join(reason.split())
    if len(reason) > MAX_REASON:
        raise Invalid("Too long.", errors={"reason": [f"At most {MAX_REASON} characters."]})
    for id_ in dict.fromkeys(ids):
        receipt = _find(session, delivery, id_)
        if decision is ReceiptDecision.ACCEPT:
            _accept(session, delivery, receipt, reason, line, as_new=as_new)
        elif receipt.state is ReceiptState.UNORDERED:
            receipt.line_id = None  # no line of the order has it but by a decision
        receipt.decision, receipt.reason = decision, reason if decision else ""
        receipt.decided_at = now if decision else None
        receipt.decided_by = actor.name if decision else None
        session.flush()
        of_line = session.get(OrderLine, receipt.line_id) if receipt.line_id is not None else None
        if of_line is not None:
            refit(session, delivery, of_line)
    session.flush()


def set_label(session: Session, *, number: str, receipt_id: int, label: str) -> None:
    """Set which asset tag was stuck on something; empty for none.

    :raises NotFound: the delivery has no such receipt.
    :raises Invalid: it cannot be a tag.
    :raises Conflict: something else has it (`label_taken`), or the delivery is not open.
    """
    delivery = _lock_open(session, number)
    receipt = _find(session, delivery, receipt_id)
    label = label.strip()
    if label:
        try:
            label = read_asset_tag(label)
        except Invalid as error:
            raise Invalid(error.message, errors={"label": error.texts}) from None
        if is_label_taken(session, label, without_id=receipt.id):
            raise _taken(label)
    receipt.label = label or None
    session.flush()


def find_undecided(session: Session, task_id: int) -> list[Receipt]:
    """Return the receipts of a delivery that somebody still has to decide about."""
    rows = session.scalars(
        select(Receipt)
        .where(Receipt.task_id == task_id, Receipt.decision.is_(None))
        .order_by(Receipt.id)
    )
    return [one for one in rows if must_decide(one.state, is_damaged=one.condition == DAMAGED)]


def _taken(label: str) -> Conflict:
    return Conflict(f"Label {label} is on something else already.", code="label_taken")


def _accept(
    session: Session,
    delivery: LockedDelivery,
    receipt: Receipt,
    reason: str,
    line: int | None,
    *,
    as_new: bool,
) -> None:
    if receipt.state is not ReceiptState.RECEIVED and not reason:
        text = "Say why it is accepted."
        raise Invalid(text, errors={"reason": [text]})
    if line is not None:
        found = find_line(session, delivery.order_id, line)
        if receipt.serial_key is not None and not found.kind.facts.has_serials:
            text = "This line is counted in pieces: it has no serial numbers."
            raise Invalid(text, errors={"line": [text]})
        if found.kind.facts.has_serials and receipt.serial_key is None and receipt.quantity > 1:
            text = "Each of this line has a serial number: scan them one by one."
            raise Invalid(text, errors={"line": [text]})
        receipt.line_id = found.id
    if receipt.line_id is None:
        text = "Say which line of the order it belongs to. Add a line first if there is none."
        raise Invalid(text, errors={"line": [text]})
    if as_new:
        receipt.asset_id = None
    elif receipt.state is ReceiptState.ALREADY_REGISTERED and receipt.asset_id is None:
        receipt.asset_id = _find_known(session, receipt)


def _find_known(session: Session, receipt: Receipt) -> int:
    """Return the asset that has the serial number of a receipt, or the code that was scanned.

    :raises Invalid: it is not one asset alone.
    """
    keys = {receipt.serial_key or "", tag_key(receipt.code)} - {""}
    of_code = select(Identifier.asset_id).where(
        Identifier.value.in_(keys), Identifier.ended_at.is_(None), Identifier.asset_id.is_not(None)
    )
    ids = session.scalars(of_code.distinct()).all()
    if len(ids) != 1 or ids[0] is None:
        text = "Several assets or none have its number. Say that it is another asset, or return it."
        raise Invalid(text, errors={"reason": [text]})
    return ids[0]


def _find(session: Session, delivery: LockedDelivery, id_: int) -> Receipt:
    receipt = session.get(Receipt, id_)
    if receipt is None or receipt.task_id != delivery.task.id:
        raise NotFound("This delivery has no such receipt. Load the page again.")
    return receipt


def _lock_open(session: Session, number: str) -> LockedDelivery:
    delivery = lock_delivery(session, number)
    if delivery.state is not DeliveryState.OPEN:
        label = delivery.state.facts.label.lower()
        raise Conflict(f"This delivery is {label}: nothing changes.", code="task_not_open")
    return delivery
