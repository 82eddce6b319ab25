"""Writes planned people: new ones in bulk, changed ones one by one, as the edit page does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import canonical_value
from scanner_app.domain.imports.runs import Verdict
from scanner_app.models import Identifier, ImportRun, Person
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.register import people
from scanner_app.services.register.codes import Code


def add_people(
    session: Session, wanted: Mapping[str, Sequence[str]], *, now: datetime
) -> dict[str, int]:
    """Add people (number, e-mail, username, name) that a file names; return the id of each key."""
    keys = list(wanted)
    values = [
        dict(zip(("number", "email", "username", "name"), wanted[key], strict=True)) for key in keys
    ]
    return dict(zip(keys, _insert(session, values, [()] * len(keys), now=now), strict=True))


def apply_people(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned people.

    :raises Conflict: a person was changed since the check.
    """
    done = 0
    for chunk in stream_planned(session, run.id, Verdict.CREATED):
        _insert(
            session,
            [row.detail["values"] for row in chunk],
            [[tuple(code) for code in row.detail.get("identifiers", ())] for row in chunk],
            now=now,
        )
        done += len(chunk)
        progress(done)
    for chunk in stream_planned(session, run.id, Verdict.CHANGED):
        _refuse_moved(session, chunk)
        held = queries.open_identifiers(session, person_ids=[row.detail["id"] for row in chunk])
        for row in chunk:
            values = dict(row.detail["values"])
            badges = [value for _scheme, value in row.detail.get("identifiers", ())]
            if badges:
                old = sorted(v for s, v in held.get(row.detail["id"], ()) if s == "badge")
                values["badges"] = [*old, *badges]
            people.edit_person(session, ref=f"~{row.detail['id']}", values=values, now=now)
        done += len(chunk)
        progress(done)


def _insert(
    session: Session,
    values: Sequence[Mapping[str, Any]],
    badges: Sequence[Sequence[Code]],
    *,
    now: datetime,
) -> list[int]:
    if not values:
        return []
    rows = [{name: item.get(name) or None for name in people.FIELDS} for item in values]
    ids = list(
        session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [
                {
                    **row,
                    "is_active": True,
                    "search": " ".join(text for text in row.values() if text).casefold(),
                    "created_at": now,
                    "updated_at": now,
                }
                for row in rows
            ],
            # Without this, SQLAlchemy starts a new statement at each change between NULL and text.
            execution_options={"render_nulls": True},
        )
    )
    codes = [
        {"scheme": scheme, "value": value, "person_id": id_, "started_at": now}
        for id_, row, more in zip(ids, rows, badges, strict=True)
        for scheme, value in (*_own_codes(row), *more)
    ]
    if codes:
        session.execute(insert(Identifier), codes)
    return ids


def _own_codes(row: Mapping[str, str | None]) -> list[Code]:
    return [
        (scheme, canonical_value(scheme, text))
        for name, scheme in people.SCHEME_OF.items()
        if (text := row[name])
    ]


def _refuse_moved(session: Session, chunk: Sequence[Row[Any]]) -> None:
    ids = [row.detail["id"] for row in chunk]
    current = {
        person.id: person
        for person in session.scalars(
            select(Person)
            .where(Person.id.in_(ids))
            .order_by(Person.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for row in chunk:
        person = current.get(row.detail["id"])
        if person is None or any(
            (getattr(person, name) or "") != value for name, value in row.detail["was"].items()
        ):
            raise register_moved_error(f"{row.label} was changed")
