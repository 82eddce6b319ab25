"""Where a carried reader was: by the room labels that it or its carrier scanned."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import and_, literal_column, not_, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Location, Scan
from scanner_app.sql.conditions import is_among_undone

# A room's label holds for a working day, unless another one is scanned.
HOLDS = timedelta(hours=12)
MAX_STEPS = 500


class ReaderTrail:
    """The places of one reader, each from a moment on."""

    def __init__(self, steps: Iterable[tuple[datetime, str]]) -> None:
        """Take (since, code of the place), in any order."""
        self._steps = sorted(steps)
        self._times = [at for at, _ in self._steps]

    def find(self, at: datetime) -> str | None:
        """Return the code of the place where the reader was, None if no label says it."""
        index = bisect_right(self._times, at) - 1
        if index < 0 or at - self._times[index] > HOLDS:
            return None
        return self._steps[index][1]


def list_steps(
    session: Session,
    *,
    reader_name: str,
    author: str | None,
    carrier_id: int | None,
    since: datetime,
    until: datetime,
) -> list[tuple[datetime, str]]:
    """Return (moment, code of the place) of the room labels that say where a reader was.

    Labels that were scanned with the reader itself, by the same token, and those that its carrier
    scanned with any device. A weak read of a room's tag does not count: it may be the next room.

    :param author: who posts for the reader, as the log names actors; None is anybody.
    """
    with_it = Scan.device == reader_name
    if author is not None:
        with_it = and_(with_it, Scan.actor == author)
    by_carrier = Scan.actor == f"user:{carrier_id}" if carrier_id is not None else None
    rows = session.execute(
        select(Scan.effective_at, Location.code)
        .join(Location, Location.id == Scan.location_id)
        .where(
            Scan.asset_id.is_(None),
            Scan.location_id.is_not(None),
            # Written as in the partial index: with a parameter the index is not used.
            Scan.outcome == literal_column("'noted'"),
            Scan.effective_at.between(since - HOLDS, until),
            with_it if by_carrier is None else or_(with_it, by_carrier),
            Scan.intent != Intent.VOID,
            not_(and_(Scan.source == "rfid", Scan.intent == Intent.LOOKUP)),
            ~is_among_undone(),
        )
        .order_by(Scan.effective_at.desc(), Scan.id.desc())
        .limit(MAX_STEPS)
    )
    return [(at, code) for at, code in rows]
