"""How the count of an audit went on over time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import FOUND
from scanner_app.models import Finding

# More points than this cannot be told apart on a plot.
STEPS = 60


def load_pace(session: Session, audit_id: int) -> list[tuple[datetime, int]]:
    """Return moments with how many expected assets were seen by then, at most `STEPS` + 1.

    An asset counts from its newest sighting on.
    """
    counted = (
        Finding.audit_id == audit_id,
        Finding.state.in_(FOUND),
        Finding.seen_at.is_not(None),
    )
    first, last = session.execute(
        select(func.min(Finding.seen_at), func.max(Finding.seen_at)).where(*counted)
    ).one()
    if first is None or last is None:
        return []
    start = int(first.timestamp())
    # Seconds a step. The last step ends with the last sighting.
    width = (int(last.timestamp()) - start) // STEPS + 1
    step = cast((cast(extract("epoch", Finding.seen_at), Integer) - start) / width, Integer)
    done, seen = 0, [(first, 0)]
    for number, count in session.execute(
        select(step, func.count()).where(*counted).group_by(step).order_by(step)
    ):
        done += count
        ended = datetime.fromtimestamp(start + (int(number) + 1) * width, UTC)
        seen.append((min(ended, last), done))
    return seen
