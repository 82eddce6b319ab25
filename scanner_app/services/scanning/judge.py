"""The judge: what one scan means for the asset, the audit and the person who scanned.

It is pure. It reads the world as the scans before it left it, and returns a `JudgedScan`; it writes
nothing and asks the database nothing. Rare scans need the log or the ledger, and leave by an exit:
one that is older than what is known (`late.fold_in`), an undo (`undo.undo_scan`), a claim of a
label and pieces of stock.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.findings import is_inside
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.decide import ScanEvent, decide
from scanner_app.domain.scanning.intents import (
    INTENTS,
    STATE_INTENTS,
    STOCK_INTENTS,
    AnswerKind,
    Intent,
    Outcome,
)
from scanner_app.domain.scanning.new_scan import DAMAGED, NewScan
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.text import moment
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.scanning.judgement import (
    JudgedScan,
    conclude,
    counts_in_audit,
    describe_state,
    find_named,
    name_thing,
    refuse,
    see,
)
from scanner_app.services.scanning.lend import refuse_extension
from scanner_app.services.scanning.resolve import LockedAudit, ResolvedScan, World

# The least time that both databases keep.
MOMENT = timedelta(microseconds=1)


class Exit(Enum):
    """The scans that cannot be judged without the log."""

    LATE = "late"
    UNDO = "undo"
    CLAIM = "claim"
    STOCK = "stock"
    DEPLOY = "deploy"
    KIT = "kit"
    CONSIGN = "consign"
    RECEIVE = "receive"


_BY_KIND = {"stock_item": Exit.STOCK, "kit": Exit.KIT}
# They change no state and write a row.
WORKS = frozenset({Intent.CLAIM, Intent.DEPLOY, Intent.PACK})


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
    if meaning.kind == CODE_SCHEME:
        return _judge_task(item, world)
    refusal = _refuse_request(item, world, asset)
    if refusal is not None:
        return refuse(item, world, refusal, asset=asset)
    is_received = _is_received(scan) and meaning.kind not in {"location", "person"}
    if is_received or meaning.kind in _BY_KIND:
        return Exit.RECEIVE if is_received else _BY_KIND[meaning.kind]
    if asset is None:
        return _judge_other(item, world)
    if scan.intent in WORKS or scan.task is not None:
        return _find_work(scan.intent)
    of_asset = _judge_change if scan.intent in STATE_INTENTS else _judge_seen
    return of_asset(item, world, asset)


def _find_work(intent: Intent) -> Exit:
    """Return the exit of a scan that writes a row: a label, a deployment, or a consignment."""
    if intent is Intent.CLAIM:
        return Exit.CLAIM
    return Exit.DEPLOY if intent is Intent.DEPLOY else Exit.CONSIGN


def _judge_change(item: ResolvedScan, world: World, asset: AssetState) -> JudgedScan | Exit:
    """Judge a scan that asks for a change of the asset's state."""
    if world.is_in_turn:
        item = item._replace(effective_at=max(world.clock.now, asset.state_at + MOMENT))
    elif item.effective_at < asset.state_at:
        if not item.is_fresh:
            return Exit.LATE
        # Two people act in the same seconds: who came first is who got the lock first.
        item = item._replace(effective_at=asset.state_at)
    return _judge_step(item, world, asset)


def _refuse_request(item: ResolvedScan, world: World, asset: AssetState | None) -> Refusal | None:
    """Return why a scan is refused whatever the asset's state is."""
    scan = item.scan
    facts = INTENTS[scan.intent]
    # A read that is named by its `read_key`, and a label scanned at a read point, do what the read
    # point says: an admin set that up.
    is_by_point = scan.read_key is not None or (scan.device, scan.intent) in world.point_intents
    # Of a scan with a task, its exit asks whether the role may.
    is_change = facts.steps is not None or facts.act is not None or scan.intent in WORKS
    is_change = is_change and not _is_received(scan)
    may = world.may_dispose if facts.action is Action.DISPOSE else world.may_change_custody
    if is_change and not may and not is_by_point:
        return Refusal.NOT_YOUR_ROLE
    wrong_kind = None if _is_received(scan) else _refuse_kind(scan.intent, asset)
    if wrong_kind is not None:
        return wrong_kind
    if scan.audit is not None:
        by_audit = _refuse_for_audit(item, world, world.audits.get(scan.audit))
        if by_audit is not None:
            return by_audit
    if item.place is not None and item.place.kind != "location":
        return Refusal.UNKNOWN_LOCATION
    if item.custodian is not None and item.custodian.kind != "person":
        return Refusal.UNKNOWN_CUSTODIAN
    if asset is not None and facts.needs_person and item.custodian is None:
        return Refusal.CUSTODIAN_REQUIRED
    if asset is not None and facts.needs_place and item.place is None:
        return Refusal.LOCATION_REQUIRED
    return _refuse_closed(item, world, asset) if facts.steps is not None else None


