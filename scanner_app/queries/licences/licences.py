"""Licences as pages and programs read them: lists, one with its seats, and who uses none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.errors import NotFound
from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.licences.position import is_unused
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, DeviceSoftware, Licence, Person, Seat
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor
from scanner_app.queries.register.assets import find_asset_id

MAX_SEATS_SHOWN = 500


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One licence with its asset."""

    id: int
    asset_tag: str
    status: Stage
    supplier: str | None
    product: str
    key_hint: str
    metric: Metric
    seats: int
    given: int
    min_free: int
    min_cores: int
    starts_on: date | None
    ends_on: date | None
    maintained_until: date | None
    termination_on: date | None
    reassignable: bool
    allows_overuse: bool
    unit_price_cents: int | None
    currency: str | None

    @property
    def free(self) -> int:
        """Return how many seats nobody has."""
        return max(0, self.seats - self.given)

    @property
    def over(self) -> int:
        """Return how many seats more are given than were bought."""
        return max(0, self.given - self.seats)

    @property
    def is_low(self) -> bool:
        """Return whether as few seats are free as the minimum says."""
        return bool(self.min_free) and self.free <= self.min_free


@dataclass(frozen=True, slots=True)
class SeatRow:
    """Seats that somebody or something has.

    :param ref: a person's number or id, or an asset's tag.
    :param is_gone: the person left, or the asset is retired.
    :param last_used_on: by what monitoring said of it.
    :param is_unused: nobody used it for a long time.
    """

    id: int
    is_person: bool
    ref: str
    name: str
    quantity: int
    started_at: datetime
    given_by: str
    is_gone: bool
    last_used_on: date | None
    is_unused: bool


_SELECT: Select[*tuple[Any, ...]] = select(
    Licence.asset_id, Asset.asset_tag, Asset.status, Asset.supplier, Licence.product,
    Licence.key_hint, Licence.metric, Licence.seats, Licence.given, Licence.min_free,
    Licence.min_cores, Licence.starts_on, Licence.ends_on, Licence.maintained_until,
    Licence.termination_on, Licence.reassignable, Licence.allows_overuse,
    Licence.unit_price_cents, Licence.currency,
).join(Asset, Asset.id == Licence.asset_id)  # fmt: skip


def list_licences(
    session: Session, *, query: str = "", cursor: str | None = None, limit: int = 100
) -> Page[LicenceRow]:
    """Return a page of licences by product, those that are over among them.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="product")
    statement = _SELECT.where(*_conditions(query)).order_by(Licence.product_key, Licence.asset_id)
    if after is not None:
        behind = (Licence.product_key == after.key) & (Licence.asset_id > after.id)
        statement = statement.where(or_(Licence.product_key > after.key, behind))
    found = session.execute(statement.add_columns(Licence.product_key).limit(limit + 1)).all()
    rows = [LicenceRow(*row[:-1]) for row in found[:limit]]
    following = None
    if len(found) > limit:
        following = write_cursor(Cursor("product", found[limit - 1][-1], rows[-1].id))
    return Page(rows, following)


def get_licence(session: Session, asset_tag: str) -> LicenceRow:
    """Return one licence by its asset tag.

    :raises NotFound: no licence has the tag.
    """
    asset_id = find_asset_id(session, asset_tag)
    row = session.execute(_SELECT.where(Licence.asset_id == asset_id)).one_or_none()
    if row is None:
        raise NotFound(f"{asset_tag[:64]!r} is not a licence. Choose one from the list.")
    return LicenceRow(*row)


def list_seats(session: Session, licence_id: int, *, today: date) -> list[SeatRow]:
    """Return who has seats of a licence: first who uses none, then the oldest; 500 at most."""
    holder = aliased(Asset)
    rows = session.execute(
        select(Seat, Person, holder.asset_tag, holder.name, holder.status)
        .outerjoin(Person, Person.id == Seat.person_id)
        .outerjoin(holder, holder.id == Seat.asset_id)
        .where(Seat.licence_id == licence_id, Seat.ended_at.is_(None))
        .order_by(Seat.id)
        .limit(MAX_SEATS_SHOWN)
    ).all()
    used = _load_use(session, licence_id)
    found = []
    for seat, person, tag, name, status in rows:
        holder_id = (seat.person_id if person is not None else seat.asset_id) or 0
        days = used.get(("asset" if person is None else "person", holder_id), [])
        found.append(
            SeatRow(
                seat.id,
                person is not None,
                _ref(person) if person is not None else tag,
                person.name if person is not None else name,
                seat.quantity,
                seat.started_at,
                seat.given_by,
                not person.is_active if person is not None else status in ENDED,
                max((day for day in days if day is not None), default=None),
                is_unused(days, today),
            )
        )
    found.sort(key=lambda one: not (one.is_gone or one.is_unused))
    return found


def list_held(
    session: Session, *, person_id: int | None = None, asset_id: int | None = None
) -> list[tuple[str, str, int]]:
    """Return what a person or an asset has seats of: tag, product and number of seats."""
    of: ColumnElement[bool] = (
        Seat.person_id == person_id if person_id is not None else Seat.asset_id == asset_id
    )
    rows = session.execute(
        select(Asset.asset_tag, Licence.product, Seat.quantity)
        .join(Licence, Licence.asset_id == Seat.licence_id)
        .join(Asset, Asset.id == Licence.asset_id)
        .where(of, Seat.ended_at.is_(None))
        .order_by(Licence.product_key, Asset.asset_tag)
    )
    return [(tag, product, quantity) for tag, product, quantity in rows]


def _load_use(session: Session, licence_id: int) -> dict[tuple[str, int], list[date | None]]:
    """Return when each asset, and each person by what they hold, used a licence's product last."""
    key = select(Licence.product_key).where(Licence.asset_id == licence_id).scalar_subquery()
    rows = session.execute(
        select(DeviceSoftware.asset_id, Asset.custodian_id, DeviceSoftware.last_used_on)
        .join(Asset, Asset.id == DeviceSoftware.asset_id)
        .where(DeviceSoftware.product_key == key)
    )
    used: dict[tuple[str, int], list[date | None]] = {}
    for asset_id, person_id, day in rows:
        used.setdefault(("asset", asset_id), []).append(day)
        if person_id is not None:
            used.setdefault(("person", person_id), []).append(day)
    return used


def _ref(person: Person) -> str:
    return person.number or f"~{person.id}"


def _conditions(query: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in query.split()[:10]:
        if is_storable(word):
            columns = (Licence.product_key, func.lower(Asset.asset_tag), func.lower(Asset.supplier))
            found.append(or_(*(one.contains(word.casefold(), autoescape=True) for one in columns)))
    return found
