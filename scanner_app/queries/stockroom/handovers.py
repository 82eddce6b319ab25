"""Selects over hand-overs: one by its id or number, and the list."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.stockroom.handovers import (
    HandoverEventKind,
    HandoverKind,
    HandoverState,
    Mode,
    state_of,
)
from scanner_app.models import Handover, HandoverEvent, HandoverLink, Person


@dataclass(frozen=True, slots=True)
class EventRow:
    kind: HandoverEventKind
    at: datetime
    actor_name: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One hand-over with its events; what it holds is in `text`, as it was sealed."""

    id: int
    handover_id: UUID
    number: str
    kind: HandoverKind
    mode: Mode
    clerk: str
    actor: str
    at: datetime
    recorded_at: datetime
    text: str
    sha256: str
    key_id: str
    person_id: int | None
    events: tuple[EventRow, ...] = ()

    @property
    def state(self) -> HandoverState:
        return state_of(event.kind for event in self.events)

    @property
    def body(self) -> dict[str, Any]:
        """Return the document, without its seal and the hashes of its parts."""
        body: dict[str, Any] = json.loads(self.text)
        for name in ("seal", "parts"):
            body.pop(name, None)
        for name in ("lines", "terms"):
            items = body.get(name, [])
            body[name] = [{k: v for k, v in one.items() if k != "digest"} for one in items]
        return body

    @property
    def answer(self) -> EventRow | None:
        """Return what the person answered by link, if they did."""
        given = [one for one in self.events if one.detail.get("how") == "link"]
        return given[-1] if given else None


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Handover.id,
        Handover.handover_id,
        Handover.number,
        Handover.kind,
        Handover.mode,
        Handover.clerk,
        Handover.actor,
        Handover.at,
        Handover.recorded_at,
        Handover.body,
        Handover.body_sha256,
        Handover.key_id,
        Handover.person_id,
    )


def get_handover(session: Session, handover_id: UUID) -> HandoverRow:
    """Return one hand-over by its id.

    :raises NotFound: none was recorded with this id.
    """
    return _one(session, _select().where(Handover.handover_id == handover_id))


def get_handover_by_number(session: Session, number: str) -> HandoverRow:
    """Return one hand-over by its number, such as H-2026-000123.

    :raises NotFound: no hand-over has this number.
    """
    return _one(session, _select().where(Handover.number == number.strip().upper()[:64]))


def get_handover_by_row(session: Session, row_id: int) -> HandoverRow:
    """Return one hand-over by the id of its row."""
    return _one(session, _select().where(Handover.id == row_id))


def _one(session: Session, statement: Select[*tuple[Any, ...]]) -> HandoverRow:
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("No hand-over has this number.")
    return _complete(session, [row])[0]


def list_handovers(
    session: Session,
    *,
    person: int | None = None,
    waiting_at: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[HandoverRow]:
    """Return hand-overs, newest first.

    :param person: the id of the person who got or brought the things.
    :param waiting_at: only those whose person has a link to accept them that is open then.
    """
    statement = _select().order_by(Handover.id.desc()).limit(limit)
    if person is not None:
        statement = statement.where(Handover.person_id == person)
    if waiting_at is not None:
        statement = statement.where(Handover.id.in_(select_waiting(waiting_at)))
    if before_id is not None:
        statement = statement.where(Handover.id < before_id)
    return _complete(session, session.execute(statement).all())


def select_waiting(at: datetime) -> Select[int]:
    """Return a select of the ids of hand-overs that wait for their person to accept them."""
    return select(HandoverLink.handover_id).where(
        HandoverLink.ended_at.is_(None), HandoverLink.expires_at > at
    )


def _complete(session: Session, rows: Sequence[Any]) -> list[HandoverRow]:
    events = _load_events(session, [row.id for row in rows])
    return [replace(HandoverRow(*row), events=tuple(events[row.id])) for row in rows]


def _load_events(session: Session, ids: Collection[int]) -> Mapping[int, list[EventRow]]:
    found: dict[int, list[EventRow]] = defaultdict(list)
    if not ids:
        return found
    rows = session.execute(
        select(
            HandoverEvent.handover_id,
            HandoverEvent.kind,
            HandoverEvent.at,
            HandoverEvent.actor_name,
            HandoverEvent.detail,
        )
        .where(HandoverEvent.handover_id.in_(ids))
        .order_by(HandoverEvent.id)
    )
    for id_, kind, at, actor_name, detail in rows:
        found[id_].append(EventRow(kind, at, actor_name, detail))
    return found


def find_person(session: Session, person_id: int | None) -> tuple[str, str] | None:
    """Return the address part and the name of a person of today's register."""
    if person_id is None:
        return None
    row = session.execute(
        select(Person.number, Person.name).where(Person.id == person_id)
    ).one_or_none()
    return (row.number or f"~{person_id}", row.name) if row else None
