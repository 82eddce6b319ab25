"""The gate of orders: approvals of the requests that an order comes from, policies and budgets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict
from scanner_app.domain.policies.gates import Gate, SubjectKind
from scanner_app.domain.policies.subjects import BuyingPart, BuyingSubject
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.models import OrderLine, PurchaseOrder
from scanner_app.queries.costs.asset import load_rates
from scanner_app.queries.procurement.askers import list_askers
from scanner_app.services.policies.check_gates import Subject, pass_gate
from scanner_app.services.procurement.asking.amounts import (
    describe_part,
    describe_scope,
    find_amount,
)
from scanner_app.services.procurement.asking.locks import (
    lock_request,
)

_TAKEN = {RequestState.APPROVED, RequestState.ORDERED, RequestState.FULFILLED}


def pass_order_gate(
    session: Session, order: PurchaseOrder, *, base: str, today: date, actor: Actor, now: datetime
) -> list[str]:
    """Return what policies that only warn find about an order that is about to be placed.

    What one request asked for counts with its chosen quote and all its orders that were not
    cancelled, so that two small orders are not less than a large one. A waiver of who asked, or of
    who places, does not count.

    :raises Conflict: a request of it was not approved (`no_such_step`), or a policy stops it
        (`policy_blocked`).
    """
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    rates = load_rates(session, base or order.currency, since=today)
    parts, askers = [], {actor.doer_key}
    for id_ in sorted({one.request_id for one in lines if one.request_id is not None}):
        request = lock_request(session, id_)
        if request.state not in _TAKEN:
            text = f"The request R{id_} is not approved: take its lines out, or wait."
            raise Conflict(text, code="no_such_step")
        amount = find_amount(session, request, base=base or order.currency, today=today)
        parts.append(describe_part(session, request, amount))
        askers |= list_askers(session, request)
    unasked = sum(one.quantity * one.unit_price_cents for one in lines if one.request_id is None)
    if unasked:
        parts.append(BuyingPart("", rates.to_base(unasked, order.currency, today)))
    kinds = {one.kind.value for one in lines}
    about = describe_scope(session, [one.model_id for one in lines], kinds)
    subject = Subject(SubjectKind.ORDER, order.id, about, BuyingSubject(tuple(parts)), askers)
    found = pass_gate(session, Gate.ORDER, subject, today=today, now=now)
    return [f"{one.title}: {one.detail}" for one in found if not one.state.facts.passes]


def list_budget_ids(session: Session, order_id: int) -> Collection[int]:
    """Return the budgets that the lines of an order are charged to."""
    ids = session.scalars(
        select(OrderLine.budget_id)
        .where(OrderLine.order_id == order_id, OrderLine.budget_id.is_not(None))
        .distinct()
    )
    return {id_ for id_ in ids if id_ is not None}
