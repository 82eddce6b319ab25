"""Readers and read points set up and changed, and what their agents say of themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.custody import Intent
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from scanner_app.models import ApiToken, Audit, Reader, ReadPoint, User

# What a read can mean by itself: a tag names no custodian and undoes nothing.
READ_INTENTS = (Intent.SIGHTING, Intent.LOOKUP, Intent.MOVE, Intent.CHECK_IN)
# No clock is further off than this; a larger difference is no clock.
LARGEST_OFFSET = 100 * 365 * 86400.0


def find_posting_reader(session: Session, *, name: str, actor: Actor) -> Reader:
    """Give the reader that an agent posts for.

    :raises NotFound: no reader of that name is set up.
    :raises NotAllowed: the reader belongs to another token.
    :raises Conflict: the reader is switched off.
    """
    reader = session.scalar(select(Reader).where(Reader.name == name))
    if reader is None:
        raise NotFound(f"No reader is called {name!r}. Add it on the readers page.")
    check_token(reader, actor)
    if not reader.is_active:
        raise Conflict(f"Reader {name!r} is switched off.", code="reader_off")
    return reader


def check_token(reader: Reader, actor: Actor) -> None:
    """Let only the reader's own token post for it, where it has one.

    :raises NotAllowed: it is another's.
    """
    if reader.token_id is not None and actor.token_id != reader.token_id:
        raise NotAllowed(
            f"Reader {reader.name!r} takes posts of another token alone. Use that one, or choose "
            "this one on the reader's page.",
            code="reader_of_another_token",
        )


def measure_offset(sent_at: datetime | None, now: datetime) -> float | None:
    """Give by how many seconds a clock that said `sent_at` is ahead of ours; None if unknown."""
    if sent_at is None:
        return None
    offset = (sent_at - now).total_seconds()
    return offset if abs(offset) <= LARGEST_OFFSET else None


def note_heartbeat(
    session: Session,
    *,
    reader_name: str,
    heartbeat: dict[str, Any],
    now: datetime,
    sent_at: datetime | None = None,
    actor: Actor | None = None,
) -> None:
    """Keep what an agent says of itself.

    A reader heard for the first time is set up, switched on, with no read point: its reads are
    sightings without a place until somebody says where it looks.

    :param sent_at: what time it was there when it was sent.
    :param actor: whose token posts it; None is trusted.
    :raises NotAllowed: the reader belongs to another token.
    """
    reader = session.scalar(select(Reader).where(Reader.name == reader_name).with_for_update())
    if reader is None:
        reader = Reader(name=reader_name, created_at=now, heartbeat={})
        session.add(reader)
    elif actor is not None:
        check_token(reader, actor)
    reader.last_heartbeat_at = now
    reader.heartbeat = heartbeat
    if (offset := measure_offset(sent_at, now)) is not None:
        reader.clock_offset = offset


def add_reader(
    session: Session,
    *,
    name: str,
    kind: str,
    silent_after: int,
    now: datetime,
) -> Reader:
    """Set up a reader, switched on.

    :raises Conflict: the name is taken.
    """
    if session.scalar(select(Reader.id).where(Reader.name == name)) is not None:
        raise Conflict(f"There is a reader called {name!r} already. Open it in the list.")
    return set_reader(
        session, name=name, kind=kind, is_active=True, silent_after=silent_after, now=now
    )


def set_reader(
    session: Session,
    *,
    name: str,
    kind: str,
    is_active: bool,
    silent_after: int,
    now: datetime,
    token_id: int | None = None,
    carrier_id: int | None = None,
) -> Reader:
    """Add a reader, or change the one of that name.

    :param silent_after: seconds.
    :param token_id: the one token that may post for it; None lets any that may post reads.
    :param carrier_id: the user whose scans of room labels say where it is.
    :raises Invalid: there is no such token or user.
    """
    if token_id is not None and session.get(ApiToken, token_id) is None:
        raise Invalid("There is no such token.", errors={"token": ["Choose one of the list."]})
    if carrier_id is not None and session.get(User, carrier_id) is None:
        raise Invalid("There is no such user.", errors={"carrier": ["Choose one of the list."]})
    reader = session.scalar(select(Reader).where(Reader.name == name).with_for_update())
    if reader is None:
        reader = Reader(name=name, created_at=now, heartbeat={})
        session.add(reader)
    reader.kind = kind
    reader.is_active = is_active
    reader.silent_after_seconds = silent_after
    reader.token_id = token_id
    reader.carrier_id = carrier_id
    session.flush()  # its points are linked by id
    return reader


def set_read_point(
    session: Session,
    *,
    reader_id: int,
    antenna: int,
    location_id: int | None,
    intent: Intent,
    audit_id: int | None,
    rssi_floor: int | None = None,
) -> None:
    """Say where an antenna looks and what its reads mean; antenna 0 stands for all others.

    :param location_id: None for a reader that is carried: its reads take the place whose label
        was scanned last.
    :param rssi_floor: dBm; a weaker read is kept as a lookup without a place.
    :raises NotFound: no such reader or audit.
    :raises Invalid: reads cannot mean this.
    """
    if session.get(Reader, reader_id) is None:
        raise NotFound("There is no such reader.")
    if intent not in READ_INTENTS:
        raise Invalid("A read cannot mean this.", errors={"intent": ["Choose one of the list."]})
    if intent is Intent.MOVE and location_id is None:
        raise Invalid("A move needs a place.", errors={"place": ["Say where things are moved to."]})
    if audit_id is not None and session.get(Audit, audit_id) is None:
        raise NotFound("There is no such audit.")
    point = session.scalar(
        select(ReadPoint).where(ReadPoint.reader_id == reader_id, ReadPoint.antenna == antenna)
    )
    if point is None:
        point = ReadPoint(reader_id=reader_id, antenna=antenna)
        session.add(point)
    point.location_id = location_id
    point.intent = intent
    point.audit_id = audit_id
    point.rssi_floor = rssi_floor


def remove_read_point(session: Session, *, reader_id: int, antenna: int) -> None:
    """Take an antenna's read point away; antenna 0's stands for it from now on."""
    session.execute(
        delete(ReadPoint).where(ReadPoint.reader_id == reader_id, ReadPoint.antenna == antenna)
    )
