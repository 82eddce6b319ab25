"""Add quotes to a request, and choose one: one that is not the first needs a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import MAX_CENTS, is_currency, say_money
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.quotes import MAX_QUALITY, MIN_QUALITY, rank
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.domain.text import is_storable
from scanner_app.models import Quote, Request, Supplier
from scanner_app.queries.procurement.quotes import list_quotes, score_quotes
from scanner_app.services.procurement.asking.ask_again import ask_again
from scanner_app.services.procurement.asking.locks import lock_request
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.suppliers import find_or_make_supplier

MAX_QUOTES = 20
MAX_REASON = 500
_OPEN = {
    RequestState.DRAFT,
    RequestState.SUBMITTED,
    RequestState.APPROVED,
    RequestState.ORDERED,
}
# Field, least and most; the field names what it counts.
_NUMBERS = (
    ("quality", MIN_QUALITY, MAX_QUALITY),
    ("warranty_months", 0, 1200),
    ("sla_hours", 1, 10_000),
    ("delivery_days", 0, 3650),
)


def add_quote(
    session: Session, *, request_id: int, values: Mapping[str, Any], actor: Actor, now: datetime
) -> int:
    """Add a quote to a request, and return its id. A new supplier is added.

    :param values: `supplier`, `price_cents` for the whole quantity, `currency`; and where it says:
        `quality` 1 to 5, `warranty_months`, `sla_hours`, `delivery_days`, `ends_on`.
    :raises NotFound: no request has this id.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the request is over (`no_such_step`).
    """
    request = _lock_open(session, request_id)
    errors = _check(values)
    of_request = Quote.request_id == request.id
    count = session.scalar(select(func.count(Quote.id)).where(of_request)) or 0
    if count >= MAX_QUOTES:
        errors["supplier"] = [f"A request has at most {MAX_QUOTES} quotes."]
    if errors:
        raise Invalid("This quote cannot be saved. Check the fields.", errors=errors)
    quote = Quote(
        request_id=request.id,
        supplier_id=find_or_make_supplier(session, values["supplier"], actor=actor, now=now),
        price_cents=values["price_cents"],
        currency=values["currency"],
        ends_on=values.get("ends_on"),
        created_at=now,
        created_by=actor.name,
        **{name: values.get(name) for name, _, _ in _NUMBERS},
    )
    session.add(quote)
    session.flush()
    _note(session, request, quote, BuyingStep.QUOTED, "", actor, now)
    return quote.id


def choose_quote(
    session: Session,
    *,
    request_id: int,
    quote_id: int,
    reason: str,
    base: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    """Choose a quote. The choice before it is undone; a dearer one than approved asks again.

    :raises NotFound: the request has no such quote.
    :raises Invalid: it does not have the highest score, and no reason is given.
    :raises Conflict: the request is over (`no_such_step`), or the quote ended (`quote_ended`).
    """
    request = _lock_open(session, request_id)
    rows = list_quotes(session, request.id)
    wanted = next((index for index, row in enumerate(rows) if row.id == quote_id), None)
    if wanted is None:
        raise NotFound("This request has no such quote. Choose one from the list.")
    ends_on = rows[wanted].ends_on
    if ends_on is not None and ends_on < today:
        raise Conflict("This quote has ended. Ask the supplier again.", code="quote_ended")
    reason = reason.strip()
    best = rank(score_quotes(session, rows, base=base, today=today))[0]
    if len(reason) > MAX_REASON or not is_storable(reason) or not (reason or wanted == best):
        text = f"It does not have the highest score: say why, in at most {MAX_REASON} characters."
        raise Invalid(text, errors={"reason": [text]})
    for quote in session.scalars(select(Quote).where(Quote.request_id == request.id)):
        quote.is_chosen = quote.id == quote_id
        quote.reason = reason if quote.is_chosen else ""
        if quote.is_chosen:
            _note(session, request, quote, BuyingStep.CHOSEN, reason, actor, now)
    ask_again(session, request, base=base, today=today, actor=actor, now=now)


def _lock_open(session: Session, request_id: int) -> Request:
    request = lock_request(session, request_id)
    if request.state not in _OPEN:
        raise Conflict("This request is over: its quotes stay as they are.", code="no_such_step")
    return request


def _note(
    session: Session,
    request: Request,
    quote: Quote,
    step: BuyingStep,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    name = session.scalar(select(Supplier.name).where(Supplier.id == quote.supplier_id))
    text = f"{name}, {say_money(quote.price_cents)} {quote.currency}"
    note_step(
        session,
        (BuyingKind.REQUEST, request.id),
        step,
        actor=actor,
        now=now,
        text=f"{text}: {reason}" if reason else text,
    )


def _check(values: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not str(values.get("supplier") or "").strip():
        errors["supplier"] = ["Enter who offers it."]
    price = values.get("price_cents")
    if not isinstance(price, int) or not 0 < price < MAX_CENTS:
        errors["price"] = ["Enter an amount above 0, such as 1234.50."]
    if not is_currency(str(values.get("currency") or "")):
        errors["currency"] = ["Enter three letters, such as EUR."]
    for name, least, most in _NUMBERS:
        number = values.get(name)
        if number is not None and (not isinstance(number, int) or not least <= number <= most):
            errors[name] = [f"Enter a whole number from {least} to {most:,}, or leave it empty."]
    return errors
