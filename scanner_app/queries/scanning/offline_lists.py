"""What a phone keeps so that it knows places, badges and stock without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, and_, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import TagRules, read_code, tag_key
from scanner_app.decoding.codes.reading import plain_candidates
from scanner_app.domain.audits.evidence.needed import say_needs
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.text import is_storable
from scanner_app.models import Audit, Identifier, Location, Person, SignIn, StockItem
from scanner_app.queries.scanning.codes import PLACE, PLAIN, CodeIndex, values_of

GTIN = "gtin"


@dataclass(frozen=True, slots=True)
class PlaceKeys:
    code: str
    name: str
    full_name: str
    path: str
    keys: list[str]


@dataclass(frozen=True, slots=True)
class PersonKeys:
    number: str | None
    name: str
    keys: list[str]


@dataclass(frozen=True, slots=True)
class StockKeys:
    """A stock item with its codes.

    :param keys: (key, pieces that the code stands for, code of the location of its bin or None);
        the key of a GTIN is `gtin:` and its 14 digits.
    """

    code: str
    name: str
    unit: str
    returns: bool
    keys: list[tuple[str, int, str | None]]


@dataclass(frozen=True, slots=True)
class ScanDefaults:
    """The place and custodian that the page without script keeps between scans."""

    place_code: str | None = None
    place_name: str | None = None
    custodian_id: int | None = None
    custodian_number: str | None = None
    custodian_name: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneLists:
    """Every location, badge and code of stock that a phone may tell by itself.

    :param left: keys that mean one of them, which the phone leaves to the server: they mean
        something else too, or the location is closed, or the person left.
    """

    places: list[PlaceKeys]
    people: list[PersonKeys]
    stock: list[StockKeys]
    left: list[str]


def load_phone_lists(session: Session, *, rules: TagRules, now: datetime) -> PhoneLists:
    """Return every location and person with the keys that mean them and nothing else."""
    left: list[str] = []
    places: dict[int, PlaceKeys] = {}
    rows = session.execute(
        select(
            Location.id,
            Location.is_active,
            Identifier.value,
            means_another(),
            Location.code,
            Location.name,
            Location.full_name,
            Location.path,
        )
        .join(Identifier, Identifier.location_id == Location.id)
        .where(Identifier.ended_at.is_(None), Identifier.scheme.in_(PLACE | PLAIN))
        .order_by(Location.path, Location.id, Identifier.value)
    ).all()
    unsure = find_unsure(session, [("location", r[0], r[2]) for r in rows], rules=rules, now=now)
    for id_, is_active, value, is_double, code, name, full_name, path in rows:
        if is_active:  # a location that no label names for sure may be chosen by its name
            places.setdefault(id_, PlaceKeys(code, name, full_name or name, path, []))
        if not is_active or is_double or value in unsure:
            left.append(value)
        elif value not in places[id_].keys:
            places[id_].keys.append(value)
    people = _list_people(session, left, rules=rules, now=now)
    stock = _list_stock(session, left, rules=rules, now=now)
    return PhoneLists(list(places.values()), people, stock, sorted(set(left)))


def _list_people(
    session: Session, left: list[str], *, rules: TagRules, now: datetime
) -> list[PersonKeys]:
    """Return every active person by number and badges, and add to `left` what is not sure."""
    rows = session.execute(
        select(
            Person.id,
            Person.is_active,
            Identifier.value,
            means_another(),
            Person.number,
            Person.name,
        )
        .join(Identifier, Identifier.person_id == Person.id)
        .where(Identifier.ended_at.is_(None), Identifier.scheme.in_(PLAIN))
        .order_by(Person.name, Person.id, Identifier.value)
    ).all()
    unsure = find_unsure(session, [("person", r[0], r[2]) for r in rows], rules=rules, now=now)
    people: dict[int, PersonKeys] = {}
    for id_, is_active, value, is_double, number, name in rows:
        if not is_active or number is None or is_double or value in unsure:
            left.append(value)
            continue
        person = people.setdefault(id_, PersonKeys(number, name, []))
        if value not in person.keys:
            person.keys.append(value)
    return list(people.values())


def _list_stock(
    session: Session, left: list[str], *, rules: TagRules, now: datetime
) -> list[StockKeys]:
    """Return every stock item in use with its codes, and add to `left` what is not sure."""
    rows = session.execute(
        select(
            StockItem.id,
            Identifier.scheme,
            Identifier.value,
            Identifier.quantity,
            Location.code.label("bin_code"),
            means_another().label("is_double"),
            StockItem.code,
            StockItem.name,
            StockItem.unit,
            StockItem.returns,
        )
        .join(Identifier, Identifier.stock_item_id == StockItem.id)
        .outerjoin(Location, Location.id == Identifier.bin_location_id)
        .where(
            Identifier.ended_at.is_(None),
            Identifier.scheme.in_(PLAIN | {GTIN}),
            StockItem.is_active.is_(True),
        )
        .order_by(StockItem.code, Identifier.value)
    ).all()
    spelled = [
        ("stock_item", row.id, text) for row in rows for text in _spell(row.scheme, row.value)
    ]
    unsure = find_unsure(session, spelled, rules=rules, now=now, is_plain=False)
    items: dict[int, StockKeys] = {}
    for row in rows:
        if row.is_double or unsure & set(_spell(row.scheme, row.value)):
            left.append(row.value)
            continue
        key = f"gtin:{row.value}" if row.scheme == GTIN else row.value
        item = items.setdefault(row.id, StockKeys(row.code, row.name, row.unit, row.returns, []))
        item.keys.append((key, row.quantity or 1, row.bin_code))
    return list(items.values())


def _spell(scheme: str, value: str) -> list[str]:
    """Return the texts that a label with this value may be read as."""
    if scheme != GTIN:
        return [value]
    bare = value.lstrip("0")
    return [bare.zfill(length) for length in (8, 12, 13, 14) if length >= len(bare)]


def find_unsure(
    session: Session,
    named: Iterable[tuple[str, int, str]],
    *,
    rules: TagRules,
    now: datetime,
    is_plain: bool = True,
) -> set[str]:
    """Return the values that mean another thing, or two, if they are read by all rules.

    Only a text that has several plain readings needs to be looked up: by the rule of the prefix, a
    number may mean an asset too. Whether the value itself means two things, `means_another` says.

    :param named: kind, id and value of what each value should mean.
    :param is_plain: a value with one plain reading cannot mean anything else. It can if it is a
        number of an article.
    """
    several = [one for one in named if not is_plain or len(plain_candidates(one[2], rules)) > 1]
    readings = {value: read_code(value, rules=rules) for _, _, value in several}
    index = CodeIndex(
        session.connection(), {v for reading in readings.values() for v in values_of(reading)}
    )
    unsure: set[str] = set()
    for kind, id_, value in several:
        meaning = index.find(readings[value], at=now)
        if (meaning.kind, meaning.id) != (kind, id_):
            unsure.add(value)
    return unsure


def means_another() -> Exists:
    """Return the condition that an identifier's value means something else too.

    A phone leaves such a code to the server, which asks for another label.
    """
    other = aliased(Identifier)
    is_same_thing = and_(
        func.coalesce(other.asset_id, 0) == func.coalesce(Identifier.asset_id, 0),
        func.coalesce(other.location_id, 0) == func.coalesce(Identifier.location_id, 0),
        func.coalesce(other.person_id, 0) == func.coalesce(Identifier.person_id, 0),
        func.coalesce(other.stock_item_id, 0) == func.coalesce(Identifier.stock_item_id, 0),
        func.coalesce(other.kit_id, 0) == func.coalesce(Identifier.kit_id, 0),
    )
    return (
        select(other.id)
        .where(
            other.value == Identifier.value,
            other.ended_at.is_(None),
            other.scheme.in_(PLAIN),
            ~is_same_thing,
        )
        .correlate(Identifier)
        .exists()
    )


def find_standing(session: Session, *, sign_in_id: int | None) -> ScanDefaults:
    """Return the place and custodian that are kept for a sign-in."""
    if sign_in_id is None:
        return ScanDefaults()
    row = session.execute(
        select(Location.code, Location.name, Person.id, Person.number, Person.name)
        .select_from(SignIn)
        .outerjoin(Location, Location.id == SignIn.place_id)
        .outerjoin(Person, Person.id == SignIn.custodian_id)
        .where(SignIn.id == sign_in_id)
    ).one_or_none()
    return ScanDefaults(*row) if row is not None else ScanDefaults()


@dataclass(frozen=True, slots=True)
class AuditLine:
    """The audit that a scan page counts in.

    :param needs: what its policy asks of who counts, a sentence each.
    """

    id: int
    name: str
    is_counting: bool
    ended_at: datetime | None
    needs: Sequence[str] = ()


def find_audit_line(session: Session, *, audit_id: int) -> AuditLine | None:
    """Return an audit's name and whether it counts, None if it does not exist."""
    row = session.execute(
        select(Audit.name, Audit.state, Audit.counting_ended_at, Audit.policy).where(
            Audit.id == audit_id
        )
    ).one_or_none()
    if row is None:
        return None
    is_counting = row.state is AuditState.COUNTING
    needs = say_needs(row.policy) if is_counting else ()
    return AuditLine(audit_id, row.name, is_counting, row.counting_ended_at, needs)


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """A place that a link to the scan page names."""

    code: str
    name: str


def find_place(session: Session, *, code: str) -> GivenPlace | None:
    """Return the active place of a code, None if it does not exist."""
    key = tag_key(code)
    if not key or not is_storable(key):
        return None
    row = session.execute(
        select(Location.code, Location.name).where(Location.code_key == key, Location.is_active)
    ).one_or_none()
    return GivenPlace(*row) if row is not None else None
