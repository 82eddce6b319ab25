"""Write an order, change its lines, and take it from state to state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import is_currency, show_money
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import ORDER_STEPS, OrderState
from scanner_app.domain.text import is_storable
from scanner_app.models import OrderLine, PurchaseOrder, Receipt, Supplier
from scanner_app.services.policies.policies import end_notices_of
from scanner_app.services.procurement.asking.ask_again import ask_again_for
from scanner_app.services.procurement.asking.budgets import refuse_closed, tell_overdrawn
from scanner_app.services.procurement.asking.cover import follow_order
from scanner_app.services.procurement.asking.placing import list_budget_ids, pass_order_gate
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.suppliers import find_or_make_supplier

MAX_NUMBER = 64
MAX_NOTES = 2000
MAX_REASON = 500


def add_order(session: Session, *, values: Mapping[str, Any], actor: Actor, now: datetime) -> str:
    """Write a new order, a draft without lines, and return its number.

    :param values: `number` (empty for the next one), `supplier` by its name, `currency`,
        `promised_on`, `delivery_cents`, `notes`.
    :raises Invalid: a value cannot be used.
    :raises Conflict: another order has this number.
    """
    number = " ".join(str(values.get("number") or "").split())
    errors = _check(values, number)
    if errors:
        raise Invalid("This order cannot be saved. Check the fields.", errors=errors)
    order = PurchaseOrder(
        number=number or _next_number(session, now),
        state=OrderState.DRAFT,
        created_at=now,
        created_by=actor.name,
    )
    _set(session, order, values, actor, now)
    session.add(order)
    session.flush()
    note_step(session, (BuyingKind.ORDER, order.id), BuyingStep.ADDED, actor=actor, now=now)
    return order.number


def change_order(
    session: Session,
    *,
    number: str,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    base: str = "",
    today: date | None = None,
) -> str:
    """Change what is said about an order, and return its number.

    :param base: as `step_order` takes it: policies look again at an order that is placed, if its
        currency changes.
    :param today: the day of the organisation, by which waivers count; None for that in UTC.
    :raises NotFound: no order has this number.
    :raises Conflict: another order has the new number, or the currency is to change though pieces
        are booked (`has_booked_items`).
    """
    order = lock_order(session, number)
    before = _said(session, order)
    values = {**before, **values}
    wanted = " ".join(str(values.get("number") or "").split()) or order.number
    errors = _check(values, wanted)
    if errors:
        raise Invalid("This order cannot be saved. Check the fields.", errors=errors)
    if values["currency"] != order.currency and has_booked(session, order.id):
        raise _has_booked("so its currency stays as it is")
    order.number = wanted
    _set(session, order, values, actor, now)
    session.flush()
    if order.currency != before["currency"]:
        look_again(session, order, base=base, today=today, actor=actor, now=now)
        on = today or now.date()
        ask_again_for(session, order.id, base=base, today=on, actor=actor, now=now)
    note_step(
        session,
        (BuyingKind.ORDER, order.id),
        BuyingStep.CHANGED,
        actor=actor,
        now=now,
        before=_show(before),
        after=_show(_said(session, order)),
    )
    return order.number


def step_order(
    session: Session,
    *,
    number: str,
    wanted: OrderState,
    reason: str,
    today: date,
    actor: Actor,
    now: datetime,
    base: str = "",
) -> list[str]:
    """Take an order to another state, and return what policies and budgets warn about.

    One that is there already stays as it is.

    :param base: the organisation's currency, in which bands are; empty for that of the order.
    :raises NotFound: no order has this number.
    :raises Invalid: it has no lines to place.
    :raises Conflict: the state does not allow it (`no_such_step`), pieces are booked
        (`has_booked_items`), a policy stops it (`policy_blocked`), or a budget does not run today
        (`budget_closed`).
    """
    order = lock_order(session, number)
    if order.state is wanted:
        return []
    if wanted not in ORDER_STEPS[order.state]:
        raise Conflict(
            f"This order is {order.state.facts.label.lower()} and cannot become"
            f" {wanted.facts.label.lower()}.",
            code="no_such_step",
        )
    if wanted is OrderState.CANCELLED and has_booked(session, order.id):
        raise _has_booked("so it cannot be cancelled. Close it: what is open stays away")
    warnings: list[str] = []
    was = order.state
    if wanted is OrderState.PLACED:
        warnings = _place(session, order, base=base, today=today, actor=actor, now=now)
    order.state = wanted
    is_over = wanted in {OrderState.CLOSED, OrderState.CANCELLED}
    order.closed_at, order.closed_by = (now, actor.name) if is_over else (None, None)
    order.reason = reason.strip()[:MAX_REASON] or None
    _note_state(session, order, was, actor, now)
    ask_again_for(session, order.id, base=base, today=today, actor=actor, now=now)
    budgets = list_budget_ids(session, order.id)
    return warnings + tell_overdrawn(
        session, budgets, base=base or order.currency, today=today, now=now
    )


def _place(
    session: Session, order: PurchaseOrder, *, base: str, today: date, actor: Actor, now: datetime
) -> list[str]:
    """Take an order through its gate, and return what policies that only warn find."""
    _refuse_empty(session, order)
    refuse_closed(session, list_budget_ids(session, order.id), today)
    # Of a closed order only what arrived counts: it is judged as it will be, open again.
    with session.begin_nested():
        order.state = OrderState.PLACED
        order.closed_at, order.closed_by = None, None
        session.flush()
        warnings = pass_order_gate(session, order, base=base, today=today, actor=actor, now=now)
    order.placed_on = order.placed_on or today
    return warnings


def _note_state(
    session: Session, order: PurchaseOrder, was: OrderState, actor: Actor, now: datetime
) -> None:
    session.flush()
    step = BuyingStep.REOPENED if was is OrderState.CLOSED else BuyingStep(order.state.value)
    subject = (BuyingKind.ORDER, order.id)
    note_step(session, subject, step, actor=actor, now=now, text=order.reason or "")
    follow_order(session, order.id, actor=actor, now=now)
    if order.closed_at is not None:
        end_notices_of(session, SubjectKind.ORDER, order.id, now=now)


def lock_order(session: Session, number: str) -> PurchaseOrder:
    """Return an order by its number, locked for the rest of the transaction.

    :raises NotFound: no order has it.
    """
    key = number.strip().casefold()
    order = session.scalar(
        select(PurchaseOrder).where(PurchaseOrder.number_key == key).with_for_update()
    )
    if order is None:
        raise NotFound(f"There is no order {number[:40]!r}. Choose one from the list.")
    return order


def look_again(
    session: Session,
    order: PurchaseOrder,
    *,
    base: str,
    today: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Check the policies of orders again for one that is placed, as it was changed.

    :param today: the day of the organisation; None for that in UTC.
    :raises Conflict: one that blocks does not hold any more (`policy_blocked`).
    """
    if order.state is OrderState.PLACED:
        today = today or now.date()
        pass_order_gate(session, order, base=base, today=today, actor=actor, now=now)


