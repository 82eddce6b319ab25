"""Take the answer of a person, by their link, about what they look after that has no label."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.notices.sweep import attestation_topic
from scanner_app.models import AttestationLink
from scanner_app.services.audits.asking.attestation import open_link
from scanner_app.services.audits.holdings.answer import HoldingAnswer, answer_holding
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.notices.raise_notice import clear_topics


def answer_held(
    session: Session, *, token: str, holding_id: int, given: HoldingAnswer, now: datetime
) -> None:
    """Take an answer about one thing that a person looks after. Unlike the others, it counts.

    :raises NotFound: the link does not work, or this is not theirs.
    :raises Invalid: the answer does not fit what it is about.
    """
    audit_id = open_link(session, token=token, now=now).audit_id
    # Locked and read again: counting may end, or the link, while an answer is written.
    lock_audit(session, audit_id)
    opened = open_link(session, token=token, now=now)
    if all(one.id != holding_id for one in opened.held):
        raise NotFound("This is not among the things that are assigned to you.")
    answer_holding(
        session,
        audit_id=audit_id,
        holding_id=holding_id,
        given=given,
        actor=opened.holder,
        now=now,
        is_by_owner=True,
    )
    if not opened.left and all(one.id == holding_id for one in opened.held_left):
        asked_at = session.get_one(AttestationLink, opened.link_id).asked_at
        clear_topics(session, [attestation_topic(opened.link_id, asked_at)], now=now)
