"""Rows and files of imports that are kept for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.imports.runs import RunState
from scanner_app.models import ImportRow, ImportRun
from scanner_app.queries.imports.runs import is_file_used

_OPEN_STATES = (RunState.CHECKED.value, RunState.UPLOADED.value)
_OLD_STATES = (RunState.APPLIED.value, RunState.FAILED.value, *_OPEN_STATES)


def forget_old_rows(session: Session, *, now: datetime, days: int) -> list[str]:
    """Delete the rows of imports this many days old; return the hashes of files no longer needed.

    The summary of a run is kept; what an import changed is in the history of each asset.
    """
    old = session.execute(
        select(ImportRun.id, ImportRun.file_sha256).where(
            ImportRun.state.in_(_OLD_STATES),
            ImportRun.created_at < now - timedelta(days=days),
            select(ImportRow.id).where(ImportRow.run_id == ImportRun.id).exists(),
        )
    ).all()
    for run_id, _sha256 in old:
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state.in_(_OPEN_STATES))
            .values(state=RunState.CANCELLED.value)
        )
    return [sha256 for run_id, sha256 in old if not is_file_used(session, sha256, besides=run_id)]
