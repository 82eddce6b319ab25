"""Requests with their approvals, and what would do: what lies idle, what is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.procurement.approved import Amount, say_amount
from scanner_app.domain.procurement.orders import LineKind
from scanner_app.domain.procurement.requests import ApprovalDecision, Purpose, RequestState
from scanner_app.models import (
    Approval,
    Asset,
    AssetModel,
    Budget,
    OrderLine,
    Person,
    PurchaseOrder,
    Request,
)
from scanner_app.queries.procurement.idle import count_idle


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One decision of one person.

    :param amount: what it was given for, empty without a price.
    :param is_current: it is about what is asked for now.
    """

    actor: str
    actor_name: str
    decision: ApprovalDecision
    reason: str
    at: datetime
    amount: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request.

    :param idle: how many of its model are in stock and nobody's.
    :param orders: the numbers of the orders that it is bought by.
    :param asked_again_at: since when it comes to more than was approved.
    """

    id: int
    title: str
    purpose: Purpose
    kind: LineKind
    model: str
    manufacturer: str
    quantity: int
    from_stock: int
    needed_on: date | None
    estimate_cents: int | None
    currency: str
    budget: str
    budget_id: int | None
    justification: str
    requested_for: str
    requested_for_number: str
    replaces: str
    state: RequestState
    created_at: datetime
    created_by: str
    asked_by_key: str
    reason: str | None
    asked_again_at: datetime | None
    approvals: tuple[ApprovalLine, ...]
    orders: tuple[str, ...]
    idle: int

    @property
    def number(self) -> str:
        """Return the number as people say it: ``R12``."""
        return f"R{self.id}"


def list_requests(
    session: Session,
    *,
    states: Sequence[RequestState] = tuple(RequestState),
    asked_by: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[RequestRow]:
    """Return requests, the newest first.

    :param asked_by: only those of this person, such as ``user:5``.
    :param before_id: continue a list behind this request.
    """
    statement = _select().where(Request.state.in_(states)).order_by(Request.id.desc()).limit(limit)
    if asked_by is not None:
        statement = statement.where(Request.asked_by_key == asked_by)
    if before_id is not None:
        statement = statement.where(Request.id < before_id)
    return _load(session, session.execute(statement).all())


def get_request(session: Session, request_id: int) -> RequestRow:
    """Return one request.

    :raises NotFound: no request has this id.
    """
    rows = session.execute(_select().where(Request.id == request_id)).all()
    if not rows:
        raise NotFound(f"There is no request R{request_id}. Choose one from the list.")
    return _load(session, rows)[0]


def _select() -> Any:
    return (
        select(Request, AssetModel, Budget.name, Person.name, Person.number, Asset.asset_tag)
        .outerjoin(AssetModel, AssetModel.id == Request.model_id)
        .outerjoin(Budget, Budget.id == Request.budget_id)
        .outerjoin(Person, Person.id == Request.requested_for_id)
        .outerjoin(Asset, Asset.id == Request.replaces_id)
    )


def _load(session: Session, rows: Sequence[Any]) -> list[RequestRow]:
    ids = [row[0].id for row in rows]
    counts_from = {row[0].id: row[0].counts_from for row in rows}
    approvals: dict[int, list[ApprovalLine]] = {id_: [] for id_ in ids}
    for one in session.scalars(
        select(Approval).where(Approval.request_id.in_(ids)).order_by(Approval.id)
    ):
        amount, is_current = Amount(one.amounts), one.round >= counts_from[one.request_id]
        approvals[one.request_id].append(
            ApprovalLine(
                one.actor, one.actor_name, one.decision, one.reason, one.at, say_amount(amount),
                is_current,
            )
        )  # fmt: skip
    orders: dict[int, list[str]] = {id_: [] for id_ in ids}
    for id_, number in session.execute(
        select(OrderLine.request_id, PurchaseOrder.number)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(OrderLine.request_id.in_(ids))
        .distinct()
        .order_by(PurchaseOrder.number)
    ):
        orders[id_ or 0].append(number)
    idle = {id_: count_idle(session, id_) for id_ in {row[0].model_id for row in rows} if id_}
    return [
        RequestRow(
            one.id, one.title, one.purpose, one.kind, model.name if model else "",
            (model.manufacturer or "") if model else "", one.quantity, one.from_stock,
            one.needed_on, one.estimate_cents, one.currency, budget or "", one.budget_id,
            one.justification, person or "", number or "", tag or "", one.state, one.created_at,
            one.created_by, one.asked_by_key, one.reason, one.asked_again_at,
            tuple(approvals[one.id]), tuple(orders[one.id]), idle.get(one.model_id, 0),
        )
        for one, model, budget, person, number, tag in rows
    ]  # fmt: skip
