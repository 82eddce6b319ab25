"""The expected list of an audit: its population, or the sample that was drawn from it."""

from __future__ import annotations

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.counted.cells import FIRST_CELL
from scanner_app.domain.audits.findings import FindingState
from scanner_app.models import Audit, AuditDraw, AuditDrawn, AuditMember, Finding
from scanner_app.services.audits.counted.keep import begin_tallies, forget_tallies


def expect_members(session: Session, audit: Audit, draw: AuditDraw | None) -> None:
    """Insert a finding for each member that is expected, as it was frozen.

    :param draw: the draw that is counted; None: the whole population.
    """
    table = Finding.__table__
    columns = {
        "audit_id": literal(audit.id),
        "asset_id": AuditMember.asset_id,
        "is_expected": literal(True),
        "state": literal(FindingState.MISSING, table.c.state.type),
        "flags": literal([], table.c.flags.type),
        "recorded_location_id": AuditMember.location_id,
        "recorded_custodian_id": AuditMember.custodian_id,
        "recorded_status": AuditMember.status,
        "value_cents": AuditMember.value_cents,
        "sightings": literal(0),
        "proposal_fields": literal({}, table.c.proposal_fields.type),
        "tallied": literal(FIRST_CELL),
    }
    members = select(*columns.values()).where(
        AuditMember.audit_id == audit.id, AuditMember.is_expected
    )
    if draw is not None:
        drawn = select(AuditDrawn.asset_id).where(AuditDrawn.draw_id == draw.id)
        members = members.where(AuditMember.asset_id.in_(drawn))
    session.execute(
        insert(Finding).from_select(list(columns), members.order_by(AuditMember.asset_id))
    )
    begin_tallies(session, audit.id)


def expect_again(session: Session, audit: Audit, draw: AuditDraw) -> None:
    """Replace the expected list of an audit that counted nothing yet."""
    session.execute(delete(Finding).where(Finding.audit_id == audit.id))
    forget_tallies(session, audit.id)
    expect_members(session, audit, draw)
