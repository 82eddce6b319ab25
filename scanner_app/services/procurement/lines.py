"""The lines of an order: what is bought, how many, and for how much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import MAX_CENTS, show_money
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import LineKind, OrderState
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.text import is_storable
from scanner_app.models import (
    AssetModel,
    DeliveryScan,
    Expense,
    OrderLine,
    PurchaseOrder,
    Receipt,
    StockItem,
)
from scanner_app.services.procurement.asking.ask_again import ask_again, ask_again_for
from scanner_app.services.procurement.asking.cover import follow_requests
from scanner_app.services.procurement.asking.locks import lock_request
from scanner_app.services.procurement.codes import is_usable, product_key
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.orders import count_booked, lock_order, look_again
from scanner_app.services.register.fields import MAX_MONTHS
from scanner_app.services.register.model_names import find_or_make_model

MAX_TEXT = 200
MAX_LINES = 200


def save_line(
    session: Session,
    *,
    number: str,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    position: int | None = None,
    base: str = "",
    today: date | None = None,
) -> int:
    """Add a line to an order, or change one, and return its position.

    A new price is for pieces that are not booked yet.

    :param values: `kind`; `model` and `manufacturer`, or `stock_item` by its code, or `text`;
        `model_code`, `quantity`, `unit_price_cents`, `warranty_months`.
    :param base: as `step_order` takes it: policies look again at an order that is placed.
    :param today: the day of the organisation, by which waivers count; None for that in UTC.
    :raises NotFound: the order or the line does not exist.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the order takes no lines (`order_closed`), a policy stops it
        (`policy_blocked`), or fewer are asked for than are
        booked (`has_booked_items`).
    """
    order = lock_order(session, number)
    if order.state not in {OrderState.DRAFT, OrderState.PLACED}:
        text = f"This order is {order.state.facts.label.lower()}: its lines stay as they are."
        raise Conflict(text, code="order_closed")
    line = find_line(session, order.id, position) if position is not None else None
    _refuse(values)
    kind = LineKind(values["kind"])
    what = _find_what(session, kind, values)
    before = None if line is None else say_line(session, line)
    if line is None:
        line = _new_line(session, order)
        session.add(line)
    else:
        _refuse_booked(session, line, kind, values, what)
    line.kind = kind
    line.model_id, line.stock_item_id, line.text = what
    line.quantity, line.unit_price_cents = values["quantity"], values["unit_price_cents"]
    line.warranty_months = values.get("warranty_months")
    _set_code(session, line, values)
    look_again(session, order, base=base, today=today, actor=actor, now=now)
    _note(session, order, line, before, actor, now)
    today = today or now.date()
    ask_again_for(session, order.id, base=base, today=today, actor=actor, now=now)
    return line.position


def _set_code(session: Session, line: OrderLine, values: Mapping[str, Any]) -> None:
    line.model_code = str(values.get("model_code") or "").strip()
    if not line.model_code and line.model_id is not None:
        of_model = select(AssetModel.model_number).where(AssetModel.id == line.model_id)
        line.model_code = session.scalar(of_model) or ""
    line.model_key = product_key(line.model_code) if line.model_code else ""
    session.flush()


def _note(
    session: Session,
    order: PurchaseOrder,
    line: OrderLine,
    before: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> None:
    after = say_line(session, line)
    note_step(
        session,
        (BuyingKind.ORDER, order.id),
        BuyingStep.LINE_ADDED if before is None else BuyingStep.LINE_CHANGED,
        actor=actor,
        now=now,
        text=f"{line.position}. {after['what']}",
        before=before or {},
        after=after if before else {name: after[name] for name in ("quantity", "price")},
    )
    if line.request_id is not None:
        follow_requests(session, {line.request_id}, actor=actor, now=now)


def say_line(session: Session, line: OrderLine) -> dict[str, Any]:
    """Return what a line says, in words."""
    model = session.get(AssetModel, line.model_id) if line.model_id is not None else None
    item = session.get(StockItem, line.stock_item_id) if line.stock_item_id is not None else None
    named = model or item
    return {
        "what": named.name if named is not None else line.text,
        "kind": line.kind.value,
        "code": line.model_code,
        "quantity": line.quantity,
        "price": show_money(line.unit_price_cents),
        "months_of_warranty": line.warranty_months,
    }


def remove_line(
    session: Session,
    *,
    number: str,
    position: int,
    actor: Actor,
    now: datetime,
    base: str = "",
    today: date | None = None,
) -> None:
    """Remove a line for which nothing arrived.

    :param base: as `save_line` takes it, `today` alike.
    :raises NotFound: the order or the line does not exist.
    :raises Conflict: something arrived for it (`has_booked_items`), or the order takes no changes.
    """
    order = lock_order(session, number)
    line = find_line(session, order.id, position)
    if order.state not in {OrderState.DRAFT, OrderState.PLACED}:
        text = f"This order is {order.state.facts.label.lower()}: its lines stay as they are."
        raise Conflict(text, code="order_closed")
    for table in (Receipt, DeliveryScan):
        if session.scalar(select(table.id).where(table.line_id == line.id).limit(1)) is not None:
            raise Conflict("Something arrived for this line: it stays.", code="has_booked_items")
    if session.scalar(select(Expense.id).where(Expense.order_line_id == line.id).limit(1)):
        raise Conflict("Something was paid for this line: it stays.", code="has_booked_items")
    request_id, said = line.request_id, say_line(session, line)
    session.delete(line)
    session.flush()
    text = f"{position}. {said['what']}, {said['quantity']:,} pieces"
    subject = (BuyingKind.ORDER, order.id)
    note_step(session, subject, BuyingStep.LINE_REMOVED, actor=actor, now=now, text=text)
    if request_id is not None:
        follow_requests(session, {request_id}, actor=actor, now=now)
        request, today = lock_request(session, request_id), today or now.date()
        ask_again(session, request, base=base, today=today, actor=actor, now=now)


def find_line(session: Session, order_id: int, position: int) -> OrderLine:
    """Return a line of an order by its position.

    :raises NotFound: the order has no such line.
    """
    line = session.scalar(
        select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.position == position)
    )
    if line is None:
        raise NotFound(f"This order has no line {position}. Choose one of its lines.")
    return line


def _new_line(session: Session, order: PurchaseOrder) -> OrderLine:
    of_order = OrderLine.order_id == order.id
    last, count = session.execute(
        select(func.max(OrderLine.position), func.count(OrderLine.id)).where(of_order)
    ).one()
    if count >= MAX_LINES:
        text = f"An order has at most {MAX_LINES} lines. Write a second order."
        raise Invalid(text, errors={"kind": [text]})
    return OrderLine(order_id=order.id, position=(last or 0) + 1)


def _refuse_booked(
    session: Session,
    line: OrderLine,
    kind: LineKind,
    values: Mapping[str, Any],
    what: tuple[int | None, int | None, str],
) -> None:
    booked = count_booked(session, line.id)
    if values["quantity"] < booked:
        raise Conflict(
            f"{booked} of this line are booked: ask for that many at least.",
            code="has_booked_items",
        )
    if booked and (kind, *what) != (line.kind, line.model_id, line.stock_item_id, line.text):
        raise Conflict("Pieces of this line are booked: what it is stays.", code="has_booked_items")


def _find_what(
    session: Session, kind: LineKind, values: Mapping[str, Any]
) -> tuple[int | None, int | None, str]:
    """Return the model, the stock item or the words that a line is about."""
    if kind is LineKind.HARDWARE:
        model_id = find_or_make_model(
            session,
            name=_text(values, "model"),
            manufacturer=_text(values, "manufacturer") or None,
            model_number=None,
            like=None,
            category_id=None,
        )
        return model_id, None, ""
    if kind is LineKind.STOCK:
        code = _text(values, "stock_item")
        item_id = session.scalar(
            select(StockItem.id).where(func.lower(StockItem.code) == code.lower())
        )
        if item_id is None:
            text = "Choose a stock item of the list."
            raise Invalid(text, errors={"stock_item": [text]})
        return None, item_id, ""
    return None, None, _text(values, "text")


def _text(values: Mapping[str, Any], name: str) -> str:
    return " ".join(str(values.get(name) or "").split())


def _refuse(values: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    kind = values.get("kind")
    needed = {"hardware": "model", "stock": "stock_item"}.get(str(kind), "text")
    if kind not in set(LineKind):
        errors["kind"] = ["Choose one of the list."]
    elif not _text(values, needed):
        errors[needed] = ["Say what is bought."]
    for name in ("model", "manufacturer", "text"):
        if len(_text(values, name)) > MAX_TEXT or not is_storable(_text(values, name)):
            errors[name] = [f"At most {MAX_TEXT} characters."]
    if not is_usable(str(values.get("model_code") or "")):
        errors["model_code"] = ["At most 64 characters."]
    quantity = values.get("quantity")
    if not isinstance(quantity, int) or not 0 < quantity <= MAX_QUANTITY:
        errors["quantity"] = [f"Enter a whole number from 1 to {MAX_QUANTITY:,}."]
    price = values.get("unit_price_cents")
    if not isinstance(price, int) or not 0 <= price < MAX_CENTS:
        errors["unit_price"] = ["Enter an amount such as 1234.50."]
    elif not errors.get("quantity") and price * (quantity or 0) >= MAX_CENTS:
        errors["unit_price"] = ["The line would cost ten trillion or more."]
    months = values.get("warranty_months")
    if months is not None and (not isinstance(months, int) or not 0 <= months <= MAX_MONTHS):
        errors["warranty_months"] = [f"Enter a whole number from 0 to {MAX_MONTHS:,}."]
    if errors:
        raise Invalid("This line cannot be saved. Check the fields.", errors=errors)
