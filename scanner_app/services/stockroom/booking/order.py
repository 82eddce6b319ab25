"""What somebody wants to reserve, as a form or a program gives it, read against the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, is_secret, read_code
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.stockroom.reservations import (
    MAX_DAYS,
    MAX_LINES,
    MAX_NOTE,
    MAX_UNITS,
    Demand,
    Span,
)
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Location
from scanner_app.queries.circulation.rules import load_lending
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.register.people import PersonRow, get_person
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.queries.stockroom.kits import load_kits
from scanner_app.queries.stockroom.reservations import ReservationRow, demands_of_kit


class Wanted(NamedTuple):
    """One thing that is booked: of the three ids, one."""

    asset_id: int | None = None
    kit_id: int | None = None
    model_id: int | None = None
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Booking:
    """How this service books now.

    :param zone: the time zone of places that set none.
    """

    actor: Actor
    now: datetime
    zone: str
    rules: TagRules


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be reserved, for whom and when.

    :param buffer_hours: how long before it the things have to be back, by the rules of lending.
    """

    person: PersonRow
    span: Span
    place_id: int | None
    note: str
    wanted: Sequence[Wanted]
    buffer_hours: int

    @property
    def buffer(self) -> timedelta:
        return timedelta(hours=self.buffer_hours)


def read_order(session: Session, values: Mapping[str, Any], booking: Booking) -> Order:
    """Return what is to be reserved.

    :param values: `person`, `starts_at`, `ends_at`; `things`, a list of `{"code"}`, of an asset or
        a kit, and `{"model", "quantity"}`; any of `place` and `note`.
    :raises Invalid: a value cannot be used.
    :raises NotFound: nobody is the person.
    """
    person = get_person(session, str(values.get("person") or ""))
    if not person.is_active:
        raise _invalid("person", f"{person.name} is no longer here.")
    span = _read_span(values, booking.now)
    place_id = _find_place(session, values.get("place"))
    note = str(values.get("note") or "").strip()
    if len(note) > MAX_NOTE or not is_storable(note) or is_secret(note):
        raise _invalid("note", f"Use at most {MAX_NOTE} characters.")
    wanted = _find_wanted(session, values.get("things") or [], booking)
    buffer = _find_buffer(session, place_id, person.id, booking.zone)
    return Order(person, span, place_id, note, wanted, buffer)


def order_again(row: ReservationRow) -> dict[str, Any]:
    """Return the values that a reservation was made from, to read them against what is now."""
    return {
        "person": row.person_ref,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "place": row.place,
        "note": row.note,
        "things": [
            {"code": line.ref}
            if line.model_id is None
            else {"model": line.name, "quantity": line.quantity}
            for line in row.lines
        ],
    }


def list_demands(session: Session, order: Order) -> list[Demand]:
    """Return what an order asks for: of a kit, each of its pieces."""
    wanted, span, person = order.wanted, order.span, order.person.name
    ids = [one.asset_id for one in wanted if one.asset_id is not None]
    rows = session.execute(select(Asset.id, Asset.model_id).where(Asset.id.in_(ids)))
    models = {row.id: row.model_id for row in rows}
    kits = load_kits(session, {one.kit_id for one in wanted if one.kit_id is not None})
    demands: list[Demand] = []
    for one in wanted:
        if one.kit_id is not None:
            demands += demands_of_kit(kits[one.kit_id], span, person)
        elif one.asset_id is not None:
            demands.append(Demand(span, one.asset_id, models.get(one.asset_id), 1, person))
        else:
            demands.append(Demand(span, None, one.model_id, one.quantity, person))
    return demands


def _read_span(values: Mapping[str, Any], now: datetime) -> Span:
    starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
    if not isinstance(starts_at, datetime):
        raise _invalid("starts_at", "Say when it starts.")
    if not isinstance(ends_at, datetime) or ends_at <= starts_at:
        raise _invalid("ends_at", "It ends after it starts.")
    if ends_at <= now:
        raise _invalid("ends_at", "That time is over.")
    if ends_at - starts_at > timedelta(days=MAX_DAYS) or starts_at > now + timedelta(days=3650):
        raise _invalid("ends_at", f"Reserve at most {MAX_DAYS} days, in the next ten years.")
    return Span(starts_at, ends_at)


def _find_place(session: Session, code: Any) -> int | None:
    text = str(code or "").strip()
    if not text:
        return None
    place_id = find_location_id(session, text) if is_storable(text) else None
    if place_id is None:
        raise _invalid("place", f"No location has the code “{text[:64]}”.")
    return place_id


def _find_buffer(session: Session, place_id: int | None, person_id: int, zone: str) -> int:
    """Return the hours between two loans, by the rules of lending at the place."""
    path = session.scalar(select(Location.path).where(Location.id == place_id)) or ""
    lending = load_lending(session, zone=zone, person_ids=[person_id])
    return lending.rule_at(path, person_id=person_id).buffer_hours


def _find_wanted(session: Session, things: Sequence[Any], booking: Booking) -> list[Wanted]:
    if not 1 <= len(things) <= MAX_LINES:
        raise _invalid("things", f"Name 1 to {MAX_LINES} things.")
    found = [_find_one(session, thing, booking) for thing in things]
    keys = [one[:3] for one in found]
    if len(set(keys)) < len(keys):
        raise _invalid("things", "A thing is named twice. Name it once.")
    return found


def _find_one(session: Session, thing: Mapping[str, Any], booking: Booking) -> Wanted:
    model = " ".join(str(thing.get("model") or "").split())
    quantity = thing.get("quantity") or 1
    if not isinstance(quantity, int) or not 1 <= quantity <= MAX_UNITS:
        raise _invalid("quantity", f"Give a number of units from 1 to {MAX_UNITS}.")
    code = str(thing.get("code") or "").strip()
    if model and code:
        raise _invalid("things", "Name a code or a model in one thing, not both.")
    if model:
        ids = list(
            session.scalars(select(AssetModel.id).where(AssetModel.name == model).limit(2))
            if is_storable(model)
            else ()
        )
        if len(ids) != 1:
            raise _invalid("model", f"“{model[:64]}” is not a model. Choose one from the list.")
        return Wanted(model_id=ids[0], quantity=quantity)
    if quantity != 1:
        raise _invalid("quantity", "An asset or a kit is one. Give a number of a model only.")
    if not code or is_secret(code) or not is_storable(code):
        raise _invalid("things", "Scan or type the code of an asset or a kit.")
    reading = read_code(code, rules=booking.rules)
    meaning = CodeIndex(session.connection(), values_of(reading)).find(reading, at=booking.now)
    if meaning.id is None or meaning.kind not in {"asset", "kit"}:
        raise _invalid("things", f"“{code[:64]}” is not an asset or a kit. Scan its label.")
    if meaning.kind == "kit":
        return Wanted(kit_id=meaning.id)
    status = session.scalars(select(Asset.status).where(Asset.id == meaning.id)).one()
    if status.facts.has_ended:
        raise _invalid("things", f"{code[:64]} is {status.facts.label.lower()}.")
    return Wanted(asset_id=meaning.id)


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid(problem, errors={field: [problem]})
