"""What was found of a sample, as estimates need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.sampling.drawing import DrawnAs
from scanner_app.models import AuditDrawn, AuditMember, Finding, Location


class DrawnResult(NamedTuple):
    """One member that was drawn, and what was found of it."""

    stratum: str
    drawn_as: DrawnAs
    state: FindingState
    value_cents: int | None
    currency: str


def list_results(session: Session, audit_id: int, draw_id: int) -> list[DrawnResult]:
    """Return what was found of each member that a draw took."""
    rows = session.execute(
        select(
            AuditDrawn.stratum,
            AuditDrawn.drawn_as,
            Finding.state,
            AuditMember.value_cents,
            func.coalesce(AuditMember.currency, ""),
        )
        .join(
            Finding,
            and_(Finding.asset_id == AuditDrawn.asset_id, Finding.audit_id == audit_id),
        )
        .join(
            AuditMember,
            and_(AuditMember.asset_id == AuditDrawn.asset_id, AuditMember.audit_id == audit_id),
        )
        .where(AuditDrawn.draw_id == draw_id)
    )
    return [DrawnResult(*row) for row in rows]


class FloorThing(NamedTuple):
    """One thing that was seen at a place from which the floor is looked at."""

    location_id: int
    is_registered: bool


def list_floor_things(
    session: Session, audit_id: int, location_ids: Sequence[int], *, is_sample: bool
) -> list[FloorThing]:
    """Return what was seen at places, or inside them, and was not asked for by the sample.

    :param is_sample: False where everything is expected: then all that was seen there.
    """
    paths = {
        path: id_
        for id_, path in session.execute(
            select(Location.id, Location.path).where(Location.id.in_(location_ids))
        )
    }
    seen = select(Finding.state, Location.path).join(
        Location, Location.id == Finding.seen_location_id
    )
    seen = seen.where(Finding.audit_id == audit_id)
    if is_sample:
        seen = seen.where(Finding.is_expected.is_(False))
    return [
        FloorThing(id_, state is not FindingState.UNREGISTERED)
        for state, seen_path in session.execute(seen)
        for path, id_ in paths.items()
        if seen_path.startswith(path)
    ]
