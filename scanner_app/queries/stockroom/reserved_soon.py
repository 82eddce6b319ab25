"""What is booked and at risk: for the sweep of notices, and for an extension of a loan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.reservations import RISK_DAYS, Span
from scanner_app.models import Asset, Custody, Person
from scanner_app.queries.stockroom.booked import (
    count_free_units,
    find_substitutes,
    is_reserved_at_all,
)
from scanner_app.queries.stockroom.reservations import ReservationRow, load_between

FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A booked asset that somebody else still has.

    :param substitute: the tag of a free unit of the same model, if there is one.
    """

    reservation: ReservationRow
    custody_id: int
    tag: str
    name: str
    holder_id: int
    holder: str
    due_at: datetime | None
    substitute: str | None = None


def list_soon(session: Session, now: datetime) -> list[ReservationRow]:
    """Return what is booked and begins within a few days, or waits to be picked up."""
    if not is_reserved_at_all(session):
        return []
    rows = load_between(session, Span(now, now + timedelta(days=RISK_DAYS)))
    return [row for row in rows if row.state.facts.holds]


def list_at_risk(session: Session, rows: Sequence[ReservationRow]) -> list[AtRisk]:
    """Return the assets of reservations that others have and that are not due back in time."""
    found: list[AtRisk] = []
    for row in rows:
        wanted = {one.asset_id: one.model_id for one in row.demands() if one.asset_id is not None}
        buffer = timedelta(hours=row.buffer_hours)
        loans = session.execute(
            select(
                Asset.id, Custody.id, Asset.asset_tag, Asset.name, Person.id, Person.name,
                Asset.due_at,
            )
            .join(Custody, (Custody.asset_id == Asset.id) & Custody.ended_at.is_(None))
            .join(Person, Person.id == Asset.custodian_id)
            .where(Asset.id.in_(sorted(wanted)), Person.id != row.person_id)
            .order_by(Asset.asset_tag)
        )  # fmt: skip
        for asset_id, custody_id, tag, name, holder_id, holder, due_at in loans:
            if due_at is not None and due_at + buffer <= row.starts_at and due_at > row.made_at:
                continue
            model_id = wanted[asset_id]
            free = find_substitutes(session, model_id, limit=1) if model_id else []
            substitute = free[0][0] if free else None
            found.append(AtRisk(row, custody_id, tag, name, holder_id, holder, due_at, substitute))
    return found


def find_next_start(
    session: Session, asset_id: int, *, not_of: int | None, now: datetime
) -> datetime | None:
    """Return when an asset has to be back for somebody else, buffer included; None if never.

    A reservation of its model counts once no other unit is free for it.
    """
    if not is_reserved_at_all(session):
        return None
    model_id = session.scalar(select(Asset.model_id).where(Asset.id == asset_id))
    free = count_free_units(session, [model_id]).get(model_id, 0) if model_id is not None else 0
    starts: list[datetime] = []
    for row in load_between(session, Span(now, now + FAR)):
        if row.person_id == not_of or not row.state.facts.holds:
            continue
        for one in row.demands():
            is_it = one.asset_id == asset_id
            is_unit = one.asset_id is None and model_id is not None and one.model_id == model_id
            if is_it or (is_unit and one.quantity > free):
                starts.append(row.starts_at - timedelta(hours=row.buffer_hours))
    return min(starts, default=None)
