"""How the count of an audit went on over time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Integer, Text, case, cast, extract, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import FOUND
from scanner_app.models import Finding, Scan
from scanner_app.queries.audits.reconciling.matches import join_matches, seen_asset_id
from scanner_app.sql.conditions import counts_as_sighting

# More points than this cannot be told apart on a plot.
STEPS = 60


def load_first_seen(session: Session, audit_id: int) -> list[tuple[str, datetime, int]]:
    """Return who first saw how many things of an audit when: a row for each of them and moment."""
    thing = case(
        (seen_asset_id.is_not(None), cast(seen_asset_id, Text)), else_="code " + Scan.code_key
    )
    turn = func.row_number().over(partition_by=thing, order_by=(Scan.effective_at, Scan.id))
    ranked = (
        join_matches(select(Scan.actor_name, Scan.effective_at, turn.label("turn")))
        .where(Scan.audit_id == audit_id, counts_as_sighting())
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.actor_name, ranked.c.effective_at, func.count())
        .where(ranked.c.turn == 1)
        .group_by(ranked.c.actor_name, ranked.c.effective_at)
    )
    return [(name, at, many) for name, at, many in rows]


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
