"""A scan that deploys: it opens the deployment of an asset, or says which one runs.

It is an exit of the judge, because the task is a row: the asset is locked, so one scan opens it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.lifecycle.deployments import DEPLOYABLE
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import Outcome
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.services.lifecycle.deployments import open_deployment
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