def _refuse_for_audit(
    item: ResolvedScan, world: World, audit: LockedAudit | None
) -> Refusal | None:
    """Return why an audit does not take a scan: when it was made, or how it was read."""
    # By when it was made, not by when it arrives: a phone may have been without a network.
    if audit is None or not audit.takes(item.effective_at, world.clock):
        return Refusal.UNKNOWN_AUDIT if audit is None else Refusal.AUDIT_NOT_COUNTING
    is_thing = item.meaning.kind not in {"location", "person"}
    if is_thing and counts_in_audit(item) and not audit.takes_source(item.scan.source):
        return Refusal.LABEL_NOT_READ
    return None


def _is_received(scan: NewScan) -> bool:
    """Return whether a scan receives something in a delivery."""
    return scan.task is not None and scan.intent is Intent.RECEIVE


def _refuse_kind(intent: Intent, asset: AssetState | None) -> Refusal | None:
    """Return why an intent is not for what was scanned: one is for assets, another for stock."""
    if intent is Intent.CLAIM and asset is None:
        return Refusal.NOT_AN_ASSET
    is_handled = INTENTS[intent].steps is not None or intent is Intent.DEPLOY
    if asset is not None and is_handled and not asset.kind.facts.is_physical:
        return Refusal.NOT_PHYSICAL
    return Refusal.NOT_STOCK if asset is not None and intent in STOCK_INTENTS else None


def _refuse_closed(item: ResolvedScan, world: World, asset: AssetState | None) -> Refusal | None:
    """Return why nothing is handed to a person, brought to a location, or due on a day."""
    facts = INTENTS[item.scan.intent]
    person, place = find_named(item, world, asset)
    if person is not None and not person.is_active and facts.needs_person:
        return Refusal.PERSON_LEFT
    if place is not None and not place.is_active:
        return Refusal.LOCATION_CLOSED
    due_at = item.scan.due_at if item.meaning.kind not in {"location", "person"} else None
    if facts.takes_due and due_at is not None and due_at <= item.effective_at:
        return Refusal.DUE_IN_THE_PAST
    if item.scan.intent is Intent.RESTORE and asset is not None and asset.id in world.unfinished:
        return Refusal.OPEN_ITEMS
    is_lent = asset is not None and asset.state.custodian_id is not None
    if item.scan.intent is Intent.EXTEND and asset is not None and is_lent:
        return refuse_extension(item, world, asset)
    return None


def _judge_other(item: ResolvedScan, world: World) -> JudgedScan:
    """Judge a room's label, a badge, or a code that means nothing or several things."""
    scan, meaning = item.scan, item.meaning
    if meaning.kind == "location":
        place = world.names.place(meaning.id)
        is_closed = place is not None and not place.is_active
        text = sentences.place_set(name=place.name if place else scan.code, is_closed=is_closed)
        return conclude(item, world, Outcome.NOTED, text)
    if meaning.kind == "person":
        person = world.names.person(meaning.id)
        if person is not None and not person.is_active:
            return refuse(item, world, Refusal.PERSON_LEFT, asset=None)
        text = sentences.person_set(scan.intent, name=person.name if person else scan.code)
        return conclude(item, world, Outcome.NOTED, text)
    if meaning.kind == "ambiguous":
        text = sentences.ambiguous(code=scan.code, count=len(meaning.options))
        seen = see(item, world, None, ("duplicate_label",)) if counts_in_audit(item) else None
        return conclude(
            item, world, Outcome.AMBIGUOUS, text, answer=AnswerKind.UNKNOWN, sighting=seen
        )
    # A stranger's tag that a reader passes is kept in the log. It is not a discrepancy.
    counts = counts_in_audit(item) and scan.source != "rfid"
    text = sentences.unregistered(code=scan.code, is_finding=counts)
    if item.key in world.free_labels:
        text = sentences.free_label(code=scan.code)
    return conclude(
        item,
        world,
        Outcome.UNREGISTERED,
        text,
        answer=AnswerKind.UNKNOWN,
        sighting=see(item, world, None) if counts else None,
    )


