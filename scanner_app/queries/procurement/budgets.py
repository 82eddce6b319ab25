"""Budgets, and how much of each is reserved, committed and spent. Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.rates import Rates
from scanner_app.domain.errors import NotFound
from scanner_app.domain.procurement.budgets import Amount, Usage, add_up
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.models import (
    Budget,
    Category,
    Expense,
    OrderLine,
    PurchaseOrder,
    Quote,
    Receipt,
    Request,
    User,
)
from scanner_app.queries.costs.asset import load_rates


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A budget with its usage."""

    id: int
    name: str
    starts_on: date
    ends_on: date
    currency: str
    category: str
    owner: str
    usage: Usage


def list_budgets(
    session: Session,
    *,
    base: str,
    today: date,
    after_id: int | None = None,
    limit: int | None = None,
) -> list[BudgetRow]:
    """Return budgets in the order of their ids."""
    statement = (
        select(Budget, Category.name, User.email)
        .outerjoin(Category, Category.id == Budget.category_id)
        .outerjoin(User, User.id == Budget.owner_id)
        .order_by(Budget.id)
        .limit(limit)
    )
    if after_id is not None:
        statement = statement.where(Budget.id > after_id)
    rows = [(one, category, email) for one, category, email in session.execute(statement)]
    return _load(session, rows, base, today)


def get_budget(session: Session, budget_id: int, *, base: str, today: date) -> BudgetRow:
    """Return a budget with its usage.

    :raises NotFound: no budget has this id.
    """
    row = session.execute(
        select(Budget, Category.name, User.email)
        .outerjoin(Category, Category.id == Budget.category_id)
        .outerjoin(User, User.id == Budget.owner_id)
        .where(Budget.id == budget_id)
    ).one_or_none()
    if row is None:
        raise NotFound("That budget does not exist. Choose one from the list.")
    return _load(session, [(row[0], row[1], row[2])], base, today)[0]


def list_running(session: Session, today: date) -> list[str]:
    """Return the names of the budgets that run today."""
    running = Budget.starts_on <= today, Budget.ends_on >= today
    return list(session.scalars(select(Budget.name).where(*running).order_by(Budget.name_key)))


def load_usage(session: Session, budget: Budget, *, base: str, today: date) -> Usage:
    """Return how much of a budget is used."""
    rates = load_rates(session, base, since=min(budget.starts_on, today))
    return _sum(session, budget, rates, today)


def _load(
    session: Session,
    rows: Sequence[tuple[Budget, str | None, str | None]],
    base: str,
    today: date,
) -> list[BudgetRow]:
    first = min((budget.starts_on for budget, _, _ in rows), default=today)
    rates = load_rates(session, base, since=min(first, today))
    return [
        BudgetRow(
            budget.id, budget.name, budget.starts_on, budget.ends_on, budget.currency,
            category or "", email or "", _sum(session, budget, rates, today),
        )
        for budget, category, email in rows
    ]  # fmt: skip


def _sum(session: Session, budget: Budget, rates: Rates, today: date) -> Usage:
    unknown: dict[str, int] = {}
    planned, committed = _read_lines(session, budget.id, today)
    requested = _read_requests(session, budget.id, today)
    spent = _read_expenses(session, budget.id)
    reserved, ordered, paid = (
        add_up(amounts, budget.currency, rates, unknown)
        for amounts in ([*requested, *planned], committed, spent)
    )
    left_out = tuple(sorted(unknown.items()))
    return Usage(budget.amount_cents, reserved, ordered, paid, left_out)


def _read_lines(session: Session, budget_id: int, today: date) -> tuple[list[Amount], list[Amount]]:
    """Return what open pieces cost: of drafts, and of what is placed."""
    booked = (
        select(func.coalesce(func.sum(Receipt.quantity), 0))
        .where(Receipt.line_id == OrderLine.id, Receipt.booked_at.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            PurchaseOrder.state, PurchaseOrder.currency, OrderLine.quantity,
            OrderLine.unit_price_cents, booked,
        )
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(
            OrderLine.budget_id == budget_id,
            PurchaseOrder.state.in_([OrderState.DRAFT, OrderState.PLACED]),
        )
    )  # fmt: skip
    planned: list[Amount] = []
    committed: list[Amount] = []
    for state, currency, quantity, price, came in rows:
        amount = Amount(max(0, quantity - int(came)) * price, currency, today)
        (planned if state is OrderState.DRAFT else committed).append(amount)
    return planned, committed


def _read_requests(session: Session, budget_id: int, today: date) -> list[Amount]:
    """Return what approved requests will cost, as far as nothing is ordered for them.

    A request that was approved counts by the share of its pieces that is neither given from stock
    nor ordered; what nobody has priced counts nothing.
    """
    booked = (
        select(func.coalesce(func.sum(Receipt.quantity), 0))
        .where(Receipt.line_id == OrderLine.id, Receipt.booked_at.is_not(None))
        .scalar_subquery()
    )
    # Of an order that was closed, what did not come is not bought.
    bought_of_line = case(
        (PurchaseOrder.state == OrderState.CLOSED, booked), else_=OrderLine.quantity
    )
    ordered = (
        select(func.coalesce(func.sum(bought_of_line), 0))
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(
            OrderLine.request_id == Request.id,
            PurchaseOrder.state != OrderState.CANCELLED,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Request.quantity, Request.from_stock, ordered, Request.estimate_cents,
            Request.currency, Quote.price_cents, Quote.currency,
        )
        .outerjoin(Quote, (Quote.request_id == Request.id) & Quote.is_chosen)
        .where(
            Request.budget_id == budget_id,
            Request.state.in_([RequestState.APPROVED, RequestState.ORDERED]),
        )
    )  # fmt: skip
    amounts = []
    for quantity, given, bought, estimate, currency, price, quoted in rows:
        cents = price if price is not None else estimate
        left = max(0, quantity - given - int(bought))
        if cents is not None and left:
            amounts.append(Amount(cents * left // quantity, quoted or currency, today))
    return amounts


def _read_expenses(session: Session, budget_id: int) -> list[Amount]:
    rows = session.execute(
        select(Expense.amount_cents, Expense.currency, Expense.on_day)
        .join(OrderLine, OrderLine.id == Expense.order_line_id)
        .where(OrderLine.budget_id == budget_id, Expense.withdrawn_at.is_(None))
    )
    return [Amount(cents, currency, on) for cents, currency, on in rows]
