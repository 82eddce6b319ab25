"""Record the steps that end a request for approval: what was sent is no longer what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ACT_KINDS, ActKind
from scanner_app.domain.notices.causes import closure_topic
from scanner_app.services.notices.raise_notice import clear_topics
from scanner_app.services.seals.acts import record_act


def record_change(
    session: Session, *, kind: ActKind, audit_id: int, now: datetime, **said: Any
) -> int:
    """Record an act of an audit as `record_act` does, and end the notice of what it withdraws."""
    if ACT_KINDS[kind].ends_request:
        clear_topics(session, {closure_topic(audit_id)}, now=now)
    return record_act(session, kind=kind, audit_id=audit_id, now=now, **said)
