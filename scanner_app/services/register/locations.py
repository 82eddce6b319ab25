"""The tree of locations: created, renamed and moved, with path and full name of all inside.

`path` holds the ids from the root (`/1/5/`), so that "inside" is one prefix test; `full_name` holds
the names. Both are derived values that only this module writes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.coordinates import LIMITS, read_point
from scanner_app.models import Identifier, Location
from scanner_app.queries.register.locations import find_location_id
from scanner_app.services.register.codes import (
    Code,
    clean_codes,
    find_code_owners,
    refuse_secrets,
    refuse_used_codes,
    set_codes,
)

MAX_CODE = 64
MAX_NAME = 200
MAX_KIND = 40
MAX_DEPTH = 30
SCHEMES = frozenset({"gln", "alias", "epc", "tid"})


def make_code(session: Session, name: str) -> str:
    """Return a location's code made from its name: `ROOM-204` for `Room 204`, else `ROOM-204-2`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")[: MAX_CODE - 8].strip("-")
    if not stem:  # the name has no Latin letter or digit
        stem = "LOC-" + hashlib.sha256(name.encode()).hexdigest()[:6].upper()
    alike = select(Location.code_key).where(Location.code_key.startswith(stem))
    taken = set(session.scalars(alike))
    code, number = stem, 2
    while tag_key(code) in taken or find_code_owners(session, [tag_key(code)]):
        code, number = f"{stem}-{number}", number + 1
    return code


def create_location(
    session: Session,
    *,
    name: str,
    code: str | None = None,
    kind: str | None = None,
    parent: str | None = None,
    identifiers: Sequence[Code] = (),
    latitude: Any = None,
    longitude: Any = None,
    now: datetime,
) -> int:
    """Create a location and return its id.

    :param parent: the code of the location that it is inside.
    :param latitude, longitude: where on the earth it is, in degrees: both or none.
    :raises Invalid: a name, code, parent or coordinate cannot be used.
    :raises Conflict: one of the codes already means something.
    """
    given = {"name": name, "code": code, "kind": kind, "parent": parent, "identifiers": identifiers}
    refuse_secrets(given)
    name = read_name(name)
    code = read_code_text(code) if code else make_code(session, name)
    point = read_point(latitude, longitude) or (None, None)
    above = _lock_parent(session, parent) if parent else None
    if find_location_id(session, code) is not None:
        raise _taken(code)
    own_code = [("location_code", tag_key(code))]
    refuse_used_codes(session, own_code, kind="location", own_id=None)
    place = Location(
        code=code,
        code_key=tag_key(code),
        name=name,
        kind=read_kind(kind),
        parent_id=above.id if above else None,
        full_name=f"{above.full_name} / {name}" if above else name,
        latitude=point[0],
        longitude=point[1],
        created_at=now,
        updated_at=now,
    )
    session.add(place)
    session.flush()  # the path contains the id
    place.path = f"{above.path if above else '/'}{place.id}/"
    _check_depth(place.path)
    session.flush()  # the codes are written without the session's objects
    wanted = [("location_code", tag_key(code)), *clean_codes(identifiers, SCHEMES)]
    set_codes(session, Identifier.location_id, place.id, wanted=wanted, now=now)
    return place.id


def edit_location(session: Session, *, code: str, values: Mapping[str, Any], now: datetime) -> int:
    """Change a location and return its id.

    :param values: any of `name`, `code`, `kind`, `parent` (a code, or None for the root),
        `is_active`, `latitude` and `longitude` (both or none), and `identifiers` (all further
        codes, replacing those it has).
    :raises NotFound: no location has this code.
    :raises Invalid: a value cannot be used, or the location would be inside itself.
    :raises Conflict: a code already means something else.
    """
    refuse_secrets(values)
    place_id = find_location_id(session, code)
    if place_id is None:
        raise NotFound(f"No location has the code {code[:MAX_CODE]!r}.")
    place, above = _lock_with_parent(session, place_id, values)
    before = (place.name, place.parent_id)
    if "name" in values:
        place.name = read_name(values["name"])
    if "kind" in values:
        place.kind = read_kind(values["kind"])
    if values.get("is_active") is not None:
        place.is_active = values["is_active"]
    if LIMITS.keys() & values.keys():
        point = read_point(*(values.get(name, getattr(place, name)) for name in LIMITS))
        place.latitude, place.longitude = point or (None, None)
    if "code" in values:
        _recode(session, place, read_code_text(values["code"]))
    place.parent_id = above.id if above else None
    if before != (place.name, place.parent_id):
        _replant(session, place, above)
    if session.is_modified(place):
        place.updated_at = now
    session.flush()  # a code that is in use fails here, and not at some later select
    wanted = [("location_code", place.code_key)]
    kept = None
    if "identifiers" in values:
        wanted += clean_codes(values["identifiers"], SCHEMES)
    else:
        kept = SCHEMES
    set_codes(session, Identifier.location_id, place.id, wanted=wanted, kept=kept, now=now)
    return place.id


