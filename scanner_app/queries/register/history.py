"""The whole life of one asset in one list: scans, changes of its record, spans, audit findings.

All scans are in it. Refused and undone scans are marked.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.asset_page import EVENT_KINDS
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.change_kinds import CHANGE_KINDS, ChangeKind
from scanner_app.domain.scanning.answer import decode_answer
from scanner_app.models import (
    ApiToken,
    Attachment,
    Audit,
    Custody,
    Finding,
    Location,
    OrderLine,
    Person,
    Placement,
    PurchaseOrder,
    Receipt,
    RegisterChange,
    Scan,
    ScanPicture,
    Task,
    User,
)
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor
from scanner_app.queries.register.life.event import Event
from scanner_app.queries.register.life.rights import list_rights
from scanner_app.queries.register.life.work import list_work
from scanner_app.sql.conditions import is_undone

# At the same moment, a cause comes before its effect.
ORDER = {kind: number for number, kind in enumerate(EVENT_KINDS)}


def list_history(
    session: Session,
    *,
    asset_id: int,
    cursor: str | None = None,
    limit: int = 100,
    wanted: Callable[[Event], bool] | None = None,
) -> Page[Event]:
    """Return a page of an asset's history, newest first.

    Details: a scan has `scan_id, intent, outcome, refusal, code, location, location_name,
    custodian, custodian_name, condition, note, reader_said, source, recorded_at, audit, picture`;
    a change has `change` (created, edited, imported, audited), `changes` (old and new by field)
    and `audit`;
    custody has `custodian, custodian_name, due_at`; a placement `location, location_name`; a
    finding `audit, audit_name, state, flags, decision, reason, location, location_name`; an
    attachment `id, attachment (picture, document), filename, is_removed`; a receipt `task, order`;
    a task and an answer `task, path`; an expense `expense`; a seat `licence, path`; a contract
    `contract, path`.

    :param wanted: only the events for which it returns True.
    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="history")
    # No index orders all kinds together, so they are merged here. An asset has some hundred events.
    events = [
        *_scans(session, asset_id),
        *_changes(session, asset_id),
        *_custody(session, asset_id),
        *_placements(session, asset_id),
        *_findings(session, asset_id),
        *_attachments(session, asset_id),
        *_receipts(session, asset_id),
        *list_work(session, asset_id),
        *list_rights(session, asset_id),
    ]
    if wanted is not None:
        events = [event for event in events if wanted(event)]
    events.sort(key=_mark, reverse=True)
    if after is not None:
        events = [event for event in events if (_mark(event)[0], _tail(event)) < _place(after)]
    following = None
    if len(events) > limit:
        last = events[limit - 1]
        following = write_cursor(Cursor("history", f"{_mark(last)[0]}|{last.kind}", last.id))
    return Page(events[:limit], following)


def _mark(event: Event) -> tuple[str, int, int]:
    return (f"{event.at:%Y%m%d%H%M%S%f}", ORDER[event.kind], event.id)


def _tail(event: Event) -> tuple[int, int]:
    return _mark(event)[1:]


def _place(cursor: Cursor) -> tuple[str, tuple[int, int]]:
    moment, _, kind = cursor.key.partition("|")
    return (moment, (ORDER.get(kind, 0), cursor.id))


def _scans(session: Session, asset_id: int) -> list[Event]:
    rows = session.execute(
        select(
            Scan,
            Location.code,
            Location.name,
            Person.number,
            Person.email,
            Person.name,
            is_undone().label("is_undone"),
            ScanPicture.shot_id,
        )
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Person, Person.id == Scan.person_id)
        .outerjoin(ScanPicture, ScanPicture.scan_id == Scan.scan_id)
        .where(Scan.asset_id == asset_id)
    )
    return [
        Event(
            "scan",
            scan.id,
            scan.effective_at,
            scan.actor_name,
            decode_answer(scan.answer).message,
            is_undone=is_undone,
            details={
                "scan_id": str(scan.scan_id),
                "intent": scan.intent.value,
                "outcome": scan.outcome.value,
                "refusal": scan.refusal,
                "code": scan.code,
                "location": place,
                "location_name": place_name,
                "custodian": number or email or person,
                "custodian_name": person,
                "condition": scan.condition,
                # Until readers' reports had a column they were notes; callers find them here still.
                "note": scan.note or scan.reader_said,
                "reader_said": scan.reader_said,
                "source": scan.source,
                "recorded_at": scan.recorded_at.isoformat(),
                "audit": scan.audit_id,
                "voids": str(scan.voids) if scan.voids else None,
                "picture": f"/shelf/{shot_id}" if shot_id else None,
            },
        )
        for scan, place, place_name, number, email, person, is_undone, shot_id in rows
    ]


