"""Holdings of an audit: what a scope covers now, what was frozen, and how far it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, exists, func, literal, null, select, type_coerce
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import Session

from scanner_app.domain.audits.holdings.holdings import (
    HoldingDecision,
    HoldingKind,
    HoldingProposal,
    Judged,
    count_accuracy,
    judge_answer,
    list_kinds,
)
from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.stock.items import AccountKind
from scanner_app.models import (
    Asset,
    AuditHolding,
    Licence,
    Location,
    Person,
    StockAccount,
    StockItem,
    StockLevel,
)
from scanner_app.queries.audits.scope import (
    covered_condition,
    find_locations,
    inside_places,
    register_of_scope,
)

# What is frozen of a holding, in the order of both selects.
FROZEN = (
    "kind", "asset_id", "stock_item_id", "location_id", "custodian_id", "code", "name",
    "location", "location_name", "custodian", "custodian_name", "frozen_quantity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One holding with its newest answer and decision."""

    id: int
    kind: HoldingKind
    asset_id: int | None
    stock_item_id: int | None
    location_id: int | None
    custodian_id: int | None
    code: str
    name: str
    location: str | None
    location_name: str | None
    custodian: str | None
    custodian_name: str | None
    frozen_quantity: int | None
    holds: bool | None
    counted: int | None
    recorded: int | None
    note: str | None
    answered_at: datetime | None
    answered_by: str | None
    answered_key: str | None
    is_by_owner: bool
    proposal: HoldingProposal | None
    decision: HoldingDecision | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def judged(self) -> Judged:
        """Return what follows from its newest answer."""
        return judge_answer(holds=self.holds, counted=self.counted, recorded=self.recorded)

    @property
    def is_counted(self) -> bool:
        """Return whether an answer says how many: of stock, and of a licence with seats."""
        return self.kind.facts.is_counted and self.frozen_quantity is not None


@dataclass(frozen=True, slots=True)
class HoldingTotals:
    """How far the holdings of an audit are.

    :param differing: answered with another number, or denied.
    :param part, whole: of *count accuracy*.
    """

    count: int
    answered: int
    differing: int
    undecided: int
    part: int
    whole: int


_COLUMNS = tuple(getattr(AuditHolding, name) for name in HoldingRow.__slots__)


def select_covered(
    session: Session, scope: Mapping[str, Any], *, now: datetime
) -> list[Select[Any]]:
    """Return the selects of what a scope covers that has no label, in the columns of `FROZEN`.

    Locations narrow stock and nothing else of it; all other parts narrow assets and not stock.

    :raises Invalid: the scope names something that does not exist.
    """
    kinds = list_kinds(scope)
    selects: list[Select[Any]] = []
    assets = [AssetKind(kind.value) for kind in kinds if kind is not HoldingKind.STOCK]
    if assets:
        covered = covered_condition(session, scope, now=now, is_placed=False)
        selects.append(_select_assets().where(covered, Asset.kind.in_(assets)))
    if HoldingKind.STOCK in kinds:
        stock = _select_stock()
        codes = [str(code) for code in scope.get("locations") or []]
        if codes:
            index = register_of_scope(session, scope)
            ids = find_locations(index, codes, now).values()
            stock = stock.where(StockAccount.location_id.in_(inside_places(session, ids)))
        selects.append(stock)
    return selects


def _select_assets() -> Any:
    return (
        select(
            type_coerce(Asset.__table__.c.kind, SqlText),
            Asset.id,
            null().label("stock_item_id"),
            null().label("location_id"),
            Asset.custodian_id,
            Asset.asset_tag,
            func.coalesce(Asset.name, ""),
            null().label("location"),
            null().label("location_name"),
            func.coalesce(Person.number, Person.name),
            Person.name,
            Licence.seats,
        )
        .select_from(Asset)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .outerjoin(Licence, Licence.asset_id == Asset.id)
        .order_by(Asset.kind, Asset.asset_tag)
    )


def _select_stock() -> Any:
    """Return the select of what the books say lies in a location: nothing is not listed."""
    return (
        select(
            literal(HoldingKind.STOCK.value),
            null().label("asset_id"),
            StockItem.id,
            Location.id,
            null().label("custodian_id"),
            StockItem.code,
            StockItem.name,
            Location.code,
            Location.full_name,
            null().label("custodian"),
            null().label("custodian_name"),
            StockLevel.quantity,
        )
        .select_from(StockLevel)
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .join(StockItem, StockItem.id == StockLevel.stock_item_id)
        .join(Location, Location.id == StockAccount.location_id)
        .where(StockAccount.kind == AccountKind.PLACE, StockLevel.quantity > 0)
        .order_by(StockItem.code, Location.code)
    )


def count_covered(session: Session, scope: Mapping[str, Any], *, now: datetime) -> int:
    """Count what a scope covers now that has no label."""
    return sum(
        session.scalar(select(func.count()).select_from(one.order_by(None).subquery())) or 0
        for one in select_covered(session, scope, now=now)
    )


def list_holdings(
    session: Session,
    audit_id: int,
    *,
    after_id: int = 0,
    limit: int | None = None,
    custodian_id: int | None = None,
) -> list[HoldingRow]:
    """Return the holdings of an audit in the order of the freeze: by kind, then by code."""
    statement = (
        select(*_COLUMNS)
        .where(AuditHolding.audit_id == audit_id, AuditHolding.id > after_id)
        .order_by(AuditHolding.id)
        .limit(limit)
    )
    if custodian_id is not None:
        statement = statement.where(AuditHolding.custodian_id == custodian_id)
    return [HoldingRow(*row) for row in session.execute(statement)]


def get_holding(session: Session, audit_id: int, holding_id: int) -> HoldingRow:
    """Return one holding of an audit.

    :raises NotFound: the audit has none of this id.
    """
    row = session.execute(
        select(*_COLUMNS).where(AuditHolding.audit_id == audit_id, AuditHolding.id == holding_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"This audit has no holding {holding_id}.")
    return HoldingRow(*row)


def load_totals(session: Session, audit_id: int) -> HoldingTotals | None:
    """Return how far the holdings of an audit are; None if it has none."""
    if not session.scalar(select(exists().where(AuditHolding.audit_id == audit_id))):
        return None
    has_proposal = AuditHolding.proposal.is_not(None)
    numbers = session.execute(
        select(
            func.count(),
            func.count(AuditHolding.answered_at),
            func.count(case((has_proposal, 1))),
            func.count(case((has_proposal & AuditHolding.decision.is_(None), 1))),
        ).where(AuditHolding.audit_id == audit_id)
    ).one()
    counted = session.execute(
        select(AuditHolding.counted, AuditHolding.recorded).where(
            AuditHolding.audit_id == audit_id, AuditHolding.counted.is_not(None)
        )
    )
    return HoldingTotals(*numbers, *count_accuracy((one.counted, one.recorded) for one in counted))
