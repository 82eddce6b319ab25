"""An undo: a new scan that voids an old one. The old one stays in the log.

It is an exit of the judge. What came before it in the batch is in the log already: the scan that it
undoes may be among it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import STATE_INTENTS, TASK_INTENTS, Intent, Outcome
from scanner_app.domain.scanning.new_scan import UNREADABLE
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Scan
from scanner_app.services.audits.count import recompute_findings
from scanner_app.services.audits.propose import Late, take_late
from scanner_app.services.custody.assets import AssetState, lock_assets
from scanner_app.services.custody.history import fold_named, load_events, replace_history
from scanner_app.services.disposal.packing import find_packed, withdraw_packing
from scanner_app.services.labels.asked.requests import withdraw_by_scan
from scanner_app.services.lifecycle.deployments import withdraw_deployment
from scanner_app.services.lifecycle.maintenances import has_work
from scanner_app.services.procurement.undo import withdraw_receipt
from scanner_app.services.scanning.claim import free_label
from scanner_app.services.scanning.contest import contest_overturned
from scanner_app.services.scanning.judgement import JudgedScan, conclude, refuse
from scanner_app.services.scanning.resolve import ResolvedScan, World, lock_audits
from scanner_app.services.scanning.stock import undo_moves
from scanner_app.sql.conditions import is_undone, is_waiting


def undo_scan(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Undo the scan that this one names, and return the judgement."""
    target = session.execute(
        select(
            Scan.scan_id,
            Scan.intent,
            Scan.actor,
            Scan.audit_id,
            Scan.asset_id,
            Scan.code,
            Scan.condition,
            Scan.effective_at,
            Scan.details,
        ).where(Scan.scan_id == item.scan.voids)
    ).one_or_none()
    if target is None:
        # Kept: it works when its scan arrives.
        kept = conclude(item, world, Outcome.NOTED, sentences.VOID_KEPT, kind=None)
        return kept._replace(awaited=item.scan.voids)
    asset = _find_asset(session, target.asset_id, world)
    kind = "asset" if asset is not None else None
    thing = asset.thing if asset else sentences.show_code(target.code)
    refusal = _refuse(session, item, target, world, actor)
    if refusal is None and target.intent.facts.act is not None:
        refusal = undo_moves(session, item, world, target.scan_id, actor=actor)
    if refusal is not None:
        return refuse(item, world, refusal, asset=asset, thing=thing, kind=kind)
    if asset is not None and target.intent in STATE_INTENTS:
        asset = _fold_without(session, asset, target, item, world)
        world.names.load_places([asset.state.location_id])
        world.names.load_people([asset.state.custodian_id])
    too_late = _withdraw_work(session, target, world, actor)
    if too_late is not None:
        return refuse(item, world, too_late, asset=asset, thing=thing, kind=kind)
    if target.intent is Intent.CLAIM:
        free_label(session, claimed_by=target.scan_id)
    if target.condition == UNREADABLE:
        withdraw_by_scan(session, target.scan_id, actor=actor.name, now=world.clock.now)
    if asset is not None and target.condition == asset.condition:
        asset = asset._replace(condition=None)  # unless the log knows of another
    judged = conclude(
        item, world, Outcome.APPLIED, sentences.voided(thing=thing), asset=asset, kind=kind
    )
    return judged._replace(
        audit_id=target.audit_id if target.audit_id is not None else judged.audit_id,
        seeks_last_seen=asset is not None,
        is_refolded=True,
    )


def _withdraw_work(session: Session, target: Any, world: World, actor: Actor) -> Refusal | None:
    """Take back the work that a scan opened or counted in, or return why it is too late."""
    now = world.clock.now
    if target.intent is Intent.DEPLOY:
        is_gone = withdraw_deployment(session, scan_id=target.scan_id, now=now)
        return None if is_gone else Refusal.TASK_HAS_WORK
    if target.details is None or target.intent not in TASK_INTENTS:
        return None
    if target.intent is Intent.RECEIVE:
        is_gone = withdraw_receipt(session, scan_id=target.scan_id)
        return None if is_gone else Refusal.TASK_NOT_OPEN
    is_gone = withdraw_packing(session, scan_id=target.scan_id, actor=actor, now=now)
    return None if is_gone else Refusal.TASK_NOT_OPEN


def count_without(session: Session, judged: JudgedScan, *, actor: Actor, now: datetime) -> None:
    """Bring an audit's findings up to date after an undo, which the log holds by now."""
    if judged.outcome is not Outcome.APPLIED or judged.audit_id is None:
        return
    target = session.execute(
        select(Scan.audit_id, Scan.asset_id, Scan.code_key, is_waiting().label("waits")).where(
            Scan.scan_id == judged.item.scan.voids
        )
    ).one()
    if target.audit_id is None or target.waits:
        return
    asset_ids = [] if target.asset_id is None else [target.asset_id]
    code_keys = [] if target.asset_id is not None else [target.code_key]
    recompute_findings(session, audit_id=target.audit_id, asset_ids=asset_ids, code_keys=code_keys)
    audit = lock_audits(session, [target.audit_id])[target.audit_id]
    if audit.state is AuditState.RECONCILING:
        late = Late([judged.item.id_text], asset_ids, code_keys)
        take_late(session, late, audit_id=target.audit_id, actor=actor, now=now)


def _find_asset(session: Session, asset_id: int | None, world: World) -> AssetState | None:
    if asset_id is None:
        return None
    known = world.assets.get(asset_id)
    if known is not None:
        return known
    asset = lock_assets(session.connection(), [asset_id])[asset_id]
    world.names.load_places([asset.state.location_id, asset.home_id])
    world.names.load_people([asset.state.custodian_id])
    return asset


def _refuse(
    session: Session, item: ResolvedScan, target: Any, world: World, actor: Actor
) -> Refusal | None:
    if target.intent is Intent.VOID:
        return Refusal.UNKNOWN_SCAN
    if target.actor != actor.key and not actor.can(Action.RUN_AUDITS):
        return Refusal.NOT_YOUR_SCAN
    if target.audit_id is not None:
        audit = lock_audits(session, [target.audit_id]).get(target.audit_id)
        if audit is None or not audit.takes(item.effective_at, world.clock):
            return Refusal.AUDIT_NOT_COUNTING
    begins = target.intent in {Intent.REPAIR, Intent.CHECK_IN} and target.asset_id is not None
    if begins and has_work(session, asset_id=target.asset_id, started_at=target.effective_at):
        return Refusal.TASK_HAS_WORK
    if target.intent is Intent.RETIRE and find_packed(session, target.asset_id):
        return Refusal.ASSET_PACKED
    undone = session.scalar(select(Scan.id).where(Scan.scan_id == target.scan_id, is_undone()))
    return Refusal.ALREADY_VOIDED if undone is not None else None


def _fold_without(
    session: Session, asset: AssetState, target: Any, item: ResolvedScan, world: World
) -> AssetState:
    _, held = fold_named(load_events(session, asset_id=asset.id), home_id=asset.home_id)
    events = load_events(session, asset_id=asset.id, without=target.scan_id)
    history, holds = fold_named(events, home_id=asset.home_id)
    replace_history(session, asset_id=asset.id, history=history)
    contest_overturned(session, held, holds, asset_id=asset.id, cause=item.scan, world=world)
    return asset._replace(state=history.state, state_at=history.state_at or asset.state_at)