def _judge_task(item: ResolvedScan, world: World) -> JudgedScan:
    """Judge the code of a task: it says which it is, whatever the scan was to do."""
    task = world.tasks.get(item.meaning.id or 0)
    if task is None:
        return refuse(item, world, Refusal.UNKNOWN_TASK, asset=None)
    state = TaskState(task.state).facts.label.lower()
    text = sentences.task_read(title=task.title, number=task.number, state=state)
    return conclude(item, world, Outcome.NOTED, text, task=task)


def _judge_step(item: ResolvedScan, world: World, asset: AssetState) -> JudgedScan:
    """Judge a scan that asks for a move, a check-out or a check-in, and is the newest."""
    scan = item.scan
    event = event_of(item)
    state, refusal = decide(asset.state, event, home_id=asset.home_id)
    state_at = event.at if event.can_be_a_step else asset.state_at
    after = note_seen(asset._replace(state=state, state_at=state_at), item, world)
    if refusal is not None:
        return refuse(item, world, refusal, asset=after)
    place, person = world.names.place(state.location_id), world.names.person(state.custodian_id)
    text = sentences.applied(
        scan.intent,
        thing=asset.thing,
        place=place.name if place else None,
        custodian=person.name if person else None,
        due_at=state.due_at,
        is_damaged=event.is_damaged,
        has_place=item.place_id is not None,
    )
    answer = AnswerKind.FINE
    if event.is_damaged and INTENTS[scan.intent].damaged_steps is not None:
        answer = AnswerKind.DAMAGED
    elif asset.state.status is Stage.MISSING:
        answer = AnswerKind.FOUND_AGAIN
    preface = say_found(item, world, asset)
    return conclude(
        item,
        world,
        Outcome.APPLIED,
        f"{preface} {text}".strip(),
        asset=after,
        answer=answer,
        sighting=see(item, world, asset) if scan.audit else None,
    )


def say_found(item: ResolvedScan, world: World, asset: AssetState) -> str:
    """Return the sentence for a missing asset that is there; empty if it was not missing."""
    if asset.state.status is not Stage.MISSING:
        return ""
    since = world.missing_since.get(asset.id)
    return sentences.found_again(
        thing=asset.thing,
        since=moment(since) if since else None,
        is_still_missing=item.scan.intent not in STATE_INTENTS,
    )


def _judge_seen(item: ResolvedScan, world: World, asset: AssetState) -> JudgedScan:
    """Judge a lookup or a sighting: it changes no state."""
    scan = item.scan
    after = note_seen(asset, item, world)
    recorded, here = world.names.place(asset.state.location_id), world.names.place(item.place_id)
    answer, preface = AnswerKind.FINE, ""
    if scan.intent is Intent.LOOKUP:
        text = describe_state(asset, world.names)
    else:
        preface = say_found(item, world, asset)
        if preface:
            answer = AnswerKind.FOUND_AGAIN
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
    judged = conclude(
        item,
        world,
        Outcome.NOTED,
        f"{preface} {text}".strip(),
        asset=after,
        answer=answer,
        sighting=see(item, world, asset) if counts_in_audit(item) else None,
    )
    return judged._replace(preface=preface)


def event_of(item: ResolvedScan) -> ScanEvent:
    """Return the event that a scan is in the history of its asset."""
    scan = item.scan
    return ScanEvent(
        item.effective_at,
        scan.intent,
        item.place_id,
        item.custodian_id,
        scan.due_at,
        scan.condition == DAMAGED,
    )


def note_seen(asset: AssetState, item: ResolvedScan, world: World) -> AssetState:
    """Return the asset as seen by a scan; the same if nobody saw it.

    A time that was noted while the server's clock ran ahead does not outlast the next sighting.
    """
    if item.scan.is_faint:
        return asset
    if item.scan.condition is not None:
        asset = asset._replace(condition=item.scan.condition)
    latest = world.clock.latest
    # A step of the state waits for the one before it, even if that is in the future.
    at = item.effective_at if item.effective_at <= latest else world.clock.now
    place_id = item.place_id
    if place_id is None and not INTENTS[item.scan.intent].is_seen_nowhere:
        return asset
    known = asset.last_seen_at
    if known is None or at >= known or known > latest:
        # Without a location it was seen somewhere: the older location is no longer the newest.
        asset = asset._replace(last_seen_at=at, last_seen_location_id=place_id)
    return asset
