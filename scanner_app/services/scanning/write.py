"""Judged scans written by a handful of statements: findings, log, history, assets.

A scan that counts in an audit gets its answer here: only the finding says what it was. After that,
every answer is final, and what the log keeps is the answer that is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import insert
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState, are_apart
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.answer import Answer, FoundAs, encode_answers
from scanner_app.domain.scanning.intents import STATE_INTENTS, AnswerKind
from scanner_app.domain.scanning.new_scan import UNREADABLE
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import LateAdmission, Scan
from scanner_app.queries.audits.counters import find_counters
from scanner_app.queries.scanning.names import DisplayNames
from scanner_app.services.audits.count import AuditSighting, FindingAnswer, record_sightings
from scanner_app.services.audits.propose import Late, take_late
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.custody.history import AssetChange, write_assets
from scanner_app.services.labels.asked.requests import Asking, ask_for_labels
from scanner_app.services.lifecycle.maintenances import derive_maintenances
from scanner_app.services.lifecycle.retirements import derive_retirements
from scanner_app.services.scanning.blind import hide
from scanner_app.services.scanning.judgement import JudgedScan
from scanner_app.services.scanning.resolve import World
from scanner_app.sql.bulk_write import Bulk


class Written(NamedTuple):
    """The final answers, in order, and the assets that were written, by id."""

    answers: list[Answer]
    assets: Mapping[int, AssetState]


def write(
    session: Session,
    judged: Sequence[JudgedScan],
    world: World,
    *,
    actor: Actor,
    now: datetime,
) -> Written:
    """Write judged scans and return their final answers."""
    if not judged:
        return Written([], {})
    answers = _count(session, judged, world, actor)
    _INSERT_SCANS.execute(session.connection(), _columns_of(judged, answers, actor, now))
    _hold(session, judged)
    assets = write_assets(session, _collect_changes(judged), latest=world.clock.latest)
    _take_late(session, judged, world, actor=actor, now=now)
    _derive_tasks(session, judged, actor, now)
    _ask_for_labels(session, judged, world, actor)
    return Written(answers, assets)


def _derive_tasks(
    session: Session, judged: Sequence[JudgedScan], actor: Actor, now: datetime
) -> None:
    """Open and close the maintenances and retirements of the assets whose stage changed."""
    repaired = _find_touched(judged, Stage.IN_MAINTENANCE)
    if repaired:
        derive_maintenances(session, repaired, actor_name=actor.name)
    retired = _find_touched(judged, Stage.RETIRED)
    if retired:
        derive_retirements(session, retired, actor_name=actor.name, now=now)


def _ask_for_labels(
    session: Session, judged: Sequence[JudgedScan], world: World, actor: Actor
) -> None:
    """Ask for the labels of assets that were found unreadable, unless that was undone before."""
    asked = [
        Asking(one.after.id, scan.scanned_at, scan.note or "", scan.scan_id)
        for one in judged
        if (scan := one.item.scan).condition == UNREADABLE
        and one.after is not None
        and one.outcome.facts.took_effect
        and scan.scan_id not in world.undone_early
    ]
    if asked:
        ask_for_labels(session, asked, actor=actor.name)


def _find_touched(judged: Sequence[JudgedScan], stage: Stage) -> list[AssetState]:
    """Return the assets that came to a stage or left it, or whose history was made again."""
    touched: dict[int, AssetState] = {}
    for one in judged:
        if one.after is None or one.before is None:
            continue
        was, is_in = (a.state.status is stage for a in (one.before, one.after))
        if was != is_in or one.is_refolded or one.after.id in touched:
            touched[one.after.id] = one.after
    return list(touched.values())


def _hold(session: Session, judged: Sequence[JudgedScan]) -> None:
    """Note which scans wait until somebody takes them in."""
    held = [
        {"scan_id": one.item.scan.scan_id, "audit_id": one.audit_id, "act_id": None}
        for one in judged
        if one.is_held
    ]
    if held:
        session.execute(insert(LateAdmission), held)


def _take_late(
    session: Session, judged: Sequence[JudgedScan], world: World, *, actor: Actor, now: datetime
) -> None:
    """Make again what late sightings change of an audit that is being reconciled."""
    touched: dict[int, list[tuple[str, AuditSighting]]] = defaultdict(list)
    for one in judged:
        audit = world.audits.get(one.audit_id) if one.audit_id is not None else None
        if one.sighting is not None and audit and audit.state is AuditState.RECONCILING:
            touched[one.audit_id or 0].append((one.item.id_text, one.sighting))
    for audit_id, seen in sorted(touched.items()):
        late = Late(
            [scan_id for scan_id, _ in seen],
            [one.asset_id for _, one in seen if one.asset_id is not None],
            [one.code_key or "" for _, one in seen if one.asset_id is None],
        )
        take_late(session, late, audit_id=audit_id, actor=actor, now=now)


def _count(
    session: Session, judged: Sequence[JudgedScan], world: World, actor: Actor
) -> list[Answer]:
    """Count the sightings in their audits and return the answers with what was found."""
    names = world.names
    answers = [one.answer for one in judged]
    by_audit: dict[int, list[int]] = defaultdict(list)
    for index, one in enumerate(judged):
        if one.sighting is not None and one.audit_id is not None:
            by_audit[one.audit_id].append(index)
    for audit_id, indexes in sorted(by_audit.items()):
        sightings = [judged[index].sighting for index in indexes]
        findings = record_sightings(
            session,
            audit_id=audit_id,
            seen=[s for s in sightings if s is not None],
            depth=world.audits[audit_id].depth,
        )
        names.load_places(finding.recorded_location_id for finding in findings)
        names.load_places(finding.previous_location_id for finding in findings)
        pairs = [(judged[i], finding) for i, finding in zip(indexes, findings, strict=True)]
        split = [pair for pair in pairs if _is_in_two_rooms(*pair, names)]
        counters = find_counters(session, audit_id, [_sighting_before(*pair) for pair in split])
        for index, (one, finding) in zip(indexes, pairs, strict=True):
            answer = _answer_finding(one, finding, names)
            if (one, finding) in split:
                # A sighting that is not in the log yet is of this batch, so by the same actor.
                name = counters.get(_sighting_before(one, finding), actor.name)
                answer = _tell_two_rooms(one, finding, answer, names, (name, actor.name))
            if world.audits[audit_id].is_blind:
                answer = hide(one, answer, seen_before=finding.previous_seen_at)
            elif one.sighting and world.audits[audit_id].is_recounted(one.sighting.location_path):
                # A second count is blind to the first one too: what it saw is not told.
                answer = hide(one, answer)
            answers[index] = answer
    return [
        _say_held(
            one, hide(one, answer) if one.sighting is None and _is_blind(one, world) else answer
        )
        for one, answer in zip(judged, answers, strict=True)
    ]


def _say_held(one: JudgedScan, answer: Answer) -> Answer:
    """Return the answer with what becomes of a scan that waits, and nothing of where it belongs."""
    if not one.is_held:
        return answer
    thing = one.after.thing if one.after is not None else sentences.show_code(one.item.scan.code)
    said = answer.message if one.item.scan.intent in STATE_INTENTS else ""
    kind = answer.answer if said or one.after is None else AnswerKind.FINE
    return structs.replace(
        answer, answer=kind, message=f"{said} {sentences.held(thing=thing)}".strip()
    )


def _is_blind(one: JudgedScan, world: World) -> bool:
    """Return whether the answer of a scan that counts nothing tells nothing of its asset.

    In a second count, what is refused for how it was read would tell where the asset belongs.
    """
    audit = world.audits.get(one.audit_id) if one.audit_id is not None else None
    if audit is None or audit.is_blind:
        return audit is not None
    place = world.names.place(one.location_id)
    hides = one.is_held or one.answer.refusal is Refusal.LABEL_NOT_READ
    return hides and audit.is_recounted(place.path if place else None)


def _is_in_two_rooms(one: JudgedScan, finding: FindingAnswer, names: DisplayNames) -> bool:
    """Return whether two sightings name places of which neither is inside the other."""
    if one.item.scan.intent in STATE_INTENTS or one.after is None:
        return False  # moved or handed over since: the history says how it came there
    there, here = names.place(finding.previous_location_id), names.place(one.location_id)
    return are_apart(here.path if here else None, there.path if there else None)


def _sighting_before(one: JudgedScan, finding: FindingAnswer) -> tuple[int, datetime]:
    assert one.after is not None  # noqa: S101 - only an asset is in two rooms
    assert finding.previous_seen_at is not None  # noqa: S101 - it has a place, so it has a time
    return one.after.id, finding.previous_seen_at


def _tell_two_rooms(
    one: JudgedScan,
    finding: FindingAnswer,
    answer: Answer,
    names: DisplayNames,
    counters: tuple[str, str],
) -> Answer:
    """Return the answer that names both rooms and who counted there.

    :param counters: who made the sighting that the finding rested on, and who made this one.
    """
    _, before = _sighting_before(one, finding)
    there, here = names.place(finding.previous_location_id), names.place(one.location_id)
    # An asset is in two rooms only if both scans named one.
    assert one.after is not None  # noqa: S101 - see above
    assert there is not None  # noqa: S101 - see above
    assert here is not None  # noqa: S101 - see above
    sightings = [(before, there.name, counters[0]), (one.item.effective_at, here.name, counters[1])]
    said = sentences.two_rooms(thing=one.after.thing, sightings=sorted(sightings))
    found = FoundAs(finding.state, tuple(finding.flags))
    message = f"{one.preface} {said}".strip()
    return answer.found(found, answer=AnswerKind.TWO_ROOMS, message=message)


def _answer_finding(one: JudgedScan, finding: FindingAnswer, names: DisplayNames) -> Answer:
    answer = one.answer
    found = FoundAs(finding.state, tuple(finding.flags))
    if not one.outcome.facts.took_effect:
        return answer.found(found, answer=answer.answer, message=answer.message)
    kind = AnswerKind(FINDING_KINDS[FindingState(finding.state)].answer)
    is_count = one.item.scan.intent not in STATE_INTENTS
    if finding.previous_seen_at is not None and is_count:
        kind = AnswerKind.ALREADY_SCANNED
    elif kind is AnswerKind.FINE or (finding.previous_seen_at is not None):
        kind = answer.answer
    message = answer.message
    if is_count and one.after is not None:
        recorded = names.place(finding.recorded_location_id)
        here = names.place(one.location_id)
        message = sentences.found(
            finding.state,
            thing=one.after.thing,
            place=here.name if here else None,
            recorded=recorded.name if recorded else None,
            before=finding.previous_seen_at,
        )
        message = f"{one.preface} {message}".strip()
    return answer.found(found, answer=kind, message=message)


def _collect_changes(judged: Iterable[JudgedScan]) -> Iterable[AssetChange]:
    """Return what the scans make of each asset, from the state that the database holds."""
    changes: dict[int, AssetChange] = {}
    for one in judged:
        after = one.after
        if after is None:
            continue
        change = changes.get(after.id)
        if change is None:
            change = changes[after.id] = AssetChange.begin(one.before or after)
        change.advance(after, is_refolded=one.is_refolded, seeks_last_seen=one.seeks_last_seen)
    return [c for c in changes.values() if c.after is not c.before or c.seeks_last_seen]


def _columns_of(
    judged: Sequence[JudgedScan], answers: Sequence[Answer], actor: Actor, now: datetime
) -> dict[str, Sequence[Any]]:
    """Return the log's columns for judged scans."""
    items = [one.item for one in judged]
    scans = [item.scan for item in items]
    count = len(judged)
    return {
        "scan_id": [scan.scan_id for scan in scans],
        "fingerprint": [item.fingerprint for item in items],
        "code": [scan.code for scan in scans],
        "code_key": [item.key for item in items],
        "symbology": [scan.symbology for scan in scans],
        "source": [scan.source for scan in scans],
        "intent": [scan.intent for scan in scans],
        "scanned_at": [scan.scanned_at for scan in scans],
        "recorded_at": [now] * count,
        "effective_at": [item.effective_at for item in items],
        "is_clock_suspect": [item.is_clock_suspect for item in items],
        "asset_id": [one.after.id if one.after is not None else None for one in judged],
        "location_id": [one.location_id for one in judged],
        "person_id": [item.custodian_id for item in items],
        "audit_id": [one.audit_id for one in judged],
        "voids": [scan.voids for scan in scans],
        "due_at": [scan.due_at for scan in scans],
        "condition": [scan.condition for scan in scans],
        "note": [scan.note for scan in scans],
        "reader_said": [scan.reader_said for scan in scans],
        "is_faint": [scan.is_faint for scan in scans],
        "device": [scan.device for scan in scans],
        "for_code": [scan.for_code for scan in scans],
        "handover": [scan.handover for scan in scans],
        "details": [scan.details for scan in scans],
        "actor": [actor.key] * count,
        "actor_name": [actor.name] * count,
        "may_void_any": [actor.can(Action.RUN_AUDITS)] * count,
        "outcome": [one.outcome for one in judged],
        "refusal": [answer.refusal for answer in answers],
        "answer": encode_answers(answers),
    }


_INSERT_SCANS = Bulk(Scan, [c.key for c in Scan.__table__.c if not c.primary_key], kind="insert")
