"""What a phone keeps so that it knows places and badges without a network."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Exists, and_, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.text import is_storable
from scanner_app.models import Audit, Identifier, Location, Person, SignIn
from scanner_app.queries.scanning.codes import CUSTODIAN, PLACE, PLAIN


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
class ScanDefaults:
    """The place and custodian that the page without script keeps between scans."""

    place_code: str | None = None
    place_name: str | None = None
    custodian_id: int | None = None
    custodian_number: str | None = None
    custodian_name: str | None = None


def list_place_keys(session: Session) -> list[PlaceKeys]:
    """Return every active location with the keys that mean it and nothing else."""
    rows = session.execute(
        select(Location.code, Location.name, Location.full_name, Location.path, Identifier.value)
        .join(Identifier, Identifier.location_id == Location.id)
        .where(
            Location.is_active,
            Identifier.ended_at.is_(None),
            Identifier.scheme.in_(PLACE),
            ~means_another(),
        )
        .order_by(Location.path, Location.id, Identifier.value)
    )
    places: dict[str, PlaceKeys] = {}
    for code, name, full_name, path, value in rows:
        place = places.setdefault(code, PlaceKeys(code, name, full_name or name, path, []))
        if value not in place.keys:
            place.keys.append(value)
    return list(places.values())


def list_badge_keys(session: Session) -> list[PersonKeys]:
    """Return every active person with the numbers and badges that mean them and nothing else."""
    rows = session.execute(
        select(Person.id, Person.number, Person.name, Identifier.value)
        .join(Identifier, Identifier.person_id == Person.id)
        .where(
            Person.is_active,
            Person.number.is_not(None),
            Identifier.ended_at.is_(None),
            Identifier.scheme.in_(CUSTODIAN & PLAIN),
            ~means_another(),
        )
        .order_by(Person.name, Person.id, Identifier.value)
    )
    people: dict[int, PersonKeys] = {}
    for id_, number, name, value in rows:
        person = people.setdefault(id_, PersonKeys(number, name, []))
        if value not in person.keys:
            person.keys.append(value)
    return list(people.values())


def means_another() -> Exists:
    """Return the condition that an identifier's value means something else too.

    A phone leaves such a code to the server, which asks for another label.
    """
    other = aliased(Identifier)
    is_same_thing = and_(
        func.coalesce(other.asset_id, 0) == func.coalesce(Identifier.asset_id, 0),
        func.coalesce(other.location_id, 0) == func.coalesce(Identifier.location_id, 0),
        func.coalesce(other.person_id, 0) == func.coalesce(Identifier.person_id, 0),
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
    """The audit that a scan page counts in."""

    id: int
    name: str
    is_counting: bool


def find_audit_line(session: Session, *, audit_id: int) -> AuditLine | None:
    """Return an audit's name and whether it counts, None if it does not exist."""
    row = session.execute(select(Audit.name, Audit.state).where(Audit.id == audit_id)).one_or_none()
    return AuditLine(audit_id, row.name, row.state is AuditState.COUNTING) if row else None


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
