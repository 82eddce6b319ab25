"""Extend a loan by the link in a reminder: the person who has the thing does it, by one scan."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Scan
from scanner_app.queries.circulation.extensions import (
    RunningLoan,
    find_loan,
    foresee_extension,
)
from scanner_app.services.custody.assets import lock_assets
from scanner_app.services.scanning.record import record_scans

DEVICE = "link in a reminder"


def extend_by_link(
    session: Session,
    loan: RunningLoan,
    scan_id: UUID,
    *,
    now: datetime,
    zone: str,
    rules: TagRules,
) -> Answer:
    """Extend a loan as its person, by the rules of lending, and return the answer.

    :param loan: as the link names it. Whatever became of it since, nothing else is extended.
    :param scan_id: of the link: pressed twice, it extends once.
    :raises Conflict: the loan is not that of the link any more (`link_ended`), or is not extended.
    """
    lock_assets(session.connection(), [loan.asset_id])
    found = find_loan(session, asset_id=loan.asset_id)
    # An extension that somebody undid is not made again by the same link.
    is_used = session.scalar(select(Scan.id).where(Scan.scan_id == scan_id)) is not None
    if is_used or found is None or (found.person_id, found.due_at) != (loan.person_id, loan.due_at):
        raise Conflict("This link does not extend anything any more.", code="link_ended")
    # The door lets a clerk extend where no rule says how often; the person it does not.
    if foresee_extension(session, found, now=now, zone=zone).due_at is None:
        raise Conflict("This loan cannot be extended.", code="not_extended")
    actor = Actor("person", found.person_id, f"{found.person}, by link", Role.TECHNICIAN)
    scan = NewScan(
        scan_id=scan_id,
        code=found.tag,
        intent=Intent.EXTEND,
        scanned_at=now,
        source="typed",
        device=DEVICE,
    )
    [answer] = record_scans(
        session, scans=[scan], actor=actor, now=now, rules=rules, zone=zone, is_in_turn=True
    )
    if answer.outcome is not Outcome.APPLIED:
        raise Conflict(answer.message, code=answer.refusal or "not_extended")
    return answer
