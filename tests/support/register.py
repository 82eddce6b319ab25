"""Builders for a small register: a site with rooms, people with badges, a few assets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Identifier, Location, Person
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets


def add_location(
    session: Session, code: str, name: str, *, parent: Location | None = None, now: datetime
) -> Location:
    place = Location(
        code=code,
        code_key=tag_key(code),
        name=name,
        parent_id=parent.id if parent else None,
        created_at=now,
        updated_at=now,
        full_name=f"{parent.full_name} / {name}" if parent else name,
    )
    session.add(place)
    session.flush()
    place.path = f"{parent.path if parent else '/'}{place.id}/"
    session.add(
        Identifier(
            scheme="location_code", value=tag_key(code), location_id=place.id, started_at=now
        )
    )
    session.flush()
    return place


def add_person(
    session: Session,
    number: str,
    name: str,
    *,
    badge: str | None = None,
    email: str | None = None,
    now: datetime,
) -> Person:
    person = Person(
        number=number,
        name=name,
        email=email,
        created_at=now,
        updated_at=now,
        search=name.casefold(),
    )
    session.add(person)
    session.flush()
    schemes = {"person_number": tag_key(number)}
    if badge:
        schemes["badge"] = tag_key(badge)
    if email:
        schemes["email"] = email.casefold()
    for scheme, value in schemes.items():
        session.add(Identifier(scheme=scheme, value=value, person_id=person.id, started_at=now))
    session.flush()
    return person


def add_asset(
    session: Session,
    tag: str,
    *,
    now: datetime,
    name: str = "Laptop",
    location: Location | None = None,
    home: Location | None = None,
    custodian: Person | None = None,
    status: Stage = Stage.IN_STOCK,
    identifiers: Sequence[tuple[str, str]] = (),
    serial: str | None = None,
    cost: int | None = None,
) -> int:
    fields = {
        "asset_tag": tag,
        "name": name,
        "status": status,
        "serial_number": serial,
        "location_id": location.id if location else None,
        "home_location_id": home.id if home else None,
        "custodian_id": custodian.id if custodian else None,
        "purchase_cost_cents": cost,
    }
    [asset_id] = create_assets(
        session,
        drafts=[AssetDraft(fields=fields, identifiers=identifiers)],
        kind=ChangeKind.CREATED,
        actor="test",
        now=now,
    )
    return asset_id
