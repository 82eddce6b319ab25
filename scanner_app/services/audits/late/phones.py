"""Note what a phone says it still holds, and ask for a reason where closing leaves it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.late.unsent import (
    LEFT_OUT,
    MAX_REASON,
    say_unsent,
    say_waiting,
    show_left,
)
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import Audit, AuditPhone
from scanner_app.queries.audits.late.phones import list_holding
from scanner_app.queries.audits.late.waiting import list_waiting


def note_unsent(
    session: Session, *, audit_id: int, device: str, unsent: int, actor: Actor, now: datetime
) -> None:
    """Keep how many scans of an audit a phone holds; nothing is kept of an audit that is over.

    :param device: the name of the phone, as its scans give it.
    :raises NotFound: no audit has that id.
    """
    state = session.scalar(select(Audit.state).where(Audit.id == audit_id))
    if state is None:
        raise NotFound(f"There is no audit {audit_id}.")
    if state not in TAKES_SCANS:
        return
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    told = {"actor_name": actor.name, "unsent": unsent, "told_at": now}
    statement = insert(AuditPhone).values(audit_id=audit_id, actor=actor.key, device=device, **told)
    session.execute(
        statement.on_conflict_do_update(index_elements=["audit_id", "actor", "device"], set_=told)
    )


def require_nothing_waits(
    session: Session, *, audit_id: int, reason: str, now: datetime
) -> tuple[dict[str, Any], str]:
    """Return what closing leaves out and why; nothing if no scan waits.

    :param reason: why it is closed although scans wait.
    :raises Conflict: `unsent_scans` or `late_scans_waiting`: scans wait, and no reason is given.
    """
    phones = list_holding(session, audit_id, now)
    waiting = len(list_waiting(session, audit_id))
    if not phones and not waiting:
        return {}, ""
    text = reason.strip()[:MAX_REASON]
    if not text:
        what = " ".join(filter(None, (say_unsent(phones), say_waiting(waiting))))
        raise Conflict(
            f"{what} Have them sent and taken in, or enter why the audit is closed without them.",
            code="unsent_scans" if phones else "late_scans_waiting",
        )
    return {LEFT_OUT: show_left(phones, waiting)}, text
