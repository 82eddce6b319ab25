"""Ask for something, change what is asked for, send it, take it back, and cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import MAX_CENTS, is_currency, show_money
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.budgets import is_running
from scanner_app.domain.procurement.dues import request_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import LineKind
from scanner_app.domain.procurement.requests import Purpose, RequestState
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Budget, Person, Request
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.policies.policies import end_notices_of
from scanner_app.services.procurement.asking.amounts import find_amount
from scanner_app.services.procurement.asking.ask_again import approve_if_enough
from scanner_app.services.procurement.asking.locks import (
    lock_request,
    refuse_step,
    refuse_stranger,
)
from scanner_app.services.procurement.asking.tell import tell_waiting
from scanner_app.services.procurement.events import note_step
from scanner_app.services.register.model_names import find_or_make_model

MAX_TITLE = 200
MAX_TEXT = 2000
MAX_REASON = 500

Errors = dict[str, list[str]]


def add_request(
    session: Session,
    *,
    values: Mapping[str, Any],
    base: str,
    today: date,
    actor: Actor,
    now: datetime,
    is_sent: bool = True,
) -> int:
    """Write a request, send it unless it is to stay a draft, and return its id.

    :param values: `title`, `quantity`, `justification`; and where somebody knows: `purpose`,
        `requested_for` (number of a person), `kind`, `model`, `manufacturer`, `needed_on`,
        `estimate_cents` for all of it, `currency`, `budget` by its name, `replaces` by tag.
    :param base: the organisation's currency.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the budget is over (`budget_closed`).
    """
    request = Request(
        state=RequestState.DRAFT,
        round=0,
        from_stock=0,
        created_at=now,
        created_by=actor.name,
        asked_by_key=actor.doer_key,
    )
    _set(session, request, values, base, today)
    session.add(request)
    session.flush()
    note_step(
        session, (BuyingKind.REQUEST, request.id), BuyingStep.ADDED, actor=actor, now=now,
    )  # fmt: skip
    if is_sent:
        submit_request(session, request_id=request.id, base=base, today=today, actor=actor, now=now)
    return request.id


def change_request(
    session: Session,
    *,
    request_id: int,
    values: Mapping[str, Any],
    base: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a draft. What was sent is made a draft again first: nobody approves what changes.

    :raises NotFound: no request has this id.
    :raises NotAllowed: the actor neither asked for it nor buys.
    :raises Conflict: it is not a draft (`no_such_step`).
    """
    request = lock_request(session, request_id)
    refuse_stranger(request, actor)
    if request.state is not RequestState.DRAFT:
        raise Conflict(
            "This request was sent. Make it a draft again, change it, then send it.",
            code="no_such_step",
        )
    before = say_request(session, request)
    _set(session, request, {**before, **values}, base, today)
    session.flush()
    note_step(
        session,
        (BuyingKind.REQUEST, request.id),
        BuyingStep.CHANGED,
        actor=actor,
        now=now,
        before=_show(before),
        after=_show(say_request(session, request)),
    )


def submit_request(
    session: Session, *, request_id: int, base: str, today: date, actor: Actor, now: datetime
) -> None:
    """Send a request to those who decide. What needs no approval is approved at once.

    :raises NotFound: no request has this id.
    :raises NotAllowed: the actor neither asked for it nor buys.
    :raises Conflict: it is not a draft (`no_such_step`).
    """
    request = lock_request(session, request_id)
    refuse_stranger(request, actor)
    refuse_step(request, RequestState.SUBMITTED)
    request.state, request.submitted_at = RequestState.SUBMITTED, now
    request.round += 1
    request.counts_from = request.round
    request.decided_at, request.reason = None, None
    session.flush()
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, BuyingStep.SUBMITTED, actor=actor, now=now)
    amount = find_amount(session, request, base=base, today=today)
    if not approve_if_enough(session, request, amount, today=today, actor=actor, now=now):
        raise_notice(session, tell_waiting(request), now=now)


