"""The one door for every scan: camera, wedge, typed tag, photo, RFID read, upload.

A batch is taken in order. What it names is looked up by a handful of selects (`resolve`), each scan
is judged in memory (`judge`), and all is written by a handful of statements (`write`). One scan is
a batch of one. Refused scans are kept too: the log answers "what did the person see?", not only
"what changed?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select, union_all
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import Answer, conflict, decode_answer
from scanner_app.domain.scanning.clocks import Clock
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Scan
from scanner_app.queries.lifecycle.task_cards import find_running, load_task_cards
from scanner_app.queries.scanning.server_clock import read_clock
from scanner_app.services.custody.since import load_held_since
from scanner_app.services.lifecycle.maintenances import find_left
from scanner_app.services.scanning.claim import claim_label, find_free
from scanner_app.services.scanning.judge import Exit, judge
from scanner_app.services.scanning.judgement import JudgedScan
from scanner_app.services.scanning.kits import KIT, add_left, judge_kit, spread_kits
from scanner_app.services.scanning.late import fold_in
from scanner_app.services.scanning.lend import load_for, load_reserved, set_due
from scanner_app.services.scanning.resolve import (
    KitScan,
    ResolvedScan,
    World,
    lock_world,
    resolve,
)
from scanner_app.services.scanning.stock import move_stock
from scanner_app.services.scanning.tasks import consign, deploy, receive
from scanner_app.services.scanning.undo import count_without, undo_scan
from scanner_app.services.scanning.write import write
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among

BY_ACTOR = {
    Exit.DEPLOY: deploy,
    Exit.CONSIGN: consign,
    Exit.RECEIVE: receive,
    Exit.STOCK: move_stock,
}
# The fingerprint of a scan and the answer that it got first, by its id as text.
FirstAnswers = dict[str, tuple[str, Answer]]


def record_scans(
    session: Session,
    *,
    scans: Sequence[NewScan],
    actor: Actor,
    now: datetime,
    skew: timedelta = timedelta(minutes=5),
    rules: TagRules | None = None,
    zone: str = "UTC",
    is_in_turn: bool = False,
) -> list[Answer]:
    """Record scans in order, carry out what they ask for, and return one answer for each.

    A scan id that was recorded before gets its first answer again (`repeated`), or a `conflict` if
    its content differs. Neither changes anything.

    :param skew: how far a device's clock may run ahead before we use our own time.
    :param zone: the time zone of places that set none: loans are due by their clock.
    :param is_in_turn: each scan takes effect after all that is known of its asset: of two counters
        that hand out one laptop, the second to get the lock is refused, whatever its clock says.
    """
    session.flush()  # the statements below do not go through the ORM
    clock = read_clock(session.connection(), now=now, skew=skew)
    answers: list[Answer] = []
    for part in _cut_where_codes_change(scans):
        answers += _record_part(
            session, part, actor, clock, rules or TagRules(), zone, is_in_turn=is_in_turn
        )
    return answers


def _cut_where_codes_change(scans: Sequence[NewScan]) -> Iterator[Sequence[NewScan]]:
    """Return the batch in parts: after a claim, or an undo of one, a label means something else."""
    begin = 0
    for index, scan in enumerate(scans, start=1):
        is_change = scan.for_code is not None or scan.voids is not None
        if is_change and index < len(scans):
            yield scans[begin:index]
            begin = index
    yield scans[begin:]


def _record_part(
    session: Session,
    scans: Sequence[NewScan],
    actor: Actor,
    clock: Clock,
    rules: TagRules,
    zone: str,
    *,
    is_in_turn: bool,
) -> list[Answer]:
    connection = session.connection()
    resolved = resolve(connection, scans, author=actor.key, clock=clock, rules=rules)
    kits: Mapping[UUID, KitScan] = {}
    if any(item.meaning.kind == KIT for item in resolved):
        named, undone = load_first_answers(connection, _ids(resolved), author=actor.key)
        known = {UUID(id_) for id_ in named} | undone
        spread, kits = spread_kits(session, resolved, known, clock, zone=zone)
        resolved = resolve(connection, spread, author=actor.key, clock=clock, rules=rules)
    world = lock_world(session, resolved, actor=actor, clock=clock)
    unknown = (item.key for item in resolved if item.meaning.kind == "unregistered")
    lending, extended = load_for(session, resolved, zone=zone)
    world = replace(
        world,
        free_labels=find_free(session, unknown),
        is_in_turn=is_in_turn,
        lending=lending,
        extended=extended,
        unfinished=_find_unfinished(session, resolved),
        kits=kits,
        reserved=load_reserved(session, resolved, world),
        tasks=load_task_cards(session, _find_tasks(resolved)),
        running=find_running(session, _find_sent(resolved, world)),
    )
    # Read after the locks: a second delivery of the same scan waits there for the first one.
    first, undone = load_first_answers(connection, _ids(resolved), author=actor.key)
    world.undone_early.update(undone)
    fresh = _record_fresh(session, resolved, world, first, actor=actor, now=clock.now)
    made = {id_ for told in kits.values() for id_ in told.piece_ids}
    return [_answer(item, fresh, first) for item in resolved if item.scan.scan_id not in made]


def _ids(resolved: Sequence[ResolvedScan]) -> list[UUID]:
    return [item.scan.scan_id for item in resolved]


def _find_tasks(resolved: Sequence[ResolvedScan]) -> set[int]:
    meanings = (item.meaning for item in resolved)
    return {one.id for one in meanings if one.kind == CODE_SCHEME and one.id is not None}


def _find_sent(resolved: Sequence[ResolvedScan], world: World) -> set[int]:
    """Return the assets in maintenance that are to be sent there again."""
    asked = {item.meaning.id for item in resolved if item.scan.intent is Intent.REPAIR}
    return {
        id_
        for id_, asset in world.assets.items()
        if id_ in asked and asset.state.status is Stage.IN_MAINTENANCE
    }


def _find_unfinished(session: Session, resolved: Sequence[ResolvedScan]) -> frozenset[int]:
    """Return which assets that are to be restored have items that nobody has ticked."""
    asked = {
        item.meaning.id
        for item in resolved
        if item.scan.intent is Intent.RESTORE and item.meaning.kind == "asset"
    }
    return frozenset(id_ for id_ in asked if id_ is not None and find_left(session, asset_id=id_))


def _record_fresh(
    session: Session,
    resolved: Sequence[ResolvedScan],
    world: World,
    first: FirstAnswers,
    *,
    actor: Actor,
    now: datetime,
) -> set[str]:
    """Judge and write the scans that are new, add their answers to `first`, return their ids."""
    fresh: set[str] = set()
    waiting: list[JudgedScan] = []

    def flush() -> None:
        written = write(session, waiting, world, actor=actor, now=now)
        for one, answer in zip(waiting, written.answers, strict=True):
            first[one.item.id_text] = (one.item.fingerprint, answer)
        world.assets.update(written.assets)
        waiting.clear()

    for item in resolved:
        if item.id_text in fresh or item.id_text in first:
            continue
        fresh.add(item.id_text)
        item = set_due(item, world)  # noqa: PLW2901 - the rest of the loop judges this one
        judged = judge(item, world)
        if isinstance(judged, JudgedScan):
            _keep(session, judged, waiting, world)
            continue
        flush()  # the exits read the log, which has to hold what came before
        if judged is Exit.KIT:
            _keep(session, judge_kit(session, item, world, first), waiting, world)
            continue
        if judged is not Exit.UNDO:
            _keep(session, _leave(session, judged, item, world, actor), waiting, world)
            continue
        undone = add_left(undo_scan(session, item, world, actor=actor), world, first)
        _keep(session, undone, waiting, world)
        flush()  # the findings are counted again from a log that holds the undo
        count_without(session, undone, actor=actor, now=now)
    flush()
    return fresh


def _leave(
    session: Session, way: Exit, item: ResolvedScan, world: World, actor: Actor
) -> JudgedScan:
    """Judge a scan that leaves the judge and needs the log or the ledger alone."""
    if way is Exit.CLAIM:
        return claim_label(session, item, world, actor=actor)
    if way in BY_ACTOR:
        return BY_ACTOR[way](session, item, world, actor=actor)
    return fold_in(session, item, world)


def _keep(session: Session, judged: JudgedScan, waiting: list[JudgedScan], world: World) -> None:
    """Move the world on: the next scan is judged by what this one leaves."""
    waiting.append(judged)
    after = judged.after
    if after is not None:
        before = world.assets.get(after.id)
        world.assets[after.id] = after
        if judged.is_refolded:
            # The rows of its history were replaced, and say since when it is held.
            world.held_since.update(load_held_since(session, [after.id]))
        elif before is None or before.state.custodian_id != after.state.custodian_id:
            world.held_since[after.id] = after.state_at
            world.extended.pop(after.id, None)
        if judged.item.scan.intent is Intent.EXTEND and judged.outcome is Outcome.APPLIED:
            world.extended[after.id] = world.extended.get(after.id, 0) + 1
    if judged.awaited is not None:
        world.undone_early.add(judged.awaited)


def _answer(item: ResolvedScan, fresh: set[str], first: FirstAnswers) -> Answer:
    """Return the answer to one scan of the batch; the same id may come twice in it."""
    fingerprint, answer = first[item.id_text]
    if item.id_text in fresh:
        fresh.remove(item.id_text)
        return answer
    return answer.repeat() if fingerprint == item.fingerprint else conflict(item.id_text)


_SCAN = Scan.__table__.c
_ANSWERED = select(
    _SCAN.scan_id, _SCAN.fingerprint, _SCAN.answer, _SCAN.voids, _SCAN.outcome, _SCAN.actor
)
# Two selects in one, each by its own index: for an OR, PostgreSQL reads the whole log.
_KNOWN = Lookup(
    union_all(
        _ANSWERED.where(is_among(_SCAN.scan_id, "scan_ids")),
        _ANSWERED.where(_SCAN.voids.is_not(None), is_among(_SCAN.voids, "scan_ids")),
    ),
    "scan_ids",
)


def load_first_answers(
    connection: Connection, scan_ids: Sequence[UUID], *, author: str
) -> tuple[FirstAnswers, set[UUID]]:
    """Return the answers that scan ids got before, and which scans were undone before they came.

    :param author: who sends them. An undo that waits counts for its own author's scan alone.
    """
    rows = _KNOWN.fetch(connection, scan_ids)
    wanted = set(scan_ids) if rows else set()
    known: FirstAnswers = {}
    undone: set[UUID] = set()
    for scan_id, fingerprint, answer, voids, outcome, actor in rows:
        if scan_id in wanted:
            known[str(scan_id)] = (fingerprint, decode_answer(answer))
        if voids in wanted and actor == author and outcome.facts.took_effect:
            undone.add(voids)
    return known, undone
