"""Take scans outside of an audit as sightings of what it found nowhere, where its policy says so.

An own scan always comes first: what was scanned for the audit is judged by that alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import (
    FLAGS_OF_THE_LOG,
    Expectation,
    FindingState,
    LastSighting,
    classify,
)
from scanner_app.domain.audits.outside.presence import OutsideSighting, takes_outside
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Audit, Finding, Location
from scanner_app.queries.audits.places import find_depth, lift_paths
from scanner_app.queries.audits.reconciling.presence import find_confirmed


def take_outside(session: Session, audit_id: int, *conditions: Any) -> None:
    """Judge what no scan of an audit counts for by those outside of it, or as missing.

    :param conditions: which findings are asked about; all if there are none.
    """
    policy = session.scalars(select(Audit.policy).where(Audit.id == audit_id)).one()
    if takes_outside(policy):
        confirmed = find_confirmed(session, audit_id, *conditions)
        _write(session, audit_id, confirmed, *conditions)


def rests_outside(session: Session, audit_id: int) -> ColumnElement[bool]:
    """Return the condition that a finding rests on a scan outside of its audit alone."""
    policy = session.scalars(select(Audit.policy).where(Audit.id == audit_id)).one()
    if not takes_outside(policy):
        return false()
    return and_(Finding.is_expected, Finding.sightings == 0, Finding.outside_scan_id.is_not(None))


def forget_outside(session: Session, audit_id: int) -> None:
    """Call missing again what no scan of an audit counts for: it is counted on."""
    policy = session.scalars(select(Audit.policy).where(Audit.id == audit_id)).one()
    if takes_outside(policy):
        _write(session, audit_id, {})


def _write(
    session: Session, audit_id: int, confirmed: dict[int, OutsideSighting], *conditions: Any
) -> None:
    rows = session.execute(_select_unscanned(audit_id, *conditions)).all()
    lifted = lift_paths(session, {row.path for row in rows}, find_depth(session, audit_id))
    changed = []
    for row in rows:
        one = confirmed.get(row.id)
        state, flags = _judge(row, one, lifted[row.path])
        seen = (one.at, one.location_id) if one else (None, None)
        if (state, *seen) == (row.state, row.seen_at, row.seen_location_id):
            continue
        changed.append(
            {
                "the_id": row.id,
                "new_state": state,
                "new_flags": sorted({*flags, *FLAGS_OF_THE_LOG.intersection(row.flags)}),
                "new_at": seen[0],
                "new_place": seen[1],
                "new_person": one.person_id if one else None,
            }
        )
    if changed:
        session.connection().execute(
            update(Finding)
            .where(Finding.id == bindparam("the_id"))
            .values(
                state=bindparam("new_state"),
                flags=bindparam("new_flags"),
                seen_at=bindparam("new_at"),
                seen_location_id=bindparam("new_place"),
                seen_person_id=bindparam("new_person"),
            ),
            changed,
        )


def _select_unscanned(audit_id: int, *conditions: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Finding.id,
            Finding.state,
            Finding.flags,
            Finding.recorded_custodian_id,
            Finding.recorded_status,
            Finding.seen_at,
            Finding.seen_location_id,
            Location.path,
        )
        .outerjoin(Location, Location.id == Finding.recorded_location_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.is_expected,
            Finding.sightings == 0,
            *conditions,
        )
        .order_by(Finding.id)
    )


def _judge(
    row: Any, one: OutsideSighting | None, recorded_path: str | None
) -> tuple[FindingState, list[str]]:
    if one is None:
        return FindingState.MISSING, []
    stage = Stage(row.recorded_status) if row.recorded_status else None
    expected = Expectation(True, recorded_path, row.recorded_custodian_id, stage)
    return classify(expected, LastSighting(one.location_path, one.person_id, one.condition))
