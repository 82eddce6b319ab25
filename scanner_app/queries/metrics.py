"""The counts that a scrape of the metrics needs from the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Audit, ImportRun
from scanner_app.queries.jobs import LineFigures, count_line, find_worker_seen
from scanner_app.queries.readers.readers import list_readers

WAITING = ("checking", "applying")


@dataclass(frozen=True, slots=True)
class ReaderFigures:
    """A reader's state. A queue depth is None if its agent has not reported one."""

    name: str
    is_silent: bool
    queue_depth: float | None
    dead_letters: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    audits: dict[str, int]
    imports_waiting: int
    line: LineFigures
    worker_seen: datetime | None
    readers: tuple[ReaderFigures, ...]


def load_figures(session: Session, *, now: datetime) -> Figures:
    """Return the counts of audits, imports and jobs, and the last report of each reader."""
    rows = session.execute(select(Audit.state, func.count()).group_by(Audit.state))
    counted = {row[0]: row[1] for row in rows}
    waiting = session.scalar(
        select(func.count()).select_from(ImportRun).where(ImportRun.state.in_(WAITING))
    )
    return Figures(
        audits={state.value: counted.get(state, 0) for state in AuditState},
        imports_waiting=waiting or 0,
        line=count_line(session, now=now),
        worker_seen=find_worker_seen(session),
        readers=tuple(
            ReaderFigures(
                name=reader.name,
                is_silent=reader.is_silent,
                queue_depth=_number(reader.heartbeat, "depth"),
                dead_letters=_number(reader.heartbeat, "dead_letters"),
            )
            for reader in list_readers(session, now=now)
        ),
    )


def _number(heartbeat: dict[str, Any], name: str) -> float | None:
    """Return a number of an agent's own report, which may contain anything."""
    queue = heartbeat.get("queue")
    value = queue.get(name) if isinstance(queue, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
