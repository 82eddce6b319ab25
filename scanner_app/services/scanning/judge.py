"""The judge: what one scan means for the asset, the audit and the person who scanned.

It is pure. It reads the world as the scans before it left it, and returns a `JudgedScan`; it writes
nothing and asks the database nothing. Two rare scans need the log, and leave by an exit: one that
is older than what is known (`late.fold_in`) and an undo (`undo.undo_scan`).
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from scanner_app.domain.audits.findings import is_inside
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import LABELS
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.answer import Answer, AssetCard, PersonCard, PlaceCard
from scanner_app.domain.scanning.decide import ScanEvent, decide
from scanner_app.domain.scanning.intents import (
    INTENTS,
    STATE_INTENTS,
    STATE_REFUSALS,
    AnswerKind,
    Intent,
    Outcome,
    Refusal,
)
from scanner_app.queries.scanning.names import DisplayNames
from scanner_app.services.audits.count import AuditSighting
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.scanning.resolve import ResolvedScan, World


class JudgedScan(NamedTuple):
    """A scan that was judged: its answer, and what has to be written.

    :param answer: final, but for a scan that counts in an audit: see `write`.
    :param before: the asset as this scan finds it; None if the scan is not about an asset.
    :param after: the asset as this scan leaves it.
    :param sighting: what the audit counts; None if it counts nothing.
    :param seeks_last_seen: when the asset was last seen is to be read from the log.
    :param is_refolded: the asset's history was replaced already.
    :param awaited: the scan that it undoes, which has not arrived yet.
    """

    item: ResolvedScan
    answer: Answer
    outcome: Outcome
    before: AssetState | None
    after: AssetState | None
    location_id: int | None
    audit_id: int | None
    sighting: AuditSighting | None = None
    seeks_last_seen: bool = False
    is_refolded: bool = False
    awaited: UUID | None = None


class Exit(Enum):
    """The scans that cannot be judged without the log."""

    LATE = "late"
    UNDO = "undo"


def judge(item: ResolvedScan, world: World) -> JudgedScan | Exit:
    """Judge one scan by the world as it is."""
    scan, meaning = item.scan, item.meaning
    if scan.intent is Intent.VOID:
        return Exit.UNDO
    asset = (
        world.assets.get(meaning.id) if meaning.kind == "asset" and meaning.id is not None else None
    )
    if scan.scan_id in world.undone_early:
        text = sentences.undone_before(thing=name_thing(item, asset))
        return conclude(item, world, Outcome.NOTED, text, asset=asset)
    refusal = _refuse_request(item, world, asset)
    if refusal is not None:
        return refuse(item, world, refusal, asset=asset)
    if asset is None:
        return _judge_other(item, world)
    if scan.intent not in STATE_INTENTS:
        return _judge_seen(item, world, asset)
    if item.effective_at < asset.state_at:
        return Exit.LATE
    return _judge_step(item, world, asset)


def _refuse_request(item: ResolvedScan, world: World, asset: AssetState | None) -> Refusal | None:
    """Return why a scan is refused whatever the asset's state is."""
    scan = item.scan
    if scan.audit is not None:
        state = world.audits.get(scan.audit)
        if state is None:
            return Refusal.UNKNOWN_AUDIT
        if state is not AuditState.COUNTING:
            return Refusal.AUDIT_NOT_COUNTING
    if item.place is not None and item.place.kind != "location":
        return Refusal.UNKNOWN_LOCATION
    if item.custodian is not None and item.custodian.kind != "person":
        return Refusal.UNKNOWN_CUSTODIAN
    if asset is not None:
        facts = INTENTS[scan.intent]
        if facts.needs_person and item.custodian is None:
            return Refusal.CUSTODIAN_REQUIRED
        if facts.needs_place and item.place is None:
            return Refusal.LOCATION_REQUIRED
    return None