def has_booked(session: Session, order_id: int) -> bool:
    """Return whether anything of an order is booked."""
    booked = (
        select(Receipt.id)
        .join(OrderLine, OrderLine.id == Receipt.line_id)
        .where(OrderLine.order_id == order_id, Receipt.booked_at.is_not(None))
        .limit(1)
    )
    return session.scalar(booked) is not None


def count_booked(session: Session, line_id: int) -> int:
    """Return how many pieces of a line are booked."""
    booked = Receipt.line_id == line_id, Receipt.booked_at.is_not(None)
    return session.scalar(select(func.coalesce(func.sum(Receipt.quantity), 0)).where(*booked)) or 0


def _has_booked(what: str) -> Conflict:
    return Conflict(f"Pieces of this order are booked, {what}.", code="has_booked_items")


def _refuse_empty(session: Session, order: PurchaseOrder) -> None:
    lines = select(OrderLine.id).where(OrderLine.order_id == order.id).limit(1)
    if session.scalar(lines) is None:
        text = "This order has no lines. Add what is bought first."
        raise Invalid(text, errors={"state": [text]})


def _said(session: Session, order: PurchaseOrder) -> dict[str, Any]:
    name = session.scalar(select(Supplier.name).where(Supplier.id == order.supplier_id))
    return {
        "number": order.number,
        "supplier": name,
        "currency": order.currency,
        "promised_on": order.promised_on,
        "delivery_cents": order.delivery_cents,
        "notes": order.notes,
    }


def _show(said: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in said.items() if name != "delivery_cents"}
    return {**shown, "cost_of_delivery": show_money(said["delivery_cents"] or 0)}


def _set(
    session: Session,
    order: PurchaseOrder,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    order.number_key = order.number.casefold()
    known = select(PurchaseOrder.id).where(PurchaseOrder.number_key == order.number_key)
    with session.no_autoflush:
        if session.scalar(known) not in {None, order.id}:
            raise Conflict(f"The order {order.number} is there already.", code="number_taken")
        order.supplier_id = find_or_make_supplier(
            session, str(values["supplier"]), actor=actor, now=now
        )
    order.currency = values["currency"]
    order.delivery_cents = values.get("delivery_cents") or 0
    order.promised_on = values.get("promised_on")
    order.notes = str(values.get("notes") or "").strip()


def _check(values: Mapping[str, Any], number: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if len(number) > MAX_NUMBER or not is_storable(number):
        errors["number"] = [f"At most {MAX_NUMBER} characters."]
    elif "/" in number:
        errors["number"] = ["Leave out “/”: the number is part of an address."]
    if not str(values.get("supplier") or "").strip():
        errors["supplier"] = ["Enter who sells it."]
    if not is_currency(str(values.get("currency") or "")):
        errors["currency"] = ["Enter three letters, such as EUR."]
    notes = str(values.get("notes") or "")
    if len(notes) > MAX_NOTES or not is_storable(notes):
        errors["notes"] = [f"At most {MAX_NOTES} characters."]
    return errors


def _next_number(session: Session, now: datetime) -> str:
    """Return the next number of the year, such as PO-2026-0007, that no order has."""
    head = f"PO-{now.year}-"
    known = session.scalar(
        select(func.count(PurchaseOrder.id)).where(
            PurchaseOrder.number_key.startswith(head.casefold(), autoescape=True)
        )
    )
    number = (known or 0) + 1
    while session.scalar(
        select(PurchaseOrder.id).where(PurchaseOrder.number_key == f"{head}{number:04d}".casefold())
    ):
        number += 1
    return f"{head}{number:04d}"