def read_name(text: Any) -> str:
    """Return a location's name as it is stored.

    :raises Invalid: it cannot be a name; the message says why.
    """
    name = " ".join(text.split()) if isinstance(text, str) else ""
    if not name or len(name) > MAX_NAME:
        problem = "Give the location a name." if not name else f"Use at most {MAX_NAME} characters."
        raise Invalid(f"The name cannot be used. {problem}", errors={"name": [problem]})
    return name


def read_kind(text: Any) -> str:
    """Return a location's kind as it is stored; `room` if none is given."""
    kind = " ".join(text.split()).lower() if isinstance(text, str) else ""
    if len(kind) > MAX_KIND:
        problem = f"Use at most {MAX_KIND} characters."
        raise Invalid(f"The kind cannot be used. {problem}", errors={"kind": [problem]})
    return kind or "room"


def read_code_text(text: Any) -> str:
    """Return a location's code as it is stored.

    :raises Invalid: it cannot be a code; the message says why.
    """
    code = text.strip() if isinstance(text, str) else ""
    problem = None
    if not code:
        problem = "Give the location a code."
    elif len(code) > MAX_CODE:
        problem = f"Use at most {MAX_CODE} characters."
    elif not code.isprintable() or not any(char.isalnum() for char in code):
        problem = "Use letters and digits, and no invisible characters."
    if problem:
        raise Invalid(f"The code cannot be used. {problem}", errors={"code": [problem]})
    return code


def _taken(code: str) -> Conflict:
    return Conflict(f"The code {code} is already taken. Choose another.", code="code_taken")


def _recode(session: Session, place: Location, code: str) -> None:
    other = find_location_id(session, code)
    if other is not None and other != place.id:
        raise _taken(code)
    place.code = code
    place.code_key = tag_key(code)


def _lock_parent(session: Session, code: str) -> Location:
    """Return the parent.

    It and all locations around it are locked, so that the tree cannot change meanwhile.
    """
    parent_id = find_location_id(session, code)
    if parent_id is None:
        raise Invalid(
            f"No location has the code {code[:MAX_CODE]!r}.",
            errors={"parent": ["No location has this code."]},
        )
    return _lock(session, [parent_id])[parent_id]


def _lock_with_parent(
    session: Session, place_id: int, values: Mapping[str, Any]
) -> tuple[Location, Location | None]:
    if "parent" not in values:
        place = _lock(session, [place_id])[place_id]
        above = session.get(Location, place.parent_id) if place.parent_id is not None else None
        return place, above
    if values["parent"] is None:
        return _lock(session, [place_id])[place_id], None
    parent_id = find_location_id(session, values["parent"])
    if parent_id is None:
        raise Invalid(
            f"No location has the code {values['parent'][:MAX_CODE]!r}.",
            errors={"parent": ["No location has this code."]},
        )
    locked = _lock(session, [place_id, parent_id])
    place, above = locked[place_id], locked[parent_id]
    if above.path.startswith(place.path):
        problem = f"{above.name} is {'the location itself' if above is place else 'inside it'}."
        raise Invalid(
            f"{place.name} cannot be moved there: {problem}", errors={"parent": [problem]}
        )
    return place, above


def _lock(session: Session, ids: Sequence[int]) -> dict[int, Location]:
    """Lock locations and all around them in the order of their ids, and read them again.

    Two moves that together would make a circle have a location in common in these chains. So the
    second one waits, and then sees what the first one did.
    """
    chain: set[int] = set(ids)
    for path in session.scalars(select(Location.path).where(Location.id.in_(ids))):
        chain |= {int(id_) for id_ in path.strip("/").split("/") if id_}
    rows = session.scalars(
        select(Location)
        .where(Location.id.in_(sorted(chain)))
        .order_by(Location.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {place.id: place for place in rows}


def _replant(session: Session, place: Location, above: Location | None) -> None:
    """Write path and full name of a location that was renamed or moved, and of all inside it."""
    old_path, old_name = place.path, place.full_name
    place.path = f"{above.path if above else '/'}{place.id}/"
    place.full_name = f"{above.full_name} / {place.name}" if above else place.name
    session.flush()  # the rest of the subtree is written without the session's objects
    rows = session.execute(
        select(Location.id, Location.path, Location.full_name)
        .where(Location.path.startswith(old_path), Location.id != place.id)
        .order_by(Location.id)
        .with_for_update()
    ).all()
    changes = []
    for id_, path, full_name in rows:
        new_path = place.path + path.removeprefix(old_path)
        _check_depth(new_path)
        new_name = place.full_name + full_name.removeprefix(old_name)
        changes.append({"the_id": id_, "new_path": new_path, "new_name": new_name})
    _check_depth(place.path)
    if changes:
        session.connection().execute(
            update(Location)
            .where(Location.id == bindparam("the_id"))
            .values(path=bindparam("new_path"), full_name=bindparam("new_name")),
            changes,
        )
        for held in list(session.identity_map.values()):
            if isinstance(held, Location) and held is not place:
                session.expire(held)


def _check_depth(path: str) -> None:
    if path.count("/") - 1 > MAX_DEPTH:
        problem = f"Locations can be at most {MAX_DEPTH} levels deep."
        raise Invalid(problem, errors={"parent": [problem]})
