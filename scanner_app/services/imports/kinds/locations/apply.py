"""Writes planned locations: new ones level by level in bulk, changed ones from the top down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports.kind import PLACES
from scanner_app.domain.imports.runs import RunNotes, Verdict
from scanner_app.domain.register.reserved import is_reserved
from scanner_app.models import Identifier, ImportRun, Location
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.register import locations
from scanner_app.services.register.codes import find_code_owners

# A location that others are inside, and one that none is.
OUTER_KIND, DEFAULT_KIND = "site", "room"


def add_locations(
    session: Session, wanted: Mapping[str, Sequence[str]], *, now: datetime
) -> dict[str, int]:
    """Add locations (code, name, parent) that a file names; return the id of each key.

    A parent is an id, the key of another of them, or blank.
    """
    ids: dict[str, int] = {}
    codes = _find_free_codes(session, wanted)
    around = {_parent_key(spec) for spec in wanted.values()}
    waiting = list(wanted)
    while waiting:
        ready = [k for k in waiting if (up := _parent_key(wanted[k])) in ids or up not in wanted]
        if not ready:
            raise register_moved_error("a parent location is gone")
        parents = {key: _id_of(_parent_key(wanted[key]), ids) for key in ready}
        above = _load(session, {id_ for id_ in parents.values() if id_ is not None})
        rows = []
        for key in ready:
            parent_id = parents[key]
            if parent_id is not None and parent_id not in above:
                raise register_moved_error("a parent location is gone")
            rows.append(
                _new_row(
                    code=codes[key],
                    name=wanted[key][1],
                    kind=OUTER_KIND if key in around else DEFAULT_KIND,
                    above=above[parent_id] if parent_id is not None else None,
                )
            )
        ids |= dict(zip(ready, _insert_level(session, rows, now=now), strict=True))
        waiting = [key for key in waiting if key not in ids]
    return ids


def _find_free_codes(session: Session, wanted: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a code for each location; one made from its name may be an asset's tag already."""
    codes = {key: spec[0] for key, spec in wanted.items()}
    used = find_code_owners(session, {tag_key(code) for code in codes.values()})
    for key, code in codes.items():
        number = 2
        while tag_key(codes[key]) in used or is_reserved(codes[key]):
            codes[key], number = f"{code}-P{number}", number + 1
            used |= find_code_owners(session, {tag_key(codes[key])})
    return codes


def _parent_key(spec: Sequence[str]) -> str:
    return spec[2] if len(spec) > 2 else ""  # noqa: PLR2004 - plans of older versions have no parent


def _id_of(parent: str, ids: Mapping[str, int]) -> int | None:
    return ids[parent] if parent in ids else int(parent.removeprefix("id:")) if parent else None


