"""The expected list of an audit as a phone keeps it, to answer scans without a network."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import TagRules
from scanner_app.models import Asset, Category, Finding, Identifier, Location, Person
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.places import find_depth, lift_paths
from scanner_app.queries.scanning.codes import PLAIN
from scanner_app.queries.scanning.offline_lists import find_unsure, means_another


def load_expected(
    session: Session, audit_id: int, *, rules: TagRules, now: datetime
) -> dict[str, Any]:
    """Return the expected assets with every plain key that means them alone, and all places.

    Keys are compared as plain codes on the phone. A Snipe-IT id such as `12` must not be among
    them, and neither must a code that means two things: it is in `left`, since the server asks for
    another label then.
    A blind audit returns its places alone, because counters must not see the expected list; so
    does one whose second counts are open.
    """
    audit = get_audit(session, audit_id)
    is_blind = audit.is_blind or bool(audit.recounts)
    places = [
        {"code": code, "code_key": key, "name": name, "path": path}
        for code, key, name, path in session.execute(
            select(Location.code, Location.code_key, Location.name, Location.path)
            .where(Location.is_active)
            .order_by(Location.id)
        )
    ]
    answer: dict[str, Any] = {
        "audit": audit.id,
        "name": audit.name,
        "state": audit.state.value,
        "blind": is_blind,
        "places": places,
        "assets": [],
        "left": [],
    }
    if not is_blind:
        keys, answer["left"] = _load_keys(session, audit_id, rules=rules, now=now)
        answer["assets"] = _load_assets(session, audit_id, keys)
    return answer


def _load_keys(
    session: Session, audit_id: int, *, rules: TagRules, now: datetime
) -> tuple[dict[int, list[str]], list[str]]:
    """Return the plain keys that mean one asset of the list alone, by its id, and the others."""
    rows = session.execute(
        select(Identifier.asset_id, Identifier.value, means_another())
        .join(Finding, Finding.asset_id == Identifier.asset_id)
        .where(
            Finding.audit_id == audit_id,
            Identifier.ended_at.is_(None),
            Identifier.scheme.in_(PLAIN),
        )
    ).all()
    named = [("asset", id_ or 0, value) for id_, value, _ in rows]
    unsure = find_unsure(session, named, rules=rules, now=now)
    keys: dict[int, list[str]] = {}
    left: set[str] = set()
    for asset_id, value, is_double in rows:
        if is_double or value in unsure:
            left.add(value)
        else:
            keys.setdefault(asset_id or 0, []).append(value)
    return keys, sorted(left)


def _load_assets(
    session: Session, audit_id: int, keys: dict[int, list[str]]
) -> list[dict[str, Any]]:
    seen_place = aliased(Location)
    depth = find_depth(session, audit_id)
    rows = session.execute(
        select(
            Finding.asset_id,
            Finding.is_expected,
            Finding.state,
            Finding.seen_at,
            Asset.asset_tag,
            Asset.name,
            Category.name,
            Location.code,
            Location.name,
            Location.path,
            Person.name,
            seen_place.code,
        )
        .join(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(Location, Location.id == Finding.recorded_location_id)
        .outerjoin(Person, Person.id == Finding.recorded_custodian_id)
        .outerjoin(seen_place, seen_place.id == Finding.seen_location_id)
        .where(Finding.audit_id == audit_id)
        .order_by(Finding.id)
    ).all()
    # The phone compares by the start of the path, so it is told the path at the audit's depth.
    lifted = lift_paths(session, {row[9] for row in rows}, depth)
    return [
        {
            "keys": keys.get(asset_id or 0, []),
            "tag": tag,
            "name": name,
            "category": category,
            "expected": is_expected,
            "location": code,
            "location_name": place,
            "location_path": lifted[path],
            "custodian": person,
            "state": state.value,
            "seen_at": seen_at.isoformat() if seen_at else None,
            "seen_location": seen,
        }
        for (
            asset_id, is_expected, state, seen_at, tag, name, category, code, place, path, person,
            seen,
        ) in rows
    ]  # fmt: skip
