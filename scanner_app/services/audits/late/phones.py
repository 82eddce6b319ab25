"""Note what a phone says it still holds, and ask for a reason where closing leaves it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.late.unsent import (
    LEFT_OUT,
    MAX_DEVICE,
    MAX_PHONES,
    MAX_REASON,
    Phone,
    say_unsent,
    say_waiting,
    show_left,
)
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.text import visible
from scanner_app.models import Audit, AuditPhone
from scanner_app.queries.audits.late.phones import list_holding
from scanner_app.queries.audits.late.waiting import list_waiting


def note_unsent(
    session: Session, *, audit_id: int, device: str, unsent: int, actor: Actor, now: datetime
) -> None:
    """Keep how many scans of an audit a phone holds; nothing is kept of an audit that is over.

    :param device: the name of the phone, as its scans give it.
    :raises NotFound: no audit has that id.
    :raises Invalid: no phone has such a name.
    :raises Conflict: `too_many_phones`: as many phones of this person as may hold scans do.
    """
    name = device.strip()
    if not name or len(name) > MAX_DEVICE or visible(name) != name:
        raise Invalid(
            "Name the phone as its scans do.",
            errors={"device": [f"Use 1 to {MAX_DEVICE} characters that can be shown."]},
        )
    state = session.scalar(select(Audit.state).where(Audit.id == audit_id))
    if state is None:
        raise NotFound(f"There is no audit {audit_id}.")
    if state not in TAKES_SCANS:
        return
    _make_room(session, audit_id=audit_id, device=name, actor=actor, now=now)
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    told = {"actor_name": actor.name, "unsent": unsent, "told_at": now}
    statement = insert(AuditPhone).values(audit_id=audit_id, actor=actor.key, device=name, **told)
    session.execute(
        statement.on_conflict_do_update(index_elements=["audit_id", "actor", "device"], set_=told)
    )


def _make_room(
    session: Session, *, audit_id: int, device: str, actor: Actor, now: datetime
) -> None:
    """Forget a phone of this person that holds nothing, where a further one has no room.

    :raises Conflict: `too_many_phones`.
    """
    mine = (AuditPhone.audit_id == audit_id, AuditPhone.actor == actor.key)
    # Asked twice: who waited for the rows of another request sees only then what that one added.
    session.execute(select(AuditPhone.device).where(*mine).with_for_update())
    rows = session.execute(
        select(AuditPhone.device, AuditPhone.unsent, AuditPhone.told_at)
        .where(*mine)
        .order_by(AuditPhone.told_at)
    ).all()
    if len(rows) < MAX_PHONES or any(row.device == device for row in rows):
        return
    phones = [Phone(actor.key, actor.name, *row) for row in rows]
    idle = [one.device for one in phones if not one.is_holding(now)]
    if not idle:
        raise Conflict(
            f"{MAX_PHONES} phones of {actor.name} hold scans of this audit, and it takes no more. "
            "Have one of them send what it holds.",
            code="too_many_phones",
        )
    gone = idle[: len(rows) + 1 - MAX_PHONES]
    session.execute(delete(AuditPhone).where(*mine, AuditPhone.device.in_(gone)))


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
