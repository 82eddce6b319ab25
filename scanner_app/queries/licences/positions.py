"""The positions of products: what is entitled, needed, free and over on a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.licences.position import (
    Entitlement,
    Holder,
    Position,
    Use,
    find_position,
)
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, DeviceSoftware, Licence, Seat


@dataclass(frozen=True, slots=True)
class PositionRow:
    """The position of one product by one metric; `currency` is that of its newest price."""

    product: str
    product_key: str
    metric: Metric
    currency: str | None
    assigned: int
    installed: int
    position: Position


@dataclass(slots=True)
class _Product:
    """What is known of a product by one metric."""

    product: str = ""
    currency: str | None = None
    min_cores: int = 0
    entitlements: list[Entitlement] = field(default_factory=list)
    assigned: set[Holder] = field(default_factory=set)
    given: int = 0


def list_positions(session: Session, *, on: date, key: str | None = None) -> list[PositionRow]:
    """Return the positions of all licensed products on a day, by product.

    :param key: only of this product.
    """
    products = _load_licences(session, key)
    _load_seats(session, products, key)
    installed, cores = _load_installed(session, key)
    rows = []
    for (product_key, metric), one in sorted(products.items()):
        holders = installed[product_key]
        # A person is one holder, whatever of theirs has it installed.
        by_person = metric is Metric.USER
        use = Use(
            frozenset(one.assigned),
            frozenset(person if by_person and person else asset for asset, person in holders),
            one.given,
            tuple(cores[product_key]),
        )
        position = find_position(
            one.entitlements, use, metric=metric, day=on, min_cores=one.min_cores
        )
        rows.append(
            PositionRow(
                one.product,
                product_key,
                metric,
                one.currency,
                len(use.assigned),
                len(use.installed),
                position,
            )
        )
    return rows


def _load_licences(session: Session, key: str | None) -> dict[tuple[str, Metric], _Product]:
    statement = (
        select(Licence)
        .join(Asset, Asset.id == Licence.asset_id)
        .where(Asset.status.not_in(ENDED))
        .order_by(Licence.starts_on.is_not(None), Licence.starts_on, Licence.asset_id)
    )
    if key is not None:
        statement = statement.where(Licence.product_key == key)
    found: dict[tuple[str, Metric], _Product] = defaultdict(_Product)
    for row in session.scalars(statement):
        one = found[row.product_key, row.metric]
        one.product = row.product
        one.currency = row.currency or one.currency
        one.min_cores = max(one.min_cores, row.min_cores)
        one.entitlements.append(
            Entitlement(row.seats, row.starts_on, row.ends_on, row.unit_price_cents)
        )
    return found


def _load_seats(
    session: Session, products: dict[tuple[str, Metric], _Product], key: str | None
) -> None:
    statement = (
        select(
            Licence.product_key,
            Licence.metric,
            Seat.person_id,
            Seat.asset_id,
            Asset.custodian_id,
            Seat.quantity,
        )
        .join(Licence, Licence.asset_id == Seat.licence_id)
        .outerjoin(Asset, Asset.id == Seat.asset_id)
        .where(Seat.ended_at.is_(None))
    )
    if key is not None:
        statement = statement.where(Licence.product_key == key)
    for product_key, metric, person_id, asset_id, custodian_id, quantity in session.execute(
        statement
    ):
        one = products.get((product_key, metric))
        if one is None:
            continue  # all its licences have ended
        owner = person_id or (custodian_id if metric is Metric.USER else None)
        one.assigned.add(("person", owner) if owner is not None else ("asset", asset_id or 0))
        one.given += quantity


def _load_installed(
    session: Session, key: str | None
) -> tuple[dict[str, list[tuple[Holder, Holder | None]]], dict[str, list[int]]]:
    """Return where each product is installed, on what and with whom, and on how many cores."""
    statement = (
        select(
            DeviceSoftware.product_key,
            DeviceSoftware.asset_id,
            Asset.custodian_id,
            DeviceSoftware.cores,
        )
        .join(Asset, Asset.id == DeviceSoftware.asset_id)
        .where(
            Asset.status.not_in(ENDED),
            DeviceSoftware.product_key.in_(select(Licence.product_key)),
        )
    )
    if key is not None:
        statement = statement.where(DeviceSoftware.product_key == key)
    holders: dict[str, list[tuple[Holder, Holder | None]]] = defaultdict(list)
    cores: dict[str, list[int]] = defaultdict(list)
    for product_key, asset_id, person_id, count in session.execute(statement):
        person = ("person", person_id) if person_id is not None else None
        holders[product_key].append((("asset", asset_id), person))
        cores[product_key].append(count or 0)
    return holders, cores
