"""Make an order from an approved request: a draft with one line for what is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import LineKind, OrderState
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.models import AssetModel, Quote, Request, Supplier
from scanner_app.services.procurement.asking.ask_again import ask_again
from scanner_app.services.procurement.asking.budgets import refuse_closed
from scanner_app.services.procurement.asking.cover import follow, load_coverage
from scanner_app.services.procurement.asking.locks import lock_request
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.lines import find_line, save_line
from scanner_app.services.procurement.orders import add_order, lock_order


def order_request(
    session: Session,
    *,
    request_id: int,
    values: Mapping[str, Any],
    base: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> str:
    """Order what is left of an approved request, and return the order's number.

    The line is charged to the budget of the request. What is not said comes from the chosen quote,
    else from the request. At a higher price than was approved, it asks again.

    :param values: `order` by number to add the line to a draft, else `supplier`, `currency`; and
        `quantity`, `unit_price_cents`, `model`, `stock_item` by code, `model_code`.
    :raises NotFound: no request has this id, or no order this number.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the request is not approved (`no_such_step`), its budget does not run today
        (`budget_closed`), or the draft is in another currency than the chosen quote
        (`currency_mismatch`).
    """
    request = lock_request(session, request_id)
    if request.state not in {RequestState.APPROVED, RequestState.ORDERED}:
        raise Conflict("Only an approved request is ordered.", code="no_such_step")
    refuse_closed(session, {request.budget_id or 0}, today)
    usual = propose_order(session, request)
    given = {name: value for name, value in values.items() if value not in {None, ""}}
    said = {**usual, **given}
    left = load_coverage(session, request).left
    if not left:
        raise Conflict("All of it is given or ordered already.", code="no_such_step")
    if not isinstance(said["quantity"], int) or not 0 < said["quantity"] <= left:
        text = f"Enter a whole number from 1 to {left:,}: that is what is left."
        raise Invalid(text, errors={"quantity": [text]})
    number = _find_order(session, said, actor, now)
    position = save_line(session, number=number, values=_line(request, said), actor=actor, now=now)
    order = lock_order(session, number)
    _tie(session, order.id, position, request)
    subject, text = (BuyingKind.REQUEST, request.id), f"{said['quantity']:,} by {number}"
    note_step(session, subject, BuyingStep.ORDERED, actor=actor, now=now, text=text)
    request.state = RequestState.ORDERED
    follow(session, request, actor=actor, now=now)
    ask_again(session, request, base=base, today=today, actor=actor, now=now)
    return number


def propose_order(session: Session, request: Request) -> dict[str, Any]:
    """Return what an order of a request says unless somebody says otherwise.

    The price of one is that of the quote, or the estimate, by the quantity, if that is exact.
    """
    model = session.get(AssetModel, request.model_id) if request.model_id is not None else None
    chosen = session.execute(
        select(Quote.price_cents, Quote.currency, Quote.warranty_months, Supplier.name)
        .join(Supplier, Supplier.id == Quote.supplier_id)
        .where(Quote.request_id == request.id, Quote.is_chosen)
    ).first()
    price, currency, warranty, supplier = chosen or (
        request.estimate_cents, request.currency, None, "",
    )  # fmt: skip
    each, rest = divmod(price or 0, request.quantity)
    return {
        "order": "",
        "supplier": supplier,
        "currency": currency,
        "quantity": load_coverage(session, request).left,
        "unit_price_cents": each if price and not rest else None,
        "warranty_months": warranty,
        "model": model.name if model is not None else request.title,
        "manufacturer": model.manufacturer or "" if model is not None else "",
        "is_quoted": chosen is not None,
    }


def _find_order(session: Session, said: Mapping[str, Any], actor: Actor, now: datetime) -> str:
    if not said["order"]:
        values = {"supplier": said["supplier"], "currency": said["currency"]}
        return add_order(session, values=values, actor=actor, now=now)
    order = lock_order(session, said["order"])
    if order.state is not OrderState.DRAFT:
        raise Conflict(f"The order {order.number} is not a draft any more.", code="no_such_step")
    if said["is_quoted"] and order.currency != said["currency"]:
        raise Conflict(
            f"The quote is in {said['currency']} and the order in {order.currency}."
            " Write a separate order.",
            code="currency_mismatch",
        )
    return order.number


def _line(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    kind = request.kind
    return {
        "kind": kind.value,
        "model": said["model"] if kind is LineKind.HARDWARE else "",
        "manufacturer": said["manufacturer"],
        "stock_item": said.get("stock_item", ""),
        "text": "" if kind in {LineKind.HARDWARE, LineKind.STOCK} else request.title,
        "model_code": said.get("model_code", ""),
        "quantity": said["quantity"],
        "unit_price_cents": said["unit_price_cents"],
        "warranty_months": said["warranty_months"],
    }


def _tie(session: Session, order_id: int, position: int, request: Request) -> None:
    line = find_line(session, order_id, position)
    line.request_id, line.budget_id = request.id, request.budget_id
    session.flush()
