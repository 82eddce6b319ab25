"""What a code means: its identifier, and the asset, location or person behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import Reading, TagRules, is_secret, read_code
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME
from scanner_app.models import Asset, Kit, Location, Person
from scanner_app.queries.lifecycle.task_cards import load_task_cards
from scanner_app.queries.scanning.codes import CodeIndex, Meaning, values_of
from scanner_app.queries.stock.items import load_cards


def describe_code(
    session: Session, *, code: str, symbology: str | None, rules: TagRules, at: datetime
) -> dict[str, Any]:
    """Return what a code means, in the form of GET /identify."""
    return describe_readings(
        session, readings=[read_code(code, symbology=symbology, rules=rules)], at=at
    )[0]


def describe_readings(
    session: Session, *, readings: list[Reading], at: datetime
) -> list[dict[str, Any]]:
    """Return what each reading means, with one select for all."""
    register = CodeIndex(
        session.connection(), {value for reading in readings for value in values_of(reading)}
    )
    meanings = [register.find(reading, at=at) for reading in readings]
    things = load_things(
        session,
        {(m.kind, m.id) for m in meanings if m.id is not None}
        | {option for m in meanings for option in m.options},
    )
    return [
        _describe(reading, meaning, things)
        for reading, meaning in zip(readings, meanings, strict=True)
    ]


def _describe(
    reading: Reading, meaning: Meaning, things: dict[tuple[str, int], dict[str, Any]]
) -> dict[str, Any]:
    identifier = meaning.identifier or (reading.candidates[0] if reading.candidates else None)
    answer: dict[str, Any] = {
        "identifier": (
            {"scheme": identifier.scheme, "value": identifier.value} if identifier else None
        ),
        "kind": meaning.kind,
        "asset": None,
        "location": None,
        "person": None,
        "options": [things[option] for option in meaning.options if option in things],
        "text": "" if is_secret(reading.raw) else reading.text,
        "problem": reading.problem,
    }
    if meaning.kind == "stock_item":
        thing = things[meaning.kind, meaning.id or 0]
        answer["kind"] = thing["kind"]
        answer["stock_item"] = {**thing, "quantity": meaning.quantity}
    elif meaning.kind == "kit":
        answer["kit"] = things[meaning.kind, meaning.id or 0]
    elif meaning.kind == CODE_SCHEME:
        answer["task"] = things.get((meaning.kind, meaning.id or 0))
    elif meaning.id is not None:
        answer[meaning.kind] = things.get((meaning.kind, meaning.id))
    return answer


def load_things(
    session: Session, wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Return name and location of each asset, location, person, stock item and kit."""
    things: dict[tuple[str, int], dict[str, Any]] = {}
    kinds = ("asset", "location", "person", "stock_item", "kit", CODE_SCHEME)
    ids: dict[str, list[int]] = {kind: [] for kind in kinds}
    for kind, id_ in wanted:
        if kind in ids:
            ids[kind].append(id_)
    if ids["asset"]:
        rows = session.execute(
            select(
                Asset.id,
                Asset.asset_tag,
                Asset.name,
                Asset.status,
                Location.code,
                Location.name,
                Person.number,
                Person.name,
            )
            .outerjoin(Location, Location.id == Asset.location_id)
            .outerjoin(Person, Person.id == Asset.custodian_id)
            .where(Asset.id.in_(ids["asset"]))
        )
        for id_, tag, name, status, code, place, number, person in rows:
            things["asset", id_] = {
                "kind": "asset",
                "asset_tag": tag,
                "name": name,
                "status": status.value,
                "location": code,
                "location_name": place,
                "custodian": number or person,
            }
    if ids["location"]:
        places = select(Location.id, Location.code, Location.name)
        for id_, code, name in session.execute(places.where(Location.id.in_(ids["location"]))):
            things["location", id_] = {"kind": "location", "code": code, "name": name}
    if ids["person"]:
        people = select(Person.id, Person.number, Person.name)
        for id_, number, name in session.execute(people.where(Person.id.in_(ids["person"]))):
            things["person", id_] = {"kind": "person", "number": number, "name": name}
    if ids["kit"]:
        kits = select(Kit.id, Kit.tag, Kit.name)
        for id_, tag, name in session.execute(kits.where(Kit.id.in_(ids["kit"]))):
            things["kit", id_] = {"kind": "kit", "code": tag, "name": name}
    more = _load_tasks(session, ids[CODE_SCHEME])
    return things | _load_stock(session, ids["stock_item"]) | more


def _load_tasks(session: Session, ids: list[int]) -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (CODE_SCHEME, id_): {
            "kind": card.kind,
            "name": card.title,
            "number": card.number,
            "status": card.state,
        }
        for id_, card in load_task_cards(session, ids).items()
    }


def _load_stock(session: Session, ids: list[int]) -> dict[tuple[str, int], dict[str, Any]]:
    if not ids:
        return {}
    return {
        ("stock_item", card.id): {
            "kind": card.stock_class.value,
            "code": card.code,
            "name": card.name,
        }
        for card in load_cards(session, ids).values()
    }
