"""What an asset has cost in all: its own expenses, and its shares of contracts and licences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import CostOfOwnership, Expense, sum_expenses
from scanner_app.domain.costs.shares import Share
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models import Licence, Task
from scanner_app.queries.costs.asset import ExpenseRow, list_expenses, load_rates
from scanner_app.queries.costs.contract_shares import load_contract_shares
from scanner_app.queries.costs.seat_shares import load_licence_cost, load_licence_shares
from scanner_app.queries.register.asset_rows import AssetRow


@dataclass(frozen=True, slots=True)
class Ownership:
    """What an asset has cost by a day, with every row that the figure is made of.

    :param expenses: its own, with those that were withdrawn.
    """

    expenses: list[ExpenseRow]
    contracts: list[Share]
    licences: list[Share]
    total: CostOfOwnership


def load_ownership(
    session: Session, asset: AssetRow, *, base: str, today: date, zone: ZoneInfo
) -> Ownership:
    """Return what an asset has cost by today."""
    rows = list_expenses(session, asset, base=base)
    amounts = [Expense(r.kind, r.on, r.cents, r.currency) for r in rows if not r.is_withdrawn]
    since = min((expense.on for expense in amounts), default=None)
    rates = load_rates(session, base, since=since, currencies={one.currency for one in amounts})
    began = find_deployed(session, asset.id, zone) or asset.purchase_date
    own = sum_expenses(amounts, rates, on=today, in_service=began)
    contracts, no_rate = load_contract_shares(
        session, asset.id, asset.asset_tag, base=base, today=today
    )
    licences, none_either = load_licence_shares(
        session, asset.id, asset.asset_tag, base=base, today=today, zone=zone
    )
    licence, passed_on = session.get(Licence, asset.id), 0
    if licence is not None:
        cost = load_licence_cost(session, licence, base=base, today=today, zone=zone)
        passed_on = cost.to_assets if cost is not None else 0
    total = replace(
        own,
        without_rate=dict(Counter(own.without_rate) + no_rate + none_either),
        contracts=sum(share.cents for share in contracts),
        licences=sum(share.cents for share in licences),
        passed_on=passed_on,
    )
    return Ownership(rows, contracts, licences, total)


def find_deployed(session: Session, asset_id: int, zone: ZoneInfo) -> date | None:
    """Return the day on which an asset was first deployed; None if no task says."""
    at = session.scalar(
        select(func.min(Task.closed_at)).where(
            Task.asset_id == asset_id,
            Task.kind == TaskKind.DEPLOYMENT,
            Task.state == TaskState.DONE,
        )
    )
    return None if at is None else at.astimezone(zone).date()
