"""Scans whose answer does not hold any more: they are kept for a person, who finds out the truth.

The fold makes the state from the set of scans, so a scan that arrives late, or an undo, can turn
one that was answered `applied` into a refusal. The log keeps the answer as it was given, and this
is what tells somebody that it was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.intents import Refusal
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import ContestedScan
from scanner_app.services.scanning.resolve import World


def contest_overturned(
    session: Session,
    held: Mapping[UUID, Refusal | None],
    holds: Mapping[UUID, Refusal | None],
    *,
    asset_id: int,
    cause: NewScan,
    world: World,
) -> None:
    """Keep for a person the scans that a fold refuses now and did not refuse before.

    The scan itself is kept too if it is of a hand-over and is refused: the people have left with
    the thing.

    :param held: which scans were refused before, by their ids; also `holds`, as it is now.
    """
    overturned = {
        scan_id: refusal
        for scan_id, refusal in holds.items()
        if refusal is not None and held.get(scan_id, refusal) is None
    }
    own = holds.get(cause.scan_id)
    if own is not None and cause.handover is not None:
        overturned[cause.scan_id] = own
    keep_contested(session, overturned, asset_id=asset_id, cause=cause.scan_id, world=world)


def keep_contested(
    session: Session,
    refusals: Mapping[UUID, Refusal],
    *,
    asset_id: int | None,
    cause: UUID,
    world: World,
) -> None:
    """Keep scans for a person, each once."""
    if not refusals:
        return
    known = set(
        session.scalars(select(ContestedScan.scan_id).where(ContestedScan.scan_id.in_(refusals)))
    )
    for scan_id in sorted(refusals.keys() - known, key=str):
        session.add(
            ContestedScan(
                scan_id=scan_id,
                asset_id=asset_id,
                cause=cause,
                refusal=refusals[scan_id].value,
                at=world.clock.now,
            )
        )
    session.flush()
