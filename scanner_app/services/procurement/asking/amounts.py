"""What a request comes to, and how many approvals are given for that much and needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.second_person import PERSON
from scanner_app.domain.costs.rates import Rates
from scanner_app.domain.policies.bands import count_needed
from scanner_app.domain.policies.checks import Check
from scanner_app.domain.policies.gates import Scope, SubjectKind
from scanner_app.domain.policies.subjects import BuyingPart, BuyingSubject
from scanner_app.domain.procurement.approved import Amount
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import ApprovalDecision
from scanner_app.models import (
    Approval,
    AssetModel,
    Category,
    OrderLine,
    PurchaseOrder,
    Quote,
    Receipt,
    Request,
)
from scanner_app.queries.costs.asset import load_rates
from scanner_app.queries.policies.policies import list_in_use
from scanner_app.queries.procurement.askers import list_askers
from scanner_app.services.policies.check_gates import Subject


def find_amount(session: Session, request: Request, *, base: str, today: date) -> Amount:
    """Return what a request comes to.

    It is what the chosen quote says, else what was estimated; or what its orders come to, where
    that is more. Of an order that was closed, only what arrived counts.

    :param base: the organisation's currency; empty for that of the request.
    """
    rates = load_rates(session, base or request.currency, since=today)
    asked = _to_amount(_read_asked(session, request), rates, today)
    ordered = _to_amount(_read_ordered(session, request.id), rates, today)
    if not ordered.sums or (asked.sums and asked.covers(ordered)):
        return asked
    if not asked.sums or ordered.covers(asked):
        return ordered
    # Without a rate between their currencies nobody can say which is more: both count.
    both = asked.sums.keys() | ordered.sums.keys()
    sums = {one: max(asked.sums.get(one, 0), ordered.sums.get(one, 0)) for one in both}
    return _to_amount(sums, rates, today)


def count_approvals(session: Session, request: Request, amount: Amount) -> int:
    """Return how many people approved a request for this much. Nobody's program counts as one."""
    return len(_list_approvers(session, request, amount))


def has_approved(session: Session, request: Request, person: str, amount: Amount) -> bool:
    """Return whether a person approved a request for this much, or for more."""
    return person in _list_approvers(session, request, amount)


def _list_approvers(session: Session, request: Request, amount: Amount) -> set[str]:
    rows = session.scalars(
        select(Approval).where(
            Approval.request_id == request.id,
            Approval.round >= request.counts_from,
            Approval.decision == ApprovalDecision.APPROVE,
            Approval.actor.startswith(PERSON),
        )
    )
    return {row.actor for row in rows if read_given(row).covers(amount)}


def read_given(row: Approval) -> Amount:
    """Return what an approval was given for."""
    return Amount(row.amounts, row.base_cents, row.base or "")


def count_needed_for(session: Session, request: Request, amount: Amount, *, usual: int = 1) -> int:
    """Return how many approvals an amount needs.

    :param usual: how many where no policy says so.
    """
    # A request in words is of no model until it is ordered: its orders say what is bought.
    rows = session.execute(
        select(OrderLine.model_id, OrderLine.kind)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(OrderLine.request_id == request.id, PurchaseOrder.state != OrderState.CANCELLED)
    ).all()
    kinds = {request.kind.value, *(kind.value for _, kind in rows)}
    about = describe_scope(session, [request.model_id, *(model for model, _ in rows)], kinds)
    needed = [
        count_needed(policy.params["bands"], amount.base_cents)
        for policy in list_in_use(session, Check.APPROVED_BY)
        if Scope.from_json(dict(policy.applies)).takes(about)
    ]
    return max(needed, default=usual)


def describe_subject(session: Session, request: Request, amount: Amount) -> Subject:
    """Return a request as the policies of its gate look at it."""
    return Subject(
        SubjectKind.REQUEST,
        request.id,
        describe_scope(session, [request.model_id], {request.kind.value}),
        BuyingSubject((describe_part(session, request, amount),)),
        list_askers(session, request),
    )


def describe_part(session: Session, request: Request, amount: Amount) -> BuyingPart:
    """Return a request as checks look at it, alone or in an order."""
    quotes = session.scalar(select(func.count(Quote.id)).where(Quote.request_id == request.id))
    return BuyingPart(
        f"R{request.id}",
        amount.base_cents,
        count_approvals(session, request, amount),
        quotes or 0,
    )


def describe_scope(session: Session, model_ids: list[int | None], kinds: set[str]) -> Scope:
    """Return what is bought as the scopes of policies look at it."""
    rows = session.execute(
        select(AssetModel.name, Category.name)
        .outerjoin(Category, Category.id == AssetModel.category_id)
        .where(AssetModel.id.in_([id_ for id_ in model_ids if id_ is not None]))
    ).all()
    return Scope(
        kinds=frozenset(kinds),
        models=frozenset(model for model, _ in rows),
        categories=frozenset(category for _, category in rows if category),
    )


def _to_amount(sums: Mapping[str, int], rates: Rates, today: date) -> Amount:
    based = [rates.to_base(cents, currency, today) for currency, cents in sums.items()]
    known = [one for one in based if one is not None]
    is_known = bool(sums) and len(known) == len(based)
    return Amount(dict(sums), sum(known) if is_known else None, rates.base)


def _read_asked(session: Session, request: Request) -> dict[str, int]:
    chosen = session.execute(
        select(Quote.price_cents, Quote.currency).where(
            Quote.request_id == request.id, Quote.is_chosen
        )
    ).first()
    if chosen is not None:
        return {chosen.currency: chosen.price_cents}
    return {} if request.estimate_cents is None else {request.currency: request.estimate_cents}


def _read_ordered(session: Session, request_id: int) -> dict[str, int]:
    booked = (
        select(func.coalesce(func.sum(Receipt.quantity), 0))
        .where(Receipt.line_id == OrderLine.id, Receipt.booked_at.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            PurchaseOrder.currency, PurchaseOrder.state, OrderLine.quantity,
            OrderLine.unit_price_cents, booked,
        )
        .join(OrderLine, OrderLine.order_id == PurchaseOrder.id)
        .where(OrderLine.request_id == request_id, PurchaseOrder.state != OrderState.CANCELLED)
    )  # fmt: skip
    sums: dict[str, int] = defaultdict(int)
    for currency, state, quantity, price, arrived in rows:
        pieces = int(arrived) if state is OrderState.CLOSED else quantity
        if pieces:
            sums[currency] += pieces * price
    return dict(sums)