def _judge_other(item: ResolvedScan, world: World) -> JudgedScan:
    """Judge a room's label, a badge, or a code that means nothing or several things."""
    scan, meaning = item.scan, item.meaning
    if meaning.kind == "location":
        place = world.names.place(meaning.id)
        text = sentences.place_set(name=place.name if place else scan.code)
        return conclude(item, world, Outcome.NOTED, text)
    if meaning.kind == "person":
        person = world.names.person(meaning.id)
        text = sentences.person_set(name=person.name if person else scan.code)
        return conclude(item, world, Outcome.NOTED, text)
    if meaning.kind == "ambiguous":
        text = sentences.ambiguous(code=scan.code, count=len(meaning.options))
        seen = see(item, world, None, ("duplicate_label",)) if scan.audit else None
        return conclude(
            item, world, Outcome.AMBIGUOUS, text, answer=AnswerKind.UNKNOWN, sighting=seen
        )
    text = sentences.unregistered(code=scan.code)
    # A stranger's tag that a reader passes is kept in the log. It is not a discrepancy.
    counts = scan.audit is not None and scan.source != "rfid"
    return conclude(
        item,
        world,
        Outcome.UNREGISTERED,
        text,
        answer=AnswerKind.UNKNOWN,
        sighting=see(item, world, None) if counts else None,
    )


def _judge_step(item: ResolvedScan, world: World, asset: AssetState) -> JudgedScan:
    """Judge a scan that asks for a move, a check-out or a check-in, and is the newest."""
    scan = item.scan
    event = event_of(item)
    state, refusal = decide(asset.state, event, home_id=asset.home_id)
    after = asset._replace(state=state, state_at=event.at)
    after, seeks = note_seen(after, item)
    if refusal is not None:
        return refuse(item, world, refusal, asset=after, seeks_last_seen=seeks)
    place, person = world.names.place(state.location_id), world.names.person(state.custodian_id)
    text = sentences.applied(
        scan.intent,
        thing=asset.thing,
        place=place.name if place else None,
        custodian=person.name if person else None,
        due_at=state.due_at,
    )
    seen = see(item, world, asset) if scan.audit else None
    return conclude(
        item, world, Outcome.APPLIED, text, asset=after, sighting=seen, seeks_last_seen=seeks
    )


def _judge_seen(item: ResolvedScan, world: World, asset: AssetState) -> JudgedScan:
    """Judge a lookup or a sighting: it changes no state."""
    scan = item.scan
    after, seeks = note_seen(asset, item)
    recorded, here = world.names.place(asset.state.location_id), world.names.place(item.place_id)
    answer = AnswerKind.FINE
    if scan.intent is Intent.LOOKUP:
        text = describe_state(asset, world.names)
    else:
        is_elsewhere = here is not None and (
            recorded is None or not is_inside(here.path, recorded.path)
        )
        if is_elsewhere:
            answer = AnswerKind.WRONG_PLACE
        text = sentences.seen(
            thing=asset.thing,
            place=here.name if here else None,
            recorded=recorded.name if recorded else None,
            is_elsewhere=is_elsewhere,
        )
    seen = see(item, world, asset) if scan.audit else None
    return conclude(
        item,
        world,
        Outcome.NOTED,
        text,
        asset=after,
        answer=answer,
        sighting=seen,
        seeks_last_seen=seeks,
    )


# -- what the exits use too --------------------------------------------------------------------


def event_of(item: ResolvedScan) -> ScanEvent:
    """Return the event that a scan is in the history of its asset."""
    scan = item.scan
    return ScanEvent(item.effective_at, scan.intent, item.place_id, item.custodian_id, scan.due_at)


def note_seen(asset: AssetState, item: ResolvedScan) -> tuple[AssetState, bool]:
    """Return the asset as seen by a scan, and whether the log must say when it was last seen."""
    if item.scan.is_faint:
        return asset, False
    at: datetime = item.effective_at
    place_id = item.place_id
    seeks = False
    if asset.last_seen_at is None or at >= asset.last_seen_at:
        where = asset.last_seen_location_id if place_id is None else place_id
        asset = asset._replace(last_seen_at=at, last_seen_location_id=where)
    else:
        # Older than the newest sighting, but perhaps newer than the newest that named a place.
        seeks = place_id is not None
    if item.scan.condition is not None:
        asset = asset._replace(condition=item.scan.condition)
    return asset, seeks