def withdraw_request(
    session: Session,
    *,
    request_id: int,
    wanted: RequestState,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Make a request a draft again, or cancel it. One that is there already stays as it is.

    :raises NotFound: no request has this id.
    :raises NotAllowed: the actor neither asked for it nor buys.
    :raises Conflict: the state does not allow it (`no_such_step`).
    """
    request = lock_request(session, request_id)
    refuse_stranger(request, actor)
    if request.state is wanted:
        return
    refuse_step(request, wanted)
    request.state, request.asked_again_at = wanted, None
    request.reason = reason.strip()[:MAX_REASON] or None
    session.flush()
    is_draft = wanted is RequestState.DRAFT
    step = BuyingStep.DRAFTED if is_draft else BuyingStep.CANCELLED
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, step, actor=actor, now=now, text=request.reason or "")
    clear_topics(session, [request_topic(request.id)], now=now)
    end_notices_of(session, SubjectKind.REQUEST, request.id, now=now)


def say_request(session: Session, request: Request) -> dict[str, Any]:
    """Return what a request says, in the words of `add_request`."""
    model = session.get(AssetModel, request.model_id) if request.model_id else None
    person = session.get(Person, request.requested_for_id) if request.requested_for_id else None
    budget = session.get(Budget, request.budget_id) if request.budget_id else None
    asset = session.get(Asset, request.replaces_id) if request.replaces_id else None
    return {
        "title": request.title,
        "quantity": request.quantity,
        "justification": request.justification,
        "purpose": request.purpose.value,
        "requested_for": person.number or "" if person else "",
        "kind": request.kind.value,
        "model": model.name if model else "",
        "manufacturer": model.manufacturer or "" if model else "",
        "needed_on": request.needed_on,
        "estimate_cents": request.estimate_cents,
        "currency": request.currency,
        "budget": budget.name if budget else "",
        "replaces": asset.asset_tag if asset else "",
    }


def _show(values: Mapping[str, Any]) -> dict[str, Any]:
    cents = values["estimate_cents"]
    shown = {name: value for name, value in values.items() if name != "estimate_cents"}
    return {**shown, "estimate": "" if cents is None else show_money(cents)}


def _set(
    session: Session, request: Request, values: Mapping[str, Any], base: str, today: date
) -> None:
    errors = _check(values, base)
    person_id = _find(session, Person.id, Person.number, values, "requested_for", errors)
    asset_id = _find(
        session, Asset.id, func.upper(Asset.asset_tag), values, "replaces", errors, is_upper=True
    )
    budget = None
    name = _text(values, "budget")
    if name:
        budget = session.scalar(select(Budget).where(Budget.name_key == name.casefold()))
        if budget is None:
            errors["budget"] = ["Choose a budget of the list."]
    if errors:
        raise Invalid("This request cannot be saved. Check the fields.", errors=errors)
    if budget is not None and not is_running(budget.starts_on, budget.ends_on, today):
        raise Conflict(f"The budget {budget.name} does not run today.", code="budget_closed")
    request.title, request.justification = _text(values, "title"), _words(values)
    request.quantity = values["quantity"]
    request.purpose = Purpose(values.get("purpose") or Purpose.NEED)
    request.kind = LineKind(values.get("kind") or LineKind.HARDWARE)
    request.requested_for_id, request.replaces_id = person_id, asset_id
    request.needed_on = values.get("needed_on")
    request.estimate_cents = values.get("estimate_cents")
    request.currency = _text(values, "currency") or base
    request.budget_id = budget.id if budget else None
    request.model_id = None
    if request.kind is LineKind.HARDWARE and _text(values, "model"):
        request.model_id = find_or_make_model(
            session,
            name=_text(values, "model"),
            manufacturer=_text(values, "manufacturer") or None,
            model_number=None,
            like=None,
            category_id=None,
        )


def _find(
    session: Session,
    id_: Any,
    column: Any,
    values: Mapping[str, Any],
    field: str,
    errors: Errors,
    *,
    is_upper: bool = False,
) -> int | None:
    text = _text(values, field)
    if not text:
        return None
    wanted = text.upper() if is_upper else text
    found: int | None = session.scalar(select(id_).where(column == wanted))
    if found is None:
        errors[field] = ["Nothing has this number. Choose one of the list."]
    return found


def _check(values: Mapping[str, Any], base: str) -> Errors:
    errors: Errors = {}
    title = _text(values, "title")
    if not title or len(title) > MAX_TITLE or not is_storable(title):
        errors["title"] = [f"Say what you need, in at most {MAX_TITLE} characters."]
    quantity = values.get("quantity")
    if not isinstance(quantity, int) or not 0 < quantity <= MAX_QUANTITY:
        errors["quantity"] = [f"Enter a whole number from 1 to {MAX_QUANTITY:,}."]
    words = _words(values)
    if not words or len(words) > MAX_TEXT or not is_storable(words):
        errors["justification"] = [f"Say what it is for, in at most {MAX_TEXT} characters."]
    if (values.get("purpose") or Purpose.NEED) not in set(Purpose):
        errors["purpose"] = ["Choose one of the list."]
    if (values.get("kind") or LineKind.HARDWARE) not in set(LineKind):
        errors["kind"] = ["Choose one of the list."]
    for name in ("model", "manufacturer"):
        if len(_text(values, name)) > MAX_TITLE or not is_storable(_text(values, name)):
            errors[name] = [f"At most {MAX_TITLE} characters."]
    if not is_currency(_text(values, "currency") or base):
        errors["currency"] = ["Enter three letters, such as EUR."]
    estimate = values.get("estimate_cents")
    if estimate is not None and (not isinstance(estimate, int) or not 0 <= estimate < MAX_CENTS):
        errors["estimate"] = ["Enter an amount such as 1234.50."]
    return errors


def _text(values: Mapping[str, Any], name: str) -> str:
    return " ".join(str(values.get(name) or "").split())


def _words(values: Mapping[str, Any]) -> str:
    return str(values.get("justification") or "").strip()
