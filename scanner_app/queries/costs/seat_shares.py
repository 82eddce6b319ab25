"""What assets bear of the licences that they have seats of.

Seats that are alike are counted by the database: a licence of many is cheap to split.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import Expense, sum_expenses
from scanner_app.domain.costs.shares import (
    SeatSpan,
    Share,
    Spent,
    Split,
    share_seats,
    weigh_seats,
)
from scanner_app.models import Asset, Licence, Seat
from scanner_app.queries.costs.asset import Bought, list_expenses, load_rates


@dataclass(frozen=True, slots=True)
class LicenceCost:
    """What a licence has cost, and what of it the holders of its seats bear.

    :param given: what assets and people bear together.
    :param to_assets: what assets bear of that; people's part stays with the licence.
    """

    spent: Spent
    first: date
    last: date | None
    parts: Split
    to_assets: int


def load_licence_cost(
    session: Session, licence: Licence, *, base: str, today: date, zone: ZoneInfo
) -> LicenceCost | None:
    """Return what the seats of a licence cost; None if nothing says when it began."""
    record = session.get_one(Asset, licence.asset_id)
    spans = _count_seats(session, licence.asset_id, zone)
    first = licence.starts_on or record.purchase_date
    if first is None:
        return None
    bought = Bought(record.id, record.purchase_date, record.purchase_cost_cents, record.currency)
    spent = sum_own(session, bought, base=base, today=today)
    last = licence.ends_on
    parts = share_seats(
        spent.cents, spans, seats=licence.seats, first=first, last=last, today=today
    )
    counts: Counter[int] = Counter()
    for span, count in spans.items():
        if span.is_asset:
            counts[weigh_seats(span, first=first, last=last, today=today)] += count
    # Assets come first among equals, so what is left over goes to people only after them.
    tied = sum(counts[weight] for weight in parts.tied)
    to_assets = sum(
        count * (parts.floors.get(weight, 0) + (weight in parts.favoured))
        for weight, count in counts.items()
    ) + min(tied, parts.left)
    return LicenceCost(spent, first, last, parts, to_assets)


def sum_own(session: Session, asset: Bought, *, base: str, today: date) -> Spent:
    """Return what was spent on an asset itself by today."""
    rows = [row for row in list_expenses(session, asset, base=base) if not row.is_withdrawn]
    since = min((row.on for row in rows), default=None)
    rates = load_rates(session, base, since=since, currencies={row.currency for row in rows})
    amounts = [Expense(row.kind, row.on, row.cents, row.currency) for row in rows]
    cost = sum_expenses(amounts, rates, on=today, in_service=None)
    return Spent(cost.own, cost.without_rate)


def load_licence_shares(
    session: Session, asset_id: int, asset_tag: str, *, base: str, today: date, zone: ZoneInfo
) -> tuple[list[Share], Counter[str]]:
    """Return what an asset bears of each licence, and what was left out for want of a rate."""
    shares: list[Share] = []
    left_out: Counter[str] = Counter()
    seats = select(Seat).where(Seat.asset_id == asset_id).order_by(Seat.licence_id, Seat.id)
    for seat in session.scalars(seats).all():
        licence = session.get_one(Licence, seat.licence_id)
        cost = load_licence_cost(session, licence, base=base, today=today, zone=zone)
        if cost is None:
            continue
        left_out.update(cost.spent.without_rate)
        share = _share_licence(session, seat, cost, asset_tag, today=today, zone=zone)
        if share is not None:
            shares.append(share)
    return shares, left_out


def _share_licence(
    session: Session,
    seat: Seat,
    cost: LicenceCost,
    asset_tag: str,
    *,
    today: date,
    zone: ZoneInfo,
) -> Share | None:
    span = _read_span(seat.started_at, seat.ended_at, seat.quantity, True, zone)
    weight = weigh_seats(span, first=cost.first, last=cost.last, today=today)
    if not weight:
        return None
    rank = 0
    if weight in cost.parts.tied:
        before = or_(
            Asset.asset_tag < asset_tag, and_(Asset.asset_tag == asset_tag, Seat.id < seat.id)
        )
        spans = _count_seats(session, seat.licence_id, zone, before)
        rank = sum(
            count
            for one, count in spans.items()
            if weigh_seats(one, first=cost.first, last=cost.last, today=today) in cost.parts.tied
        )
    tag = session.get_one(Asset, seat.licence_id).asset_tag
    return Share(
        tag, session.get_one(Licence, seat.licence_id).product, None, span.from_on, span.until_on,
        weight, cost.parts.whole, cost.parts.total, cost.parts.find(weight, rank),
    )  # fmt: skip


def _count_seats(
    session: Session, licence_id: int, zone: ZoneInfo, before: ColumnElement[bool] | None = None
) -> Counter[SeatSpan]:
    """Return how many holders have seats from one day to another."""
    of_asset = Seat.asset_id.is_not(None)
    columns = (Seat.started_at, Seat.ended_at, Seat.quantity, of_asset)
    wanted = select(*columns, func.count()).where(Seat.licence_id == licence_id)
    if before is not None:
        wanted = wanted.join(Asset, Asset.id == Seat.asset_id).where(before)
    counts: Counter[SeatSpan] = Counter()
    for started_at, ended_at, quantity, is_asset, count in session.execute(
        wanted.group_by(*columns)
    ):
        counts[_read_span(started_at, ended_at, quantity, bool(is_asset), zone)] += count
    return counts


def _read_span(
    started_at: datetime, ended_at: datetime | None, quantity: int, is_asset: bool, zone: ZoneInfo
) -> SeatSpan:
    from_on, until_on = started_at.astimezone(zone).date(), None
    if ended_at is not None:
        # Who gets the seat next has it from that day on.
        until_on = max(from_on, ended_at.astimezone(zone).date() - timedelta(days=1))
    return SeatSpan(from_on, until_on, quantity, is_asset)
