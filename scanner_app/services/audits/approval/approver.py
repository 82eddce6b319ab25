"""Who may close an audit, judged by person: whatever account or token they counted with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.audits.approver import COUNTS, DECIDES, Approver, refuse_approver
from scanner_app.queries.audits.acts import list_persons_of
from scanner_app.queries.audits.counters import list_counting_persons


def find_refusal(session: Session, audit_id: int, person: str | None, rule: Approver) -> str | None:
    """Return why a person may not close an audit, as a sentence; None if they may.

    :param person: who is behind the account or token; None for a program of nobody.
    """
    if rule is Approver.ANYONE:
        return None
    return refuse_approver(
        rule,
        person,
        counters=list_counting_persons(session, audit_id)
        | list_persons_of(session, audit_id, COUNTS),
        deciders=list_persons_of(session, audit_id, DECIDES),
    )
