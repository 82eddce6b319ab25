"""What is booked, lent and free of some things, to see whether they can be booked or lent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.stockroom.reservations import Demand, Loan, Span
from scanner_app.models import Asset, Location, Person, Reservation
from scanner_app.queries.stockroom.reservations import ReservationRow, load_between

GONE = tuple(stage for stage in Stage if stage.facts.has_ended or stage is Stage.MISSING)


def load_booked(
    session: Session,
    span: Span,
    *,
    asset_ids: Collection[int],
    model_ids: Collection[int],
    without_id: int | None = None,
) -> list[tuple[ReservationRow, Demand]]:
    """Return what is booked of some assets and models in a span, with its buffers.

    The demands of all open reservations near the span are read: there are few of them at a time.
    """
    most = timedelta(days=365)
    near = Span(span.starts_at - most, span.ends_at + most)
    found = []
    for row in load_between(session, near):
        if row.id == without_id or not row.state.facts.holds:
            continue
        for demand in row.demands():
            if demand.asset_id in asset_ids or demand.model_id in model_ids:
                found.append((row, demand))
    return found


def load_loans(session: Session, asset_ids: Iterable[int], *, not_of: int) -> list[Loan]:
    """Return the running loans of assets, but for those of one person."""
    rows = session.execute(
        select(Asset.id, Person.name, Asset.due_at)
        .join(Person, Person.id == Asset.custodian_id)
        .where(Asset.id.in_(sorted(set(asset_ids))), Asset.custodian_id != not_of)
    )
    return [Loan(*row) for row in rows]


def count_units(session: Session, model_ids: Iterable[int]) -> dict[int, int]:
    """Return how many units of each model there are: all but those that are gone."""
    rows = session.execute(
        select(Asset.model_id, func.count(Asset.id))
        .where(Asset.model_id.in_(sorted(set(model_ids))), Asset.status.not_in(GONE))
        .group_by(Asset.model_id)
    )
    return {model_id: count for model_id, count in rows if model_id is not None}


def count_free_units(session: Session, model_ids: Iterable[int]) -> dict[int, int]:
    """Return how many units of each model are in stock and with nobody."""
    rows = session.execute(
        select(Asset.model_id, func.count(Asset.id))
        .where(
            Asset.model_id.in_(sorted(set(model_ids))),
            Asset.status == Stage.IN_STOCK,
            Asset.custodian_id.is_(None),
        )
        .group_by(Asset.model_id)
    )
    return {model_id: count for model_id, count in rows if model_id is not None}


def find_substitutes(session: Session, model_id: int, *, limit: int = 5) -> list[tuple[str, str]]:
    """Return free units of a model: the tag of each, and where it is."""
    rows = session.execute(
        select(Asset.asset_tag, func.coalesce(Location.name, ""))
        .outerjoin(Location, Location.id == Asset.location_id)
        .where(
            Asset.model_id == model_id,
            Asset.status == Stage.IN_STOCK,
            Asset.custodian_id.is_(None),
        )
        .order_by(Asset.asset_tag)
        .limit(limit)
    )
    return [(tag, place) for tag, place in rows]


def is_reserved_at_all(session: Session) -> bool:
    """Return whether anything is booked now: most installations and moments book nothing."""
    now_open = select(Reservation.id).where(
        Reservation.ended_at.is_(None), Reservation.is_draft.is_(False)
    )
    return session.scalar(now_open.limit(1)) is not None


def list_of_asset(session: Session, asset_id: int, *, now: datetime) -> list[ReservationRow]:
    """Return what is booked of an asset from now on: itself, or a kit of it."""
    if not is_reserved_at_all(session):
        return []
    rows = load_between(session, Span(now, now + timedelta(days=3650)))
    return [row for row in rows if any(one.asset_id == asset_id for one in row.demands())]
