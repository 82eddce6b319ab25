"""A claim: a blank label is put on an asset, and its code is one of the asset's codes from then on.

It is an exit of the judge, because two people may hold the same label: the row of the label is
locked, and who comes first has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.labels.blanks import BlankState
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import Outcome
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import BlankLabel, Identifier
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.services.scanning.judgement import JudgedScan, conclude, refuse
from scanner_app.services.scanning.resolve import ResolvedScan, World

SCHEME = "alias"
# A claim that is older than this waited on a phone: nobody is there to take another label.
WAITED = timedelta(minutes=1)
# Every code of a roll looks like this; most unknown codes, such as EPCs, do not.
_LIKELY = re.compile(r"[A-Z0-9]{1,6}-?[0-9A-Z]{7}", re.ASCII)


def find_free(session: Session, keys: Iterable[str]) -> frozenset[str]:
    """Return those of some unknown codes that are blank labels which nothing has."""
    likely = {key for key in keys if _LIKELY.fullmatch(key)}
    if not likely:
        return frozenset()
    rows = select(BlankLabel.code).where(
        BlankLabel.code.in_(likely), BlankLabel.state == BlankState.FREE
    )
    return frozenset(session.scalars(rows))


def claim_label(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Put the label on the asset, and return the judgement.

    A phone without a network learns too late that another asset has the label: by then it sticks
    on the thing. So a follow-up asks somebody to put another one on.
    """
    asset = world.assets[item.meaning.id or 0]
    code = item.key
    blank = session.execute(
        select(BlankLabel.id, BlankLabel.state, BlankLabel.asset_id)
        .where(BlankLabel.code == code)
        .with_for_update()
    ).one_or_none()
    if blank is None:
        return refuse(item, world, Refusal.NOT_A_BLANK, asset=asset)
    if blank.state is BlankState.VOID:
        return refuse(item, world, Refusal.LABEL_VOID, asset=asset)
    text = sentences.claimed(code=code, thing=asset.thing)
    if blank.state is BlankState.CLAIMED and blank.asset_id == asset.id:
        return conclude(item, world, Outcome.NOTED, text, asset=asset)
    held = select(Identifier.id).where(Identifier.value == code, Identifier.ended_at.is_(None))
    if blank.state is BlankState.CLAIMED or session.scalar(held) is not None:
        if world.clock.now - item.effective_at > WAITED:
            open_follow_up(
                session,
                key=f"relabel:{item.scan.scan_id}",
                title=f"{asset.thing}: put another label on. {code} belongs to another asset.",
                actor_name=actor.name,
                asset_id=asset.id,
                now=world.clock.now,
            )
        return refuse(item, world, Refusal.LABEL_CLAIMED, asset=asset)
    session.execute(
        update(BlankLabel)
        .where(BlankLabel.id == blank.id)
        .values(state=BlankState.CLAIMED, asset_id=asset.id, claimed_by=item.scan.scan_id)
    )
    session.add(
        Identifier(scheme=SCHEME, value=code, asset_id=asset.id, started_at=item.effective_at)
    )
    session.flush()
    return conclude(item, world, Outcome.APPLIED, text, asset=asset)


def free_label(session: Session, *, claimed_by: UUID) -> None:
    """Take a label off again, as if it had never been claimed: the claim is undone."""
    blank = session.execute(
        select(BlankLabel.id, BlankLabel.code, BlankLabel.asset_id)
        .where(BlankLabel.claimed_by == claimed_by)
        .with_for_update()
    ).one_or_none()
    if blank is None:
        return  # the claim was refused, or only repeated an earlier one
    session.execute(
        update(BlankLabel)
        .where(BlankLabel.id == blank.id)
        .values(state=BlankState.FREE, asset_id=None, claimed_by=None)
    )
    # It ends when it began, so that it never meant the asset.
    session.execute(
        update(Identifier)
        .where(
            Identifier.asset_id == blank.asset_id,
            Identifier.scheme == SCHEME,
            Identifier.value == blank.code,
            Identifier.ended_at.is_(None),
        )
        .values(ended_at=Identifier.started_at)
    )
