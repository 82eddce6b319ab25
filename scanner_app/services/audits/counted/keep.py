"""Bring the kept tallies of an audit up to date with its findings.

Any process may do it at any time: tallies count a finding as its column `tallied` says, and both
change in one transaction. A scan never waits for it, and it passes over what a scan holds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    delete,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Audit, AuditTally, Finding
from scanner_app.models.audits.tally import CELL_SQL, UNTALLIED_SQL
from scanner_app.queries.audits.counted.cells import read_groups, select_changed, select_first

KEYS = ("audit_id", "part", "key", "currency", "cell")
# Findings of which one step of the worker keeps the row until its end.
STEP = 1000


def begin_tallies(session: Session, audit_id: int) -> None:
    """Make the tallies of an expected list that was made now. Its findings have the first cell."""
    _add(session, audit_id, select_first(audit_id))


def keep_tallies(session: Session, audit_id: int) -> None:
    """Take all that has changed into the tallies of an audit. The caller has locked the audit."""
    session.flush()
    if _add(session, audit_id, select_changed(audit_id)):
        is_changed = (Finding.audit_id == audit_id, text(UNTALLIED_SQL))
        _mark(session, *is_changed)


def keep_some(session: Session, audit_id: int) -> int:
    """Take some of what has changed into the tallies, while others may write; return how many.

    Nothing is done while a step of the audit is taken, or once it is closed.
    """
    is_open = session.scalar(
        select(Audit.id)
        .where(Audit.id == audit_id, Audit.state != AuditState.CLOSED)
        .with_for_update(read=True, skip_locked=True)
    )
    if is_open is None:
        return 0
    ids = list(
        session.scalars(
            select(Finding.id)
            .where(Finding.audit_id == audit_id, text(UNTALLIED_SQL))
            .limit(STEP)
            .with_for_update(skip_locked=True)
        )
    )
    if ids:
        _add(session, audit_id, select_changed(audit_id, ids))
        _mark(session, Finding.id.in_(ids))
    return len(ids)


def forget_tallies(session: Session, audit_id: int) -> None:
    """Drop the tallies of an audit whose expected findings are dropped."""
    session.execute(delete(AuditTally).where(AuditTally.audit_id == audit_id))


def _add(session: Session, audit_id: int, changed: Select[Any]) -> bool:
    """Add what has changed to the tallies, and return whether anything has."""
    sums: dict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for part, key, currency, cell, *numbers in read_groups(session.execute(changed)):
        found = sums[part, key, currency, cell]
        for place, number in enumerate(numbers):
            found[place] += number
    if not sums:
        return False
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    statement = insert(AuditTally)
    names = ("count", "value_cents", "valued")
    added = {name: getattr(AuditTally, name) + statement.excluded[name] for name in names}
    statement = statement.on_conflict_do_update(index_elements=list(KEYS), set_=added)
    # In one order, so that two who do this never wait for each other.
    rows = [
        dict(zip((*KEYS, *names), (audit_id, *key, *numbers), strict=True))
        for key, numbers in sorted(sums.items())
    ]
    session.connection().execute(statement, rows)
    return True


def _mark(session: Session, *conditions: ColumnElement[bool] | TextClause) -> None:
    """Note in findings that the tallies count them as they are."""
    session.execute(
        update(Finding).where(*conditions).values(tallied=literal_column(CELL_SQL)),
        execution_options={"synchronize_session": False},
    )