def see(
    item: ResolvedScan, world: World, asset: AssetState | None, flags: tuple[str, ...] = ()
) -> AuditSighting:
    """Return the sighting that an audit counts."""
    place = world.names.place(item.place_id)
    return AuditSighting(
        asset_id=asset.id if asset else None,
        code_key=None if asset else item.key,
        code=None if asset else item.scan.code,
        at=item.effective_at,
        location_id=place.id if place else None,
        location_path=place.path if place else None,
        person_id=item.custodian_id,
        condition=item.scan.condition,
        flags=flags,
    )


def name_thing(item: ResolvedScan, asset: AssetState | None) -> str:
    """Return the asset, or else the code, as a sentence names it."""
    return asset.thing if asset else sentences.show_code(item.scan.code)


def describe_state(asset: AssetState, names: DisplayNames) -> str:
    """Return where an asset is, with whom and in which stage."""
    place, person = names.place(asset.state.location_id), names.person(asset.state.custodian_id)
    return sentences.looked_up(
        thing=asset.thing,
        place=place.name if place else None,
        custodian=person.name if person else None,
        stage=LABELS[asset.state.status],
    )


def refuse(
    item: ResolvedScan,
    world: World,
    refusal: Refusal,
    *,
    asset: AssetState | None,
    thing: str | None = None,
    kind: str | None = "",
    seeks_last_seen: bool = False,
) -> JudgedScan:
    """Return the judgement of a refused scan. It is kept: the log shows what the person saw."""
    scan = item.scan
    person = world.names.person(asset.state.custodian_id) if asset else None
    is_place = refusal is Refusal.UNKNOWN_LOCATION
    text = sentences.refused(
        refusal,
        thing=thing or name_thing(item, asset),
        custodian=person.name if person else None,
        given=scan.location if is_place else scan.custodian,
        stage=asset.state.status if asset else None,
    )
    # Refused by the asset's state, it was still seen: the audit counts it.
    counts = scan.audit and asset is not None and refusal in STATE_REFUSALS
    return conclude(
        item,
        world,
        Outcome.REFUSED,
        text,
        asset=asset,
        answer=AnswerKind.REFUSED,
        refusal=refusal,
        kind=kind,
        sighting=see(item, world, asset) if counts else None,
        seeks_last_seen=seeks_last_seen,
    )


def conclude(
    item: ResolvedScan,
    world: World,
    outcome: Outcome,
    message: str,
    *,
    asset: AssetState | None = None,
    answer: AnswerKind = AnswerKind.FINE,
    refusal: Refusal | None = None,
    kind: str | None = "",
    sighting: AuditSighting | None = None,
    seeks_last_seen: bool = False,
) -> JudgedScan:
    """Return the judgement, with the one answer that the API, the page and the log are made from.

    :param asset: as this scan leaves it.
    :param kind: what the code means, if that is not what `item.meaning` says: an undo is about
        what it undoes.
    """
    scan, meaning = item.scan, item.meaning
    is_label = kind == "" and meaning.kind in {"location", "person"}
    place = world.names.place(meaning.id) if is_label and meaning.kind == "location" else None
    person = world.names.person(meaning.id) if is_label and meaning.kind == "person" else None
    return JudgedScan(
        item,
        Answer(
            scan_id=item.id_text,
            outcome=outcome,
            refusal=refusal,
            asset=_card(asset, world.names) if asset is not None else None,
            kind=meaning.kind if kind == "" else kind,
            answer=answer,
            place=PlaceCard(place.code, place.name) if place else None,
            person=PersonCard(person.number, person.name) if person else None,
            message=message,
        ),
        outcome,
        world.assets.get(asset.id) if asset is not None else None,
        asset,
        meaning.id if is_label and meaning.kind == "location" else item.place_id,
        scan.audit if scan.audit in world.audits else None,
        sighting,
        seeks_last_seen,
    )


def _card(asset: AssetState, names: DisplayNames) -> AssetCard:
    """Return the asset as the person who scanned sees it now."""
    state = asset.state
    place, home = names.place(state.location_id), names.place(asset.home_id)
    person = names.person(state.custodian_id)
    return AssetCard(
        asset.asset_tag,
        asset.name,
        state.status.value,
        place.code if place else None,
        place.name if place else None,
        home.code if home else None,
        home.name if home else None,
        (person.number or person.email or person.name) if person else None,
        person.name if person else None,
    )
