"""Readers and read points: set up, changed, and what their agents report about themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from scanner_app.domain.scanning.intents import READ_INTENTS, Intent
from scanner_app.models import ApiToken, Audit, Reader, ReadPoint, User
from scanner_app.services.readers.contact import note_contact

# A difference above a hundred years is not a clock that is off.
MAX_OFFSET = 100 * 365 * 86400.0
# An agent posts for the devices of one machine. More are invented names.
MAX_READERS_OF_TOKEN = 32


def find_posting_reader(session: Session, *, name: str, actor: Actor) -> Reader:
    """Return the reader for which an agent posts.

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
    """Raise unless this token may post for the reader.

    :raises NotAllowed: the reader has a token, and this is another one.
    """
    if reader.token_id is not None and actor.token_id != reader.token_id:
        raise NotAllowed(
            f"Reader {reader.name!r} accepts posts only from another token. Use that token, or"
            " choose this one on the reader's page.",
            code="reader_of_another_token",
        )


def measure_offset(sent_at: datetime | None, now: datetime) -> float | None:
    """Return by how many seconds a clock that showed `sent_at` is ahead of ours, if known."""
    if sent_at is None:
        return None
    offset = (sent_at - now).total_seconds()
    return offset if abs(offset) <= MAX_OFFSET else None


def note_heartbeat(
    session: Session,
    *,
    reader_name: str,
    heartbeat: dict[str, Any],
    now: datetime,
    sent_at: datetime | None = None,
    actor: Actor | None = None,
) -> None:
    """Store what an agent reports about itself.

    A reader heard for the first time is set up, switched on, with no read point: its reads are
    sightings without a place until a read point says where it looks.

    :param sent_at: the agent's time when it sent this.
    :param actor: whose token posts it; None is trusted.
    :raises NotAllowed: the reader belongs to another token.
    :raises Conflict: this token has set up as many readers as it may.
    """
    reader = session.scalar(select(Reader).where(Reader.name == reader_name).with_for_update())
    if reader is None:
        token_id = None if actor is None else actor.token_id
        _check_number(session, token_id)
        # Bound to the token at once: no other may speak as this reader. An admin can bind it again.
        reader = Reader(name=reader_name, created_at=now, heartbeat={}, token_id=token_id)
        session.add(reader)
    elif actor is not None:
        check_token(reader, actor)
    note_contact(session, reader, now=now)
    reader.last_heartbeat_at = now
    reader.heartbeat = heartbeat
    if (offset := measure_offset(sent_at, now)) is not None:
        reader.clock_offset = offset


def _check_number(session: Session, token_id: int | None) -> None:
    if token_id is None:
        return
    held = session.scalar(
        select(func.count()).select_from(Reader).where(Reader.token_id == token_id)
    )
    if held is not None and held >= MAX_READERS_OF_TOKEN:
        raise Conflict(
            f"This token already posts for {MAX_READERS_OF_TOKEN} readers. Use another token, or"
            " set the reader up on the page of readers.",
            code="too_many_readers",
        )


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
        raise Conflict(f"There is already a reader called {name!r}. Open it in the list.")
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
    """Add a reader, or change the reader of that name.

    :param silent_after: seconds.
    :param token_id: the one token that may post for it; None allows any that may post reads.
    :param carrier_id: the user whose scans of room labels say where it is.
    :raises Invalid: the token or the user does not exist.
    """
    if token_id is not None and session.get(ApiToken, token_id) is None:
        raise Invalid("That token does not exist.", errors={"token": ["Choose one from the list."]})
    if carrier_id is not None and session.get(User, carrier_id) is None:
        raise Invalid(
            "That user does not exist.", errors={"carrier": ["Choose one from the list."]}
        )
    reader = session.scalar(select(Reader).where(Reader.name == name).with_for_update())
    if reader is None:
        reader = Reader(name=name, created_at=now, heartbeat={})
        session.add(reader)
    reader.kind = kind
    reader.is_active = is_active
    reader.silent_after_seconds = silent_after
    reader.token_id = token_id
    reader.carrier_id = carrier_id
    session.flush()  # its points need its id
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
    """Set where an antenna looks and what its reads mean. Antenna 0 means all other antennas.

    :param location_id: None for a carried reader: its reads use the location whose label was
        scanned last.
    :param rssi_floor: dBm; a weaker read is kept as a lookup without a location.
    :raises NotFound: the reader or the audit does not exist.
    :raises Invalid: reads cannot mean this.
    """
    if session.get(Reader, reader_id) is None:
        raise NotFound("That reader does not exist.")
    if intent not in READ_INTENTS:
        raise Invalid("A read cannot mean this.", errors={"intent": ["Choose one from the list."]})
    if intent is Intent.MOVE and location_id is None:
        raise Invalid(
            "A move needs a location.", errors={"place": ["Set where the assets are moved to."]}
        )
    if audit_id is not None and session.get(Audit, audit_id) is None:
        raise NotFound("That audit does not exist.")
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
    """Remove an antenna's read point; antenna 0's applies from now on."""
    session.execute(
        delete(ReadPoint).where(ReadPoint.reader_id == reader_id, ReadPoint.antenna == antenna)
    )
