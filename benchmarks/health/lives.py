"""What devices cost and where they fail, for a large register of some years."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select

from scanner_app.domain.contracts.states import ContractKind, ContractState, Period, Renewal
from scanner_app.domain.costs.depreciation import Method, YearKind
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.months import add_months
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.models import (
    Asset,
    Category,
    Contract,
    ContractAsset,
    DepreciationRule,
    DepreciationUse,
    Expense,
    Licence,
    Seat,
    Task,
)
from scanner_app.storage.database import reading, unit_of_work

TODAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 9, tzinfo=UTC)
CHUNK, LICENCES, REPAIRS, MONTHS = 5000, 100, 20, 60
BY = {"actor": "bench", "actor_name": "bench"}


def fill_lives() -> None:
    """Have all assets bought over five years, paid for, covered, licensed and some repaired."""
    with reading() as session:
        ids = list(session.scalars(select(Asset.id).order_by(Asset.id)))
    with unit_of_work() as session:
        rule = DepreciationRule(
            name="Laptops", method=Method.STRAIGHT_LINE, months=48, salvage_percent="10",
            percents="", year=YearKind.FROM_START, created_at=NOW, actor_name="bench",
        )  # fmt: skip
        session.add(rule)
        session.flush()
        category = session.scalars(select(Category.id)).first()
        session.add(DepreciationUse(rule_id=rule.id, category_id=category))
        contract = Contract(
            number="SUP-1", term=1, name="Support", kind=ContractKind.SUPPORT, supplier="",
            starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), notice_days=0,
            renewal=Renewal.NONE, price_cents=1_000_000_01, period=Period.YEAR, currency="EUR",
            state=ContractState.ACTIVE, notes="", created_at=NOW, actor_name="bench",
        )  # fmt: skip
        session.add(contract)
        session.flush()
        contract_id = contract.id
        for asset in session.scalars(select(Asset).order_by(Asset.id)):
            asset.purchase_date = add_months(date(2021, 12, 15), asset.id % MONTHS)
            asset.currency = "EUR"
    licences = _add_licences()
    _insert(Expense.__table__, (_expense(id_, n) for id_ in ids for n in range(2)))
    _insert(ContractAsset.__table__, (_covered(id_, contract_id) for id_ in ids))
    _insert(Seat.__table__, (_seat(id_, licences[id_ % LICENCES]) for id_ in ids))
    _insert(Task.__table__, (_repair(id_) for id_ in ids[::REPAIRS]))


def _insert(table: Any, rows: Iterable[dict[str, Any]]) -> None:
    assert isinstance(table, Table)
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == CHUNK:
            _write(table, part)
            part = []
    if part:
        _write(table, part)


def _write(table: Table, rows: list[dict[str, Any]]) -> None:
    with unit_of_work() as session:
        session.execute(table.insert(), rows)


def _add_licences() -> list[int]:
    with unit_of_work() as session:
        assets = [
            Asset(
                asset_tag=f"LIC-{n:04}", tag_key=f"LIC-{n:04}", kind=AssetKind.SOFTWARE,
                state_at=NOW, custom={}, created_at=NOW, updated_at=NOW,
            )
            for n in range(LICENCES)
        ]  # fmt: skip
        session.add_all(assets)
        session.flush()
        session.add_all(
            Licence(
                asset_id=asset.id, product=asset.asset_tag, product_key=asset.asset_tag,
                key_hint="", metric=Metric.DEVICE, seats=5000, given=0, min_free=0, min_cores=0,
                starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), reassignable=True,
                allows_overuse=True, is_overuse_accepted=False, unit_price_cents=49_00,
                currency="EUR",
            )
            for asset in assets
        )  # fmt: skip
        return [asset.id for asset in assets]


def _expense(asset_id: int, number: int) -> dict[str, Any]:
    kind = (ExpenseKind.MAINTENANCE, ExpenseKind.PART)[number]
    return {
        "uuid": uuid.uuid4(), "asset_id": asset_id, "on_day": date(2026, 3, 1 + asset_id % 28),
        "kind": kind, "amount_cents": 75_00, "currency": "EUR", "source": ExpenseSource.TYPED,
        "note": "", "recorded_at": NOW, **BY,
    }  # fmt: skip


def _covered(asset_id: int, contract_id: int) -> dict[str, Any]:
    # Everything all year, but for a third that came in each of 200 days.
    begun = date(2026, 1, 1) + timedelta(days=asset_id % 200 if asset_id % 3 == 0 else 0)
    return {
        "contract_id": contract_id, "asset_id": asset_id, "from_on": begun, "until_on": None,
        "added_at": NOW, "actor_name": "bench",
    }  # fmt: skip


def _seat(asset_id: int, licence_id: int) -> dict[str, Any]:
    # Each is given at another moment.
    started_at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=asset_id)
    return {
        "licence_id": licence_id, "asset_id": asset_id, "quantity": 1, "started_at": started_at,
        "given_by": "bench",
    }  # fmt: skip


def _repair(asset_id: int) -> dict[str, Any]:
    begun = datetime(2026, 5, 4, 8, tzinfo=UTC)
    return {
        "key": f"maintenance:bench-{asset_id}", "kind": TaskKind.MAINTENANCE,
        "state": TaskState.DONE, "title": "Repair", "asset_id": asset_id, "items": {}, "data": {},
        "started_at": begun, "opened_by": "bench", "closed_at": begun + timedelta(days=3),
    }  # fmt: skip
