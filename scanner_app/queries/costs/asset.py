"""What one asset costs: its rule, its expenses, its total and its value on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.choices import Choice
from scanner_app.domain.costs.depreciation import Rule
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.costs.rates import MAX_AGE, Rate, Rates
from scanner_app.domain.lifecycle.tasks import TaskKind, write_number
from scanner_app.models import (
    Asset,
    AssetModel,
    DepreciationRule,
    DepreciationUse,
    ExchangeRate,
    Licence,
    OrderLine,
    PlanDecision,
    PurchaseOrder,
    Task,
)
from scanner_app.models import Expense as ExpenseTable
from scanner_app.queries.register.asset_rows import AssetRow


@dataclass(frozen=True, slots=True)
class ExpenseRow:
    """One expense of an asset as pages show it.

    :param task: the number of the work that it was paid for; `order` that of the order.
    """

    uuid: UUID | None
    kind: ExpenseKind
    on: date
    cents: int
    currency: str
    source: ExpenseSource
    note: str
    actor_name: str
    is_withdrawn: bool = False
    task: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision: Choice
    until_on: date | None
    reason: str
    decided_at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class Bought:
    """What the record of an asset says of its purchase."""

    id: int
    purchase_date: date | None
    purchase_cost_cents: int | None
    currency: str | None


def load_rates(
    session: Session,
    base: str,
    *,
    since: date | None = None,
    currencies: Collection[str] | None = None,
) -> Rates:
    """Return the rates against a currency, from some days before a day on.

    :param currencies: those that are asked for; None: all.
    """
    wanted = select(ExchangeRate).where(ExchangeRate.base == base).order_by(ExchangeRate.on_day)
    if currencies is not None:
        foreign = sorted(set(currencies) - {base})
        if not foreign:
            return Rates(base)
        wanted = wanted.where(ExchangeRate.currency.in_(foreign))
    if since is not None:
        # Subtracting from a mistyped year 1 would lead past the first date.
        wanted = wanted.where(ExchangeRate.on_day >= max(since, date.min + MAX_AGE) - MAX_AGE)
    by_currency: dict[str, list[Rate]] = defaultdict(list)
    for row in session.scalars(wanted):
        by_currency[row.currency].append(Rate(row.on_day, Decimal(row.per_base)))
    return Rates(base, by_currency)


def read_rule_row(row: DepreciationRule) -> Rule:
    """Return the rule that a row keeps."""
    return Rule(
        row.name,
        row.method,
        row.months,
        row.salvage_cents,
        Decimal(row.salvage_percent),
        None if row.yearly_percent is None else Decimal(row.yearly_percent),
        tuple(map(Decimal, row.percents.split())),
        row.year,
    )


def find_rule(session: Session, asset_id: int) -> Rule | None:
    """Return the rule of an asset: that of its model, else of its category; None if none says."""
    category = func.coalesce(Asset.category_id, AssetModel.category_id)
    row = session.scalar(
        select(DepreciationRule)
        .select_from(Asset)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .join(
            DepreciationUse,
            (DepreciationUse.model_id == Asset.model_id)
            | (DepreciationUse.category_id == category),
        )
        .join(DepreciationRule, DepreciationRule.id == DepreciationUse.rule_id)
        .where(Asset.id == asset_id)
        .order_by(DepreciationUse.model_id.is_(None))
        .limit(1)
    )
    return None if row is None else read_rule_row(row)


def list_expenses(session: Session, asset: AssetRow | Bought, *, base: str) -> list[ExpenseRow]:
    """Return the expenses of an asset, the newest first, with those that were withdrawn.

    What the register says it was bought for counts where no purchase was entered; of a licence
    without such a record the price of its seats does.

    :param base: the currency of amounts that name none.
    """
    found = session.execute(
        select_expenses()
        .where(ExpenseTable.asset_id == asset.id)
        .order_by(ExpenseTable.on_day.desc(), ExpenseTable.id.desc())
    )
    rows = [read_expense_row(*row) for row in found]
    is_entered = any(row.kind is ExpenseKind.PURCHASE and not row.is_withdrawn for row in rows)
    bought = None if is_entered else _find_purchase(session, asset, base)
    return rows if bought is None else [*rows, bought]


def select_expenses() -> Select[ExpenseTable, TaskKind, str]:
    """Return the select of expenses, each with the kind of its task and the number of its order."""
    return (
        select(ExpenseTable, Task.kind, PurchaseOrder.number)
        .outerjoin(Task, Task.id == ExpenseTable.task_id)
        .outerjoin(OrderLine, OrderLine.id == ExpenseTable.order_line_id)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
    )


def read_expense_row(row: ExpenseTable, kind: TaskKind | None, order: str | None) -> ExpenseRow:
    """Return an expense as it is shown."""
    return ExpenseRow(
        row.uuid,
        row.kind,
        row.on_day,
        row.amount_cents,
        row.currency,
        row.source,
        row.note,
        row.actor_name,
        row.withdrawn_at is not None,
        write_number(kind, row.task_id) if kind and row.task_id else "",
        order or "",
    )


def _find_purchase(session: Session, asset: AssetRow | Bought, base: str) -> ExpenseRow | None:
    """Return what the record says that an asset was bought for; None if it says nothing."""
    cents, on, currency = asset.purchase_cost_cents, asset.purchase_date, asset.currency
    if not cents or on is None:
        licence = session.get(Licence, asset.id)
        if licence is not None:
            if not cents and licence.unit_price_cents:
                cents, currency = licence.unit_price_cents * licence.seats, licence.currency
                on = licence.starts_on or on
            on = on or licence.starts_on
    if not cents or on is None:
        return None
    kind, source = ExpenseKind.PURCHASE, ExpenseSource.DERIVED
    return ExpenseRow(None, kind, on, cents, currency or base, source, "", "")


def list_decisions(session: Session, asset_id: int) -> list[DecisionRow]:
    """Return what was decided about an asset, the newest first."""
    rows = session.scalars(
        select(PlanDecision)
        .where(PlanDecision.asset_id == asset_id)
        .order_by(PlanDecision.id.desc())
    )
    return [DecisionRow(r.decision, r.until_on, r.reason, r.decided_at, r.actor_name) for r in rows]
