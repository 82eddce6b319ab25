"""Writes planned facts of devices, through the one function that keeps facts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scanner_app.domain.imports.runs import Verdict
from scanner_app.models import ImportRun
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.imports.kinds.author import author_of
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.lifecycle.facts import Report, Told, record_facts


def apply_devices(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned facts, and tick the items that they prove.

    :raises Conflict: an asset has another tag since the check.
    """
    author, done = author_of(run), 0
    for verdict in (Verdict.CREATED, Verdict.CHANGED):
        for chunk in stream_planned(session, run.id, verdict):
            reports = [
                Report(
                    row.detail["asset_tag"],
                    None,
                    datetime.fromisoformat(at) if (at := row.detail["observed_at"]) else now,
                    row.detail["facts"],
                )
                for row in chunk
            ]
            told = record_facts(
                session,
                reports,
                source=chunk[0].detail["source"],
                zone=ZoneInfo(chunk[0].detail["zone"]),
                actor=author,
                now=now,
            )
            for row, one in zip(chunk, told, strict=True):
                if one is Told.UNKNOWN:
                    raise register_moved_error(f"the tag of {row.label} was changed")
            done += len(chunk)
            progress(done)
