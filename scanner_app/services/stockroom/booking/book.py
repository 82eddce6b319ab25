"""Reservations: booked under the locks of what they ask for, cancelled, and ended when over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, is_secret, read_code
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.stockroom.reservations import (
    MAX_DAYS,
    MAX_LINES,
    MAX_NOTE,
    MAX_UNITS,
    Demand,
    Held,
    ReservationState,
    Span,
    find_conflicts,
)
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Location, Reservation, ReservationLine
from scanner_app.queries.circulation.rules import load_lending
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.register.people import get_person
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.queries.stockroom.booked import count_units, load_booked, load_loans
from scanner_app.queries.stockroom.kits import load_kits
from scanner_app.queries.stockroom.reservations import (
    ReservationRow,
    demands_of_kit,
    get_reservation,
)
from scanner_app.services.custody.assets import lock_assets
from scanner_app.services.stockroom.numbers import take_number


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


def book(session: Session, values: Mapping[str, Any], booking: Booking) -> str:
    """Book things for a person, and return the number of the reservation.

    :param values: `person`, `starts_at`, `ends_at`; `things`, a list of `{"code"}`, of an asset or
        a kit, and `{"model", "quantity"}`; any of `place` and `note`.
    :raises Invalid: a value cannot be used.
    :raises NotFound: nobody is the person.
    :raises Conflict: something is reserved or lent then; `errors` of the API names each.
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
    demands = _list_demands(session, wanted, span, person.name)
    _lock(session, demands)
    _require_free(session, demands, span, timedelta(hours=buffer), not_of=person.id)
    year = booking.now.year
    row = Reservation(
        number=f"R-{year}-{take_number(session, f'reservation {year}'):06d}",
        person_id=person.id,
        place_id=place_id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        buffer_hours=buffer,
        note=note,
        made_at=booking.now,
        made_by=booking.actor.name,
        actor=booking.actor.key,
    )
    session.add(row)
    session.flush()
    session.add_all(ReservationLine(reservation_id=row.id, **one._asdict()) for one in wanted)
    session.flush()
    return row.number


def cancel(session: Session, number: str, *, now: datetime) -> ReservationRow:
    """Cancel what was booked and not picked up. What was picked up stays with the person.

    :raises NotFound: no reservation has this number.
    :raises Conflict: it was ended before, or all of it was picked up.
    """
    found = get_reservation(session, number)
    row = session.get_one(Reservation, found.id, with_for_update=True, populate_existing=True)
    state = get_reservation(session, number).state
    if not state.facts.holds:
        raise Conflict(f"{row.number} is {state.facts.label.lower()}.", code="already_ended")
    is_begun = state is ReservationState.PICKING
    row.ended_at = now
    row.ended_as = (ReservationState.DONE if is_begun else ReservationState.CANCELLED).value
    session.flush()
    return found


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


def _list_demands(
    session: Session, wanted: Sequence[Wanted], span: Span, person: str
) -> list[Demand]:
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


def _lock(session: Session, demands: Sequence[Demand]) -> None:
    """Lock what is asked for, so that two who book it wait for each other: models, then assets."""
    models = sorted({one.model_id for one in demands if one.model_id is not None})
    if models:
        session.execute(
            select(AssetModel.id)
            .where(AssetModel.id.in_(models))
            .order_by(AssetModel.id)
            .with_for_update()
        ).all()
    assets = sorted({one.asset_id for one in demands if one.asset_id is not None})
    lock_assets(session.connection(), assets)


def _require_free(
    session: Session, demands: Sequence[Demand], span: Span, buffer: timedelta, *, not_of: int
) -> None:
    """Raise Conflict if something is booked or lent to somebody else then."""
    assets = {one.asset_id for one in demands if one.asset_id is not None}
    models = {one.model_id for one in demands if one.model_id is not None}
    booked = load_booked(session, span, asset_ids=assets, model_ids=models)
    held = Held(
        [demand for _, demand in booked],
        load_loans(session, assets, not_of=not_of),
        count_units(session, models),
        _name_all(session, assets, models),
    )
    conflicts = find_conflicts(demands, held, buffer)
    if conflicts:
        raise Conflict(" ".join(dict.fromkeys(conflicts)), code="reserved")


def _name_all(session: Session, assets: set[int], models: set[int]) -> dict[str, str]:
    named = session.execute(
        select(Asset.id, Asset.asset_tag, Asset.name).where(Asset.id.in_(sorted(assets)))
    )
    names = {f"asset:{row.id}": f"{row.asset_tag} {row.name}".strip() for row in named}
    of = session.execute(
        select(AssetModel.id, AssetModel.name).where(AssetModel.id.in_(sorted(models)))
    )
    return names | {f"model:{row.id}": row.name for row in of}


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid(problem, errors={field: [problem]})
