"""An asset's state as the fold gives it, and the rows of its history that go with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.custody import (
    STATE_INTENTS,
    STATE_REFUSALS,
    ChangeEvent,
    Event,
    History,
    Intent,
    Outcome,
    ScanEvent,
    Span,
)
from scanner_app.models import Asset, Custody, Placement, RegisterChange, Scan
from scanner_app.queries.readers.readers import FAINT_MARK


def is_undone() -> ColumnElement[bool]:
    """Give the condition that a scan was undone: another scan voids it."""
    undo = aliased(Scan)
    return (
        select(undo.id)
        .where(undo.voids == Scan.scan_id, undo.outcome.in_((Outcome.APPLIED, Outcome.NOTED)))
        .exists()
    )


def load_events(session: Session, *, asset_id: int, without: UUID | None = None) -> list[Event]:
    """Give what set an asset's state, in the order it took effect; undone scans left out.

    :param without: a scan that is being undone, whose undo is not in the log yet.

    At one and the same moment a register change stands before a scan, and scans in the order
    they arrived: a device that counts in whole seconds still gets its sequence.
    """
    keyed: list[tuple[datetime, int, int, Event]] = []
    for change in session.scalars(
        select(RegisterChange).where(RegisterChange.asset_id == asset_id)
    ):
        if change.sets_status is None and not change.sets_location and not change.sets_custodian:
            continue
        event = ChangeEvent(
            change.at,
            change.sets_status,
            change.sets_location,
            change.location_id,
            change.sets_custodian,
            change.custodian_id,
        )
        keyed.append((change.at, 0, change.id, event))
    statement = select(
        Scan.id,
        Scan.intent,
        Scan.effective_at,
        Scan.location_id,
        Scan.person_id,
        Scan.due_at,
        Scan.refusal,
    ).where(Scan.asset_id == asset_id, Scan.intent.in_(STATE_INTENTS), ~is_undone())
    rows = session.execute(
        statement if without is None else statement.where(Scan.scan_id != without)
    )
    for row in rows:
        # A scan that named nobody or nowhere cannot be judged again: what it lacked is not there.
        if row.refusal and row.refusal not in STATE_REFUSALS:
            continue
        scan = ScanEvent(row.effective_at, row.intent, row.location_id, row.person_id, row.due_at)
        keyed.append((row.effective_at, 1, row.id, scan))
    keyed.sort(key=lambda item: item[:3])
    return [event for *_, event in keyed]


def insert_event(events: list[Event], event: ScanEvent) -> list[Event]:
    """Give the events with one more at its place: after all that took effect by then."""
    place = bisect_right(events, event.at, key=lambda e: e.at)
    return [*events[:place], event, *events[place:]]


def find_last_seen(session: Session, *, asset_id: int) -> tuple[datetime | None, int | None]:
    """Give when an asset was last seen and the last place a scan named.

    Undone scans are left out, and what a reader heard faintly: the tag may be next door.
    """
    heard_well = or_(Scan.note.is_(None), Scan.source != "rfid", ~Scan.note.contains(FAINT_MARK))
    newest = (
        select(Scan.effective_at, Scan.location_id)
        .where(Scan.asset_id == asset_id, Scan.intent != Intent.VOID, heard_well, ~is_undone())
        .order_by(Scan.effective_at.desc(), Scan.id.desc())
        .limit(1)
    )
    seen = session.execute(newest).first()
    placed = session.execute(newest.where(Scan.location_id.is_not(None))).first()
    return (seen[0] if seen else None), (placed[1] if placed else None)


def replace_history(session: Session, *, asset_id: int, history: History) -> None:
    """Put a folded history in place of what stood there.

    For the rare cases: a scan that arrives late and an undo. The common case extends the
    history by one step (`services.intake`).
    """
    session.execute(delete(Custody).where(Custody.asset_id == asset_id))
    session.execute(delete(Placement).where(Placement.asset_id == asset_id))
    insert_spans(session, [(asset_id, span) for span in history.custody], Custody)
    insert_spans(session, [(asset_id, span) for span in history.placements], Placement)
    values: dict[str, Any] = {
        "status": history.state.status,
        "location_id": history.state.location_id,
        "custodian_id": history.state.custodian_id,
        "due_at": history.state.due_at,
    }
    if history.state_at is not None:
        values["state_at"] = history.state_at
    session.execute(update(Asset).where(Asset.id == asset_id).values(values))


@dataclass(slots=True)
class Turns:
    """The steps that a batch adds to one asset's custody or placement."""

    closes_at: datetime | None
    spans: list[Span]


def insert_spans(
    session: Session, spans: Sequence[tuple[int, Span]], table: type[Custody | Placement]
) -> None:
    """Write history rows."""
    if not spans:
        return
    holder = "person_id" if table is Custody else "location_id"
    rows: list[dict[str, Any]] = [
        {
            "asset_id": asset_id,
            holder: span.holder_id,
            "started_at": span.started_at,
            "ended_at": span.ended_at,
            **({"due_at": span.due_at} if table is Custody else {}),
        }
        for asset_id, span in spans
    ]
    session.execute(insert(table), rows)


def write_turns(
    session: Session, turns: Collection[tuple[int, Turns]], table: type[Custody | Placement]
) -> None:
    """Close the open row of each asset that turned and write the rows that follow it."""
    closing = [
        {"the_asset": asset_id, "the_end": turn.closes_at}
        for asset_id, turn in turns
        if turn.closes_at is not None
    ]
    if closing:
        statement = (
            update(table)
            .where(table.asset_id == bindparam("the_asset"), table.ended_at.is_(None))
            .values(ended_at=bindparam("the_end"))
        )
        session.connection().execute(statement, closing)
    insert_spans(session, [(asset_id, s) for asset_id, turn in turns for s in turn.spans], table)
