"""What would become of scans if they were recorded now. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.queries.scanning.server_clock import read_clock
from scanner_app.services.scanning.judge import Exit, judge
from scanner_app.services.scanning.resolve import lock_world, resolve


def forecast_scans(
    session: Session,
    *,
    scans: Sequence[NewScan],
    actor: Actor,
    now: datetime,
    skew: timedelta = timedelta(minutes=5),
    rules: TagRules | None = None,
) -> list[Answer]:
    """Return the answers that scans of different assets would get, judged as `record_scans` does.

    :raises RuntimeError: a scan needs the log to be judged: it is late, an undo or a claim.
    """
    connection = session.connection()
    clock = read_clock(connection, now=now, skew=skew)
    resolved = resolve(connection, scans, author=actor.key, clock=clock, rules=rules or TagRules())
    world = lock_world(session, resolved, actor=actor, clock=clock)
    answers = []
    for item in resolved:
        judged = judge(item, world)
        if isinstance(judged, Exit):
            raise RuntimeError(  # noqa: TRY004 - no type is wrong: the scan is
                "Only scans that are made now, of assets, can be forecast."
            )
        answers.append(judged.answer)
    return answers
