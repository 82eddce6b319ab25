"""What the register knows of the lines of a tray and of the person they go to, for `judge`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.circulation.line import Holder
from scanner_app.domain.circulation.loan_rules import Scope
from scanner_app.domain.lifecycle.tasks import OPEN_STATES, TaskKind
from scanner_app.domain.months import add_months
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Audit,
    Custody,
    Finding,
    Location,
    Person,
    StockItem,
    Task,
)
from scanner_app.queries.circulation.rules import path_ids

DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Thing:
    """One asset as the register has it now.

    :param path: of the location where it is (`/1/5/`); empty if that is not known.
    :param audit: the name of a running audit that expects it.
    """

    id: int
    tag: str
    name: str
    status: Stage
    location_id: int | None
    path: str
    place: str | None
    category_id: int | None
    cost_cents: int
    due_at: datetime | None
    is_damaged: bool
    warranty_until: date | None
    last_seen_at: datetime | None
    holder: Holder | None
    has_open_repair: bool = False
    audit: str | None = None
    model_id: int | None = None

    def is_in(self, scope: Scope) -> bool:
        """Return whether the limit of a rule counts it."""
        return (scope.place_id is None or scope.place_id in path_ids(self.path)) and (
            scope.category_id is None or scope.category_id == self.category_id
        )


_THINGS = (
    select(
        Asset.id,
        Asset.asset_tag,
        Asset.name,
        Asset.status,
        Asset.location_id,
        Location.path,
        Location.name.label("place"),
        # An asset without a category has that of its model.
        func.coalesce(Asset.category_id, AssetModel.category_id).label("category_id"),
        Asset.purchase_cost_cents,
        Asset.due_at,
        Asset.condition,
        Asset.purchase_date,
        Asset.warranty_months,
        Asset.last_seen_at,
        Asset.custodian_id,
        Person.name.label("holder"),
        Custody.started_at,
        Asset.model_id,
    )
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
    .outerjoin(Person, Person.id == Asset.custodian_id)
    .outerjoin(Custody, (Custody.asset_id == Asset.id) & Custody.ended_at.is_(None))
)


def load_things(session: Session, ids: Collection[int]) -> dict[int, Thing]:
    """Return assets by id, with open repairs and running audits."""
    if not ids:
        return {}
    repairs = _find_repairs(session, ids)
    audits = _find_audits(session, ids)
    rows = session.execute(_THINGS.where(Asset.id.in_(ids)))
    return {row.id: _read(row, repairs, audits) for row in rows}


def load_held(session: Session, person_id: int) -> list[Thing]:
    """Return what a person has now."""
    rows = session.execute(_THINGS.where(Asset.custodian_id == person_id))
    return [_read(row, frozenset(), {}) for row in rows]


def find_tags(session: Session, tags: Iterable[str]) -> dict[str, int]:
    """Return the ids of assets by their tags."""
    rows = session.execute(
        select(Asset.asset_tag, Asset.id).where(Asset.asset_tag.in_(sorted(set(tags))))
    )
    return {tag: id_ for tag, id_ in rows}  # noqa: C416 - mypy does not take rows as pairs


def find_items(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """Return the ids of stock items by their codes."""
    rows = session.execute(
        select(StockItem.code, StockItem.id).where(StockItem.code.in_(sorted(set(codes))))
    )
    return {code: id_ for code, id_ in rows}  # noqa: C416 - mypy does not take rows as pairs


def find_stock_categories(session: Session, ids: Collection[int]) -> dict[int, int | None]:
    """Return the categories of stock items by their ids."""
    if not ids:
        return {}
    rows = session.execute(
        select(StockItem.id, StockItem.category_id).where(StockItem.id.in_(sorted(ids)))
    )
    return {id_: category_id for id_, category_id in rows}  # noqa: C416 - as above


def _read(row: Any, repairs: Collection[int], audits: dict[int, str]) -> Thing:
    bought, months, holder_id = row.purchase_date, row.warranty_months, row.custodian_id
    return Thing(
        row.id,
        row.asset_tag,
        row.name,
        row.status,
        row.location_id,
        row.path or "",
        row.place,
        row.category_id,
        row.purchase_cost_cents or 0,
        row.due_at,
        row.condition == DAMAGED,
        add_months(bought, months) if bought and months else None,
        row.last_seen_at,
        Holder(holder_id, row.holder, row.started_at) if holder_id is not None else None,
        row.id in repairs,
        audits.get(row.id),
        row.model_id,
    )


def _find_repairs(session: Session, ids: Collection[int]) -> frozenset[int]:
    rows = session.scalars(
        select(Task.asset_id).where(
            Task.asset_id.in_(ids), Task.kind == TaskKind.MAINTENANCE, Task.state.in_(OPEN_STATES)
        )
    )
    return frozenset(id_ for id_ in rows if id_ is not None)


def _find_audits(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Return the running audits that expect these assets. A blind one does not tell what it does.

    Of two audits, the one that was made first is named.
    """
    rows: Sequence[tuple[int | None, str]] = [
        (row.asset_id, row.name)
        for row in session.execute(
            select(Finding.asset_id, Audit.name)
            .join(Audit, Audit.id == Finding.audit_id)
            .where(
                Finding.asset_id.in_(ids),
                Finding.is_expected,
                Audit.state == AuditState.COUNTING,
                ~Audit.is_blind,
            )
            .order_by(Audit.id.desc())
        )
    ]
    return {asset_id: name for asset_id, name in rows if asset_id is not None}
