"""Scans that open work or count in it: a deployment, and what a consignment is packed with.

They are exits of the judge, because the work is a row: it is locked after the asset.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.lifecycle.deployments import DEPLOYABLE
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import AnswerKind, Intent, Outcome
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.services.disposal.packing import pack, scan_out
from scanner_app.services.lifecycle.deployments import open_deployment
from scanner_app.services.scanning.judge import note_seen
from scanner_app.services.scanning.judgement import (
    JudgedScan,
    conclude,
    counts_in_audit,
    refuse,
    see,
)
from scanner_app.services.scanning.resolve import ResolvedScan, World


def deploy(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Open the deployment of the scanned asset, and return the judgement."""
    asset = world.assets[item.meaning.id or 0]
    refusal = DEPLOYABLE[asset.state.status]
    if refusal is not None:
        return refuse(item, world, refusal, asset=asset)
    opened = open_deployment(
        session,
        asset_id=asset.id,
        thing=asset.thing,
        scan_id=item.scan.scan_id,
        actor_name=actor.name,
        at=item.effective_at,
    )
    if opened is None:
        return refuse(item, world, Refusal.NO_CHECKLIST, asset=asset)
    text = sentences.deploying(
        thing=asset.thing, number=opened.number, left=opened.left, is_new=opened.is_new
    )
    seen = see(item, world, asset) if counts_in_audit(item) else None
    return conclude(item, world, Outcome.NOTED, text, asset=asset, sighting=seen)


def consign(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Pack the scanned asset, or scan it out, and return the judgement."""
    scan, asset = item.scan, world.assets[item.meaning.id or 0]
    number, is_packing = scan.task or "", scan.intent is Intent.PACK
    if not actor.can(Action.DISPOSE):
        return refuse(item, world, Refusal.NOT_YOUR_ROLE, asset=asset)
    if is_packing:
        done = pack(
            session,
            number=number,
            asset_id=asset.id,
            tag=asset.asset_tag,
            stage=asset.state.status,
            box=scan.label,
            scan_id=scan.scan_id,
            actor=actor,
            at=item.effective_at,
        )
    else:
        done = scan_out(
            session,
            number=number,
            asset_id=asset.id,
            scan_id=scan.scan_id,
            actor=actor,
            at=item.effective_at,
        )
    if isinstance(done, Refusal):
        return refuse(item, world, done, asset=asset)
    if is_packing:
        text = sentences.packed(
            thing=asset.thing, task=number, number=done.number, is_new=done.is_new
        )
    else:
        text = sentences.scanned_out(
            thing=asset.thing, task=number, number=done.number, of=done.of or 0
        )
    return conclude(
        item,
        world,
        Outcome.NOTED,
        text,
        asset=note_seen(asset, item, world),
        answer=AnswerKind.FINE if done.is_new else AnswerKind.ALREADY_SCANNED,
        sighting=see(item, world, asset) if counts_in_audit(item) else None,
    )
