"""What one asset costs: its rule, its expenses, its total and its value on any day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.choices import Choice
from scanner_app.domain.costs.depreciation import Rule
from scanner_app.domain.costs.expenses import (
    CostOfOwnership,
    Expense,
    ExpenseKind,
    ExpenseSource,
    sum_expenses,
)
from scanner_app.domain.costs.rates import MAX_AGE, Rate, Rates
from scanner_app.models import (
    Asset,
    AssetModel,
    DepreciationRule,
    DepreciationUse,
    ExchangeRate,
    PlanDecision,
)
from scanner_app.models import Expense as ExpenseTable
from scanner_app.queries.register.asset_rows import AssetRow


@dataclass(frozen=True, slots=True)
class ExpenseRow:
    """One expense of an asset as pages show it."""

    uuid: UUID | None
    kind: ExpenseKind
    on: date
    cents: int
    currency: str
    source: ExpenseSource
    note: str
    actor_name: str
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision: Choice
    until_on: date | None
    reason: str
    decided_at: datetime
    actor_name: str


def load_rates(session: Session, base: str, *, since: date | None = None) -> Rates:
    """Return the rates against a currency, from some days before a day on."""
    wanted = select(ExchangeRate).where(ExchangeRate.base == base).order_by(ExchangeRate.on_day)
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


def list_expenses(session: Session, asset: AssetRow, *, base: str) -> list[ExpenseRow]:
    """Return the expenses of an asset, the newest first, with those that were withdrawn.

    What the register says it was bought for counts where no purchase was entered.

    :param base: the currency of amounts that name none.
    """
    rows = [
        ExpenseRow(
            row.uuid,
            row.kind,
            row.on_day,
            row.amount_cents,
            row.currency,
            row.source,
            row.note,
            row.actor_name,
            row.withdrawn_at is not None,
        )
        for row in session.scalars(
            select(ExpenseTable)
            .where(ExpenseTable.asset_id == asset.id)
            .order_by(ExpenseTable.on_day.desc(), ExpenseTable.id.desc())
        )
    ]
    is_entered = any(row.kind is ExpenseKind.PURCHASE and not row.is_withdrawn for row in rows)
    if not is_entered and asset.purchase_cost_cents and asset.purchase_date:
        bought = ExpenseRow(
            None,
            ExpenseKind.PURCHASE,
            asset.purchase_date,
            asset.purchase_cost_cents,
            asset.currency or base,
            ExpenseSource.DERIVED,
            "",
            "",
        )
        rows.append(bought)
    return rows


def sum_rows(
    session: Session, rows: list[ExpenseRow], *, base: str, on: date, in_service: date | None
) -> CostOfOwnership:
    """Return the total cost of ownership of the rows that count."""
    counted = [Expense(r.kind, r.on, r.cents, r.currency) for r in rows if not r.is_withdrawn]
    since = min((expense.on for expense in counted), default=None)
    rates = load_rates(session, base, since=since)
    return sum_expenses(counted, rates, on=on, in_service=in_service)


def list_decisions(session: Session, asset_id: int) -> list[DecisionRow]:
    """Return what was decided about an asset, the newest first."""
    rows = session.scalars(
        select(PlanDecision)
        .where(PlanDecision.asset_id == asset_id)
        .order_by(PlanDecision.id.desc())
    )
    return [DecisionRow(r.decision, r.until_on, r.reason, r.decided_at, r.actor_name) for r in rows]
