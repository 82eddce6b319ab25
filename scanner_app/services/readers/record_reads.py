"""A batch of a reader's reads, recorded through the one door for scans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.readers.new_read import NewRead
from scanner_app.domain.scanning.answer import Answer
from scanner_app.models import Reader
from scanner_app.services.readers.contact import note_contact
from scanner_app.services.readers.flood import fold_flood
from scanner_app.services.readers.read_to_scan import ScanMaker
from scanner_app.services.readers.setup import find_posting_reader, measure_offset
from scanner_app.services.scanning.record import record_scans

# If a reader's clock is off by more than this, we correct its times. Smaller differences may just
# be network delay.
MAX_CLOCK_ERROR = timedelta(seconds=60)


def record_reads(
    session: Session,
    *,
    reader_name: str,
    reads: Sequence[NewRead],
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
    sent_at: datetime | None = None,
) -> list[Answer]:
    """Record reads and return their answers in order.

    :param sent_at: what time it was at the reader when it posted.
    :raises NotFound: no reader of that name is set up.
    :raises NotAllowed: the reader belongs to another token.
    :raises Conflict: the reader is switched off.
    """
    reader = find_posting_reader(session, name=reader_name, actor=actor)
    if not reads:
        return []
    offset = measure_offset(sent_at, now)
    heads, folds = fold_flood(reads)
    kept = [read for read, head in zip(reads, heads, strict=True) if head is None]
    maker = ScanMaker(session, reader, kept, actor, rules, ahead=_wrong_by(offset))
    scans = [maker.make(read, folds.get(read.read_id)) for read in kept]
    answers = record_scans(session, scans=scans, actor=actor, now=now, skew=skew, rules=rules)
    note_contact(session, reader, now=now)
    noted: dict[str, Any] = {"last_read_at": now}
    noted |= {} if offset is None else {"clock_offset": offset}
    session.execute(update(Reader).where(Reader.id == reader.id).values(noted))
    return _spread(reads, heads, answers)


def _wrong_by(offset: float | None) -> timedelta:
    """Return by how much the reader's times are set back: zero if its clock is good enough."""
    ahead = timedelta(seconds=offset or 0.0)
    return ahead if abs(ahead) > MAX_CLOCK_ERROR else timedelta()


def _spread(
    reads: Sequence[NewRead], heads: Sequence[UUID | None], answers: Sequence[Answer]
) -> list[Answer]:
    """Return one answer for each read: a folded read gets that of the one that stands for it."""
    following = iter(answers)
    by_id: dict[UUID, Answer] = {}
    spread: list[Answer] = []
    for read, head in zip(reads, heads, strict=True):
        if head is None:
            answer = next(following)
            by_id.setdefault(read.read_id, answer)
        else:
            answer = msgspec.structs.replace(by_id[head], scan_id=str(read.read_id))
        spread.append(answer)
    return spread
