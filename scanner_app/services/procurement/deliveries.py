"""Start a delivery of an order, cancel one, and lock the one that a scan or a decision is for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, read_number, write_number
from scanner_app.domain.procurement.deliveries import DELIVERY_STEPS, DeliveryState, delivery_state
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.models import Delivery, Location, Supplier, Task
from scanner_app.services.procurement.asking.cover import follow_order
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.orders import lock_order


class LockedDelivery(NamedTuple):
    """A delivery that is locked for the rest of the transaction."""

    task: Task
    order_id: int
    location_id: int

    @property
    def number(self) -> str:
        return write_number(TaskKind.DELIVERY, self.task.id)

    @property
    def state(self) -> DeliveryState:
        return delivery_state(self.task.state)


def start_delivery(
    session: Session, *, order_number: str, location: str, key: str, actor: Actor, now: datetime
) -> str:
    """Start a delivery of an order and return its number. A late one opens a closed order again.

    :param location: the code of the location at which things arrive.
    :param key: made by who asks: the same one again returns the delivery that it started.
    :raises NotFound: no order has this number.
    :raises Invalid: no open location has this code.
    :raises Conflict: the order is not placed (`no_such_step`).
    """
    order = lock_order(session, order_number)
    key = f"delivery:{order.id}:{key}"
    known = session.scalar(select(Task.id).where(Task.key == key))
    if known is not None:
        return write_number(TaskKind.DELIVERY, known)
    place_id = session.scalar(
        select(Location.id).where(Location.code == location.strip(), Location.is_active)
    )
    if place_id is None:
        text = "Choose a location of the list."
        raise Invalid(text, errors={"location": [text]})
    if order.state is OrderState.CLOSED:
        order.state, order.closed_at, order.closed_by = OrderState.PLACED, None, None
        follow_order(session, order.id, actor=actor, now=now)
    if order.state is not OrderState.PLACED:
        label = order.state.facts.label.lower()
        raise Conflict(f"This order is {label}. Place it first.", code="no_such_step")
    supplier = session.scalar(select(Supplier.name).where(Supplier.id == order.supplier_id))
    task = Task(
        key=key,
        kind=TaskKind.DELIVERY,
        state=TaskState.OPEN,
        title=f"Delivery of {order.number}, {supplier}"[:300],
        started_at=now,
        opened_by=actor.name,
    )
    session.add(task)
    session.flush()
    session.add(Delivery(task_id=task.id, order_id=order.id, location_id=place_id))
    number = write_number(TaskKind.DELIVERY, task.id)
    subject = (BuyingKind.ORDER, order.id)
    note_step(session, subject, BuyingStep.DELIVERY, actor=actor, now=now, text=number)
    session.flush()
    return write_number(TaskKind.DELIVERY, task.id)


def cancel_delivery(
    session: Session, *, number: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Cancel a delivery: nothing of it is booked, and its scans stay in the log.

    :raises NotFound: no delivery has this number.
    :raises Conflict: it is not open (`no_such_step`).
    """
    delivery = lock_delivery(session, number)
    if delivery.state is DeliveryState.CANCELLED:
        return
    close_delivery(delivery, DeliveryState.CANCELLED, outcome=reason, actor=actor, now=now)
    session.flush()


def close_delivery(
    delivery: LockedDelivery, wanted: DeliveryState, *, outcome: str, actor: Actor, now: datetime
) -> None:
    """Take a locked delivery to its last state.

    :raises Conflict: it is not open (`no_such_step`).
    """
    if wanted not in DELIVERY_STEPS[delivery.state]:
        label = delivery.state.facts.label.lower()
        raise Conflict(f"This delivery is {label} already.", code="no_such_step")
    delivery.task.state = wanted.facts.task
    delivery.task.closed_at, delivery.task.closed_by = now, actor.name
    delivery.task.outcome = outcome.strip()[:2000] or None


def lock_delivery(session: Session, number: str) -> LockedDelivery:
    """Return a delivery by its number, locked for the rest of the transaction.

    :raises NotFound: no delivery has it.
    """
    found = find_and_lock(session, number)
    if found is None:
        raise NotFound(f"There is no delivery {number[:20]!r}. Choose one from the list.")
    return found


def find_and_lock(session: Session, number: str) -> LockedDelivery | None:
    """Return a delivery by its number, locked; None if there is none."""
    named = read_number(number)
    if named is None or named[0] is not TaskKind.DELIVERY:
        return None
    task = session.get(Task, named[1], with_for_update=True, populate_existing=True)
    delivery = session.get(Delivery, named[1]) if task is not None else None
    if task is None or delivery is None or task.kind is not TaskKind.DELIVERY:
        return None
    return LockedDelivery(task, delivery.order_id, delivery.location_id)