def _changes(session: Session, asset_id: int) -> list[Event]:
    rows = session.scalars(select(RegisterChange).where(RegisterChange.asset_id == asset_id)).all()
    names = name_actors(session, {row.actor for row in rows})
    return [
        Event(
            "change",
            row.id,
            row.at,
            names[row.actor],
            f"{CHANGE_KINDS[ChangeKind(row.kind)].label}.",
            details={
                "change": row.kind,
                "changes": row.changes,
                "audit": row.audit_id,
            },
        )
        for row in rows
    ]


def _custody(session: Session, asset_id: int) -> list[Event]:
    rows = session.execute(
        select(Custody, Person.number, Person.email, Person.name)
        .join(Person, Person.id == Custody.person_id)
        .where(Custody.asset_id == asset_id)
    )
    return [
        Event(
            "custody",
            span.id,
            span.started_at,
            None,
            f"With {name}.",
            ended_at=span.ended_at,
            details={
                "custodian": number or email or name,
                "custodian_name": name,
                "due_at": span.due_at.isoformat() if span.due_at else None,
            },
        )
        for span, number, email, name in rows
    ]


def _placements(session: Session, asset_id: int) -> list[Event]:
    rows = session.execute(
        select(Placement, Location.code, Location.name)
        .join(Location, Location.id == Placement.location_id)
        .where(Placement.asset_id == asset_id)
    )
    return [
        Event(
            "placement",
            span.id,
            span.started_at,
            None,
            f"In {name}.",
            ended_at=span.ended_at,
            details={"location": code, "location_name": name},
        )
        for span, code, name in rows
    ]


def _findings(session: Session, asset_id: int) -> list[Event]:
    rows = session.execute(
        select(Finding, Audit.name, Audit.closed_at, Location.code, Location.name)
        .join(Audit, Audit.id == Finding.audit_id)
        .outerjoin(Location, Location.id == Finding.seen_location_id)
        .where(Finding.asset_id == asset_id, Audit.state == AuditState.CLOSED)
    )
    return [
        Event(
            "finding",
            finding.id,
            closed_at,
            finding.decided_by,
            f"{finding.state.value.capitalize()} in the audit {audit}.",
            details={
                "audit": finding.audit_id,
                "audit_name": audit,
                "state": finding.state.value,
                "flags": finding.flags,
                "decision": finding.decision.value if finding.decision else None,
                "reason": finding.reason,
                "location": place,
                "location_name": place_name,
            },
        )
        for finding, audit, closed_at, place, place_name in rows
        if closed_at is not None
    ]


def _attachments(session: Session, asset_id: int) -> list[Event]:
    events = []
    for row in session.scalars(select(Attachment).where(Attachment.asset_id == asset_id)):
        details = {
            "id": str(row.uuid),
            "attachment": row.kind.value,
            "filename": row.filename,
            "is_removed": row.removed_at is not None,
        }
        words = f"{row.kind.value.capitalize()} added: {row.filename}."
        events.append(
            Event("attachment", 2 * row.id, row.taken_at, row.actor_name, words, details=details)
        )
        if row.removed_at is not None:
            gone = f"{row.kind.value.capitalize()} removed: {row.filename}."
            events.append(
                Event(
                    "attachment", 2 * row.id + 1, row.removed_at, row.removed_by, gone,
                    details=details,
                )
            )  # fmt: skip
    return events


def _receipts(session: Session, asset_id: int) -> list[Event]:
    """Return how the asset was delivered, and the order that it was bought by."""
    rows = session.execute(
        select(Receipt.id, Receipt.booked_at, Task.id, Task.closed_by, PurchaseOrder.number)
        .join(Task, Task.id == Receipt.task_id)
        .join(OrderLine, OrderLine.id == Receipt.line_id)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(Receipt.asset_id == asset_id, Receipt.booked_at.is_not(None))
    )
    return [
        Event("receipt", id_, at, by, f"Received in D{task} of order {order}.",
              details={"task": f"D{task}", "order": order})
        for id_, at, task, by, order in rows
        if at is not None
    ]  # fmt: skip


def name_actors(session: Session, keys: set[str]) -> dict[str, str]:
    """Return the names of actors by their keys (``user:5``).

    A key of nobody is returned as its own name.
    """
    names = {key: key.replace("import:", "import ", 1) for key in keys}
    for prefix, id_column, name_column in (
        ("user", User.id, User.name),
        ("token", ApiToken.id, ApiToken.name),
    ):
        ids = [
            int(key.removeprefix(f"{prefix}:"))
            for key in keys
            if key.startswith(f"{prefix}:") and key.removeprefix(f"{prefix}:").isdecimal()
        ]
        if ids:
            rows = session.execute(select(id_column, name_column).where(id_column.in_(ids)))
            names.update({f"{prefix}:{id_}": name for id_, name in rows})
    return names