def apply_locations(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned locations.

    :raises Conflict: the tree was changed since the check.
    """
    missing = RunNotes.from_json(run.headers).to_make.get(PLACES.name, {})
    made = add_locations(session, missing, now=now)
    ids: dict[str, int] = {f"new:{key}": id_ for key, id_ in made.items()}
    done = _create(session, stream_planned(session, run.id, Verdict.CREATED), ids, now, progress)
    chunks = stream_planned(session, run.id, Verdict.CHANGED)
    changed = [row for chunk in chunks for row in chunk]
    _refuse_moved(session, changed)
    for row in sorted(changed, key=_depths(session, changed, ids)):
        detail = row.detail
        planned = detail["values"]
        values = {name: planned[name] for name in ("name", "kind") if name in planned}
        place = session.get_one(Location, detail["id"])
        parent_id = _parent_of(row, ids)
        if parent_id is not None:
            values["parent"] = session.get_one(Location, parent_id).code
        locations.edit_location(session, code=place.code, values=values, now=now)
        done += 1
        progress(done)


def _parent_of(row: Row[Any], ids: Mapping[str, int]) -> int | None:
    reference = row.detail.get("refs", {}).get("parent_id")
    return ids[reference] if reference is not None else row.detail["values"].get("parent_id")


def _create(
    session: Session,
    chunks: Iterable[Sequence[Row[Any]]],
    ids: dict[str, int],
    now: datetime,
    progress: Progress,
) -> int:
    """Insert new locations, parents first, and return how many; `ids` gains the id of each key."""
    waiting = [row for chunk in chunks for row in chunk]
    done = 0
    while waiting:
        ready = [
            row
            for row in waiting
            if (parent := row.detail.get("refs", {}).get("parent_id")) is None or parent in ids
        ]
        if not ready:
            raise register_moved_error("a parent location is gone")
        parents = {id_ for row in ready if (id_ := _parent_of(row, ids)) is not None}
        above = _load(session, parents)
        rows = []
        for row in ready:
            parent_id = _parent_of(row, ids)
            if parent_id is not None and parent_id not in above:
                raise register_moved_error("a parent location is gone")
            values = row.detail["values"]
            rows.append(
                _new_row(
                    code=values["code"],
                    name=values.get("name") or values["code"],
                    kind=values["kind"],
                    above=above[parent_id] if parent_id is not None else None,
                )
            )
        for new, id_ in zip(rows, _insert_level(session, rows, now=now), strict=True):
            ids[new["code_key"]] = id_
        done += len(ready)
        progress(done)
        taken = {row.row_number for row in ready}
        waiting = [row for row in waiting if row.row_number not in taken]
    return done


def _load(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for chunk in queries.chunks(ids):
        query = select(Location.id, Location.path, Location.full_name)
        found |= {row.id: row for row in session.execute(query.where(Location.id.in_(chunk)))}
    return found


def _new_row(*, code: str, name: str, kind: str, above: Any | None) -> dict[str, Any]:
    return {
        "code": code,
        "code_key": tag_key(code),
        "name": name,
        "kind": kind,
        "parent_id": above.id if above is not None else None,
        "full_name": f"{above.full_name} / {name}" if above is not None else name,
        "path": above.path if above is not None else "/",
    }


def _insert_level(session: Session, rows: list[dict[str, Any]], *, now: datetime) -> list[int]:
    """Insert locations whose parents exist, and return their ids.

    A path ends in the location's own id, so it is written after the id is known.
    """
    if not rows:
        return []
    ids = list(
        session.scalars(
            insert(Location).returning(Location.id, sort_by_parameter_order=True),
            [{**row, "is_active": True, "created_at": now, "updated_at": now} for row in rows],
            # Without this, SQLAlchemy starts a new statement at each change between NULL and text.
            execution_options={"render_nulls": True},
        )
    )
    session.connection().execute(
        update(Location).where(Location.id == bindparam("the_id")).values(path=bindparam("p")),
        [{"the_id": id_, "p": f"{row['path']}{id_}/"} for id_, row in zip(ids, rows, strict=True)],
    )
    session.execute(
        insert(Identifier),
        [
            {
                "scheme": "location_code",
                "value": row["code_key"],
                "location_id": id_,
                "started_at": now,
            }
            for id_, row in zip(ids, rows, strict=True)
        ],
    )
    session.expire_all()  # its objects do not know the rows that were written in bulk
    return ids


def _refuse_moved(session: Session, rows: Sequence[Row[Any]]) -> None:
    current = {place.id: place for place in queries.all_places(session)}
    for row in rows:
        place = current.get(row.detail["id"])
        if place is None or any(
            getattr(place, name) != value for name, value in row.detail["was"].items()
        ):
            raise register_moved_error(f"{row.label} was changed")


def _depths(
    session: Session, rows: Sequence[Row[Any]], ids: Mapping[str, int]
) -> Callable[[Row[Any]], int]:
    """Return a function for the depth that a changed location will have.

    Moves are written from the top down. In another order, a move could seem to put a location
    inside itself, only because a later move was not written yet.
    """
    parents: dict[int, int | None] = {row.id: row.parent_id for row in queries.all_places(session)}
    for row in rows:
        parent_id = _parent_of(row, ids)
        if parent_id is not None:
            parents[row.detail["id"]] = parent_id

    def depth(row: Row[Any]) -> int:
        steps, at = 0, parents.get(row.detail["id"])
        while at is not None and steps <= len(parents):
            steps, at = steps + 1, parents.get(at)
        return steps

    return depth
