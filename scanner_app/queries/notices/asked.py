"""People whom audits asked by e-mail what they have, as far as they have not answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.notices.sweep import AskedPerson
from scanner_app.models import AttestationAnswer, AttestationLink, Audit, Finding


def list_unanswered(
    session: Session, *, now: datetime, link_id: int | None = None
) -> list[AskedPerson]:
    """Return the people whose link works and who have left out something that is missing.

    :param link_id: only this link.
    """
    link = AttestationLink
    is_answered = exists().where(
        AttestationAnswer.link_id == link.id, AttestationAnswer.asset_id == Finding.asset_id
    )
    is_left = exists().where(
        Finding.audit_id == link.audit_id,
        Finding.is_expected,
        Finding.state == FindingState.MISSING,
        Finding.recorded_custodian_id == link.person_id,
        ~is_answered,
    )
    statement = (
        select(link.id, link.audit_id, Audit.name, link.person_id, link.asked_at)
        .join(Audit, Audit.id == link.audit_id)
        .where(
            Audit.state == AuditState.COUNTING,
            ~link.is_shown,
            link.revoked_at.is_(None),
            or_(link.expires_at.is_(None), link.expires_at > now),
            is_left,
        )
        .order_by(link.id)
    )
    if link_id is not None:
        statement = statement.where(link.id == link_id)
    return [AskedPerson(*row) for row in session.execute(statement)]
