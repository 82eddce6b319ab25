"""Undo a hand-over: an undo for each of its scans, through the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, NotAllowed
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.scanning.decide import Event, ScanEvent
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.stockroom.handovers import HandoverEventKind, HandoverState, LineOutcome
from scanner_app.models import Asset, HandoverLine, ReservationPick, Scan
from scanner_app.queries.stockroom.handovers import HandoverRow, get_handover
from scanner_app.services.custody.assets import AssetState, lock_assets
from scanner_app.services.custody.history import fold_named, load_events
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stockroom.open_links import end_link, lock_handover
from scanner_app.services.stockroom.record import Recording
from scanner_app.services.stockroom.returned import find_repairs, repair_id
from scanner_app.services.stockroom.write import add_event

# How long the clerk who made a hand-over may undo it; later, who may undo any scan.
OWN_TIME = timedelta(minutes=15)
MOVED_ON = "{thing} was {what} since. It stays as it is now: undo or correct that first."


@dataclass(frozen=True, slots=True)
class VoidedLine:
    """What became of one line, and the sentence about it."""

    n: int
    is_voided: bool
    message: str


class Line(NamedTuple):
    n: int
    scan_id: UUID
    asset_id: int | None
    code: str
    intent: Intent


def void_handover(
    session: Session, handover_id: UUID, recording: Recording, ids: DerivedIds
) -> list[VoidedLine]:
    """Undo the scans of a hand-over, but those of things that changed hands again since.

    :raises NotFound: no hand-over has this id.
    :raises Conflict: it is undone already.
    :raises NotAllowed: it is another clerk's, or too old for its own clerk.
    """
    row = get_handover(session, handover_id)
    lines = _load_lines(session, row.id)
    # The lock that every change of these assets waits for; two undos at once meet here.
    assets = lock_assets(
        session.connection(), sorted({one.asset_id for one in lines if one.asset_id})
    )
    row = lock_handover(session, row.id)
    _require_allowed(row, recording.sealing)
    repairs = find_repairs(session, [one.scan_id for one in lines])
    moved = _find_moved(session, lines, {repair_id(scan_id) for scan_id in repairs})
    free = [one for one in lines if one.n not in moved]
    before = [
        _undo(one._replace(scan_id=repair_id(one.scan_id)), ids, recording)
        for one in free
        if one.scan_id in repairs
    ]
    answers = record_scans(
        session,
        scans=[*before, *(_undo(one, ids, recording) for one in free)],
        actor=recording.sealing.actor,
        now=recording.sealing.now,
        skew=recording.skew,
        rules=recording.rules,
    ) if free else []  # fmt: skip
    by_line: Mapping[int, Answer] = {
        one.n: answer for one, answer in zip(free, answers[len(before) :], strict=True)
    }
    told = _tell(lines, by_line, moved, assets)
    if not any(one.is_voided for one in told):
        return told  # nothing was undone, so it is not an undone hand-over
    detail: dict[str, object] = {
        "voided": [one.n for one in told if one.is_voided],
        "kept": {str(one.n): one.message for one in told if not one.is_voided},
    }
    _forget_picks(session, row.id, [one for one in told if one.is_voided], lines)
    end_link(session, row.id, recording.sealing.now)
    add_event(session, row.id, HandoverEventKind.VOIDED, recording.sealing, detail=detail)
    return told


def _tell(
    lines: list[Line],
    by_line: Mapping[int, Answer],
    moved: Mapping[int, str],
    assets: Mapping[int, AssetState],
) -> list[VoidedLine]:
    """Return what became of each line."""
    told = []
    for one in lines:
        if one.n in by_line:
            answer = by_line[one.n]
            told.append(VoidedLine(one.n, answer.outcome is Outcome.APPLIED, answer.message))
        else:
            asset = assets.get(one.asset_id or 0)
            thing = asset.thing if asset else one.code
            told.append(VoidedLine(one.n, False, MOVED_ON.format(thing=thing, what=moved[one.n])))
    return told


def _forget_picks(
    session: Session, row_id: int, voided: list[VoidedLine], lines: list[Line]
) -> None:
    """Take back what was picked up of reservations: they wait for it again."""
    undone = {one.n for one in voided}
    ids = [one.asset_id for one in lines if one.n in undone and one.asset_id is not None]
    session.execute(
        delete(ReservationPick).where(
            ReservationPick.handover_id == row_id, ReservationPick.asset_id.in_(ids)
        )
    )


def _load_lines(session: Session, row_id: int) -> list[Line]:
    """Return the lines that took effect."""
    rows = session.execute(
        select(HandoverLine.n, HandoverLine.scan_id, HandoverLine.asset_id, Scan.code, Scan.intent)
        .join(Scan, Scan.scan_id == HandoverLine.scan_id)
        .where(HandoverLine.handover_id == row_id, HandoverLine.outcome == LineOutcome.APPLIED)
        .order_by(HandoverLine.n)
    )
    return [Line(*row) for row in rows]


def may_void(row: HandoverRow, actor: Actor, now: datetime) -> bool:
    """Return whether this person may undo a hand-over now."""
    if row.state is HandoverState.VOIDED or not actor.can(Action.CHANGE_CUSTODY):
        return False
    is_own = row.actor == actor.key and now - row.recorded_at <= OWN_TIME
    return is_own or actor.can(Action.RUN_AUDITS)


def _require_allowed(row: HandoverRow, sealing: Sealing) -> None:
    if row.state is HandoverState.VOIDED:
        raise Conflict(f"{row.number} is undone already.", code="already_voided")
    if may_void(row, sealing.actor, sealing.now):
        return
    if row.actor != sealing.actor.key:
        raise NotAllowed(f"{row.number} is {row.clerk}'s. Ask {row.clerk} or an admin to undo it.")
    raise NotAllowed(
        f"{row.number} is older than 15 minutes. Ask an admin to undo it, or check the things in."
    )


def _find_moved(session: Session, lines: list[Line], own: set[UUID]) -> dict[int, str]:
    """Return the lines on which a later change of the same thing rests, and what that was.

    :param own: scans that the hand-over made itself, and takes back with it.
    """
    moved: dict[int, str] = {}
    ids = [one.asset_id for one in lines if one.asset_id]
    rows = session.execute(select(Asset.id, Asset.home_location_id).where(Asset.id.in_(ids)))
    homes = {row.id: row.home_location_id for row in rows}
    for one in lines:
        if one.asset_id is None:
            continue
        events = load_events(session, asset_id=one.asset_id)
        history, _ = fold_named(events, home_id=homes.get(one.asset_id))
        names = [scan_id for _, scan_id in events]
        if one.scan_id not in names:
            continue  # undone by itself: the door says so
        begin = names.index(one.scan_id) + 1
        for (event, id_), refusal in zip(events[begin:], history.refusals[begin:], strict=True):
            if refusal is None and id_ not in own:
                moved[one.n] = name_event(event)
                break
    return moved


def name_event(event: Event) -> str:
    """Return what happened to a thing, as a sentence says it in the past."""
    if isinstance(event, ScanEvent):
        return event.intent.facts.past
    return "changed in the register"


def _undo(one: Line, ids: DerivedIds, recording: Recording) -> NewScan:
    return NewScan(
        ids.make(one.scan_id, "undo of its hand-over"),
        one.code,
        Intent.VOID,
        recording.sealing.now,
        source="typed",
        voids=one.scan_id,
        device="hand-over",
    )
