"""Take checkpoints of the log outside: to a time stamp authority, and to an address.

Nothing waits for it: sealing and scanning know nothing of it, and what fails is tried again.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.seals.witnesses import Way
from scanner_app.edge.state import current_settings
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

if TYPE_CHECKING:  # a worker with nothing to take outside holds none of this
    from scanner_app.queries.seals.witnesses import Waiting

log = logging.getLogger(__name__)

AT_ONCE = 50
NONCE_BITS = 64
QUERY = "application/timestamp-query"
NOTE = "text/plain; charset=utf-8"


@handles(JobKind.WITNESS)
def take_outside(_row_id: int, now: datetime) -> None:
    """Take the checkpoints that wait to where the settings say, oldest first."""
    settings = current_settings()
    for way, url, take in (
        (Way.STAMP, settings.timestamp_url, _stamp),
        (Way.HOOK, settings.checkpoint_hook, _send),
    ):
        if url:
            _take_all(way, url, take, now)


Taken = tuple[bytes | None, datetime | None]


def _take_all(way: Way, url: str, take: Callable[[str, bytes], Taken], now: datetime) -> None:
    from scanner_app.queries.seals.witnesses import list_due
    from scanner_app.services.seals.witness import note_new

    transact(lambda session: note_new(session, way, now=now))
    with reading() as session:
        due = list_due(session, way, now=now, limit=AT_ONCE)
    for one in due:
        if not _take_one(way, url, take, one, now):
            return


def _take_one(
    way: Way, url: str, take: Callable[[str, bytes], Taken], one: Waiting, now: datetime
) -> bool:
    """Take one checkpoint outside, and return whether it arrived."""
    from scanner_app.domain.seals.timestamps import BadStamp
    from scanner_app.services.seals.witness import note_arrived, note_failed
    from scanner_app.storage.authority import NoAnswer

    try:
        answer, stated_at = take(url, one.note.encode())
    except (NoAnswer, BadStamp) as error:
        reason = str(error)
        log.warning("log: checkpoint %s %s by %s: %s", one.tree.value, one.size, way.value, reason)
        transact(
            lambda session: note_failed(session, way, one.tree, one.size, reason=reason, now=now)
        )
        return False
    transact(
        lambda session: note_arrived(
            session, way, one.tree, one.size, now=now, answer=answer, stated_at=stated_at
        )
    )
    return True


def _stamp(url: str, note: bytes) -> Taken:
    """Return the answer of a time stamp authority for a checkpoint, and the time that it states."""
    from scanner_app.domain.seals.timestamps import read_answer, write_request
    from scanner_app.storage.authority import ask

    digest, nonce = hashlib.sha256(note).digest(), secrets.randbits(NONCE_BITS)
    answer = ask(url, body=write_request(digest, nonce), kind=QUERY)
    return answer, read_answer(answer, digest, nonce)


def _send(url: str, note: bytes) -> Taken:
    from scanner_app.storage.authority import ask

    ask(url, body=note, kind=NOTE)
    return None, None
