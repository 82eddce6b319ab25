"""Labels that an audit called not ours: the next audits know them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Audit, Finding


def find_called_foreign(session: Session, audit_id: int, *conditions: Any) -> set[int]:
    """Return the findings of labels that the newest closed audit which saw them called not ours.

    :param conditions: which findings are asked about; all of unknown labels if there are none.
    """
    return {finding_id for finding_id, _reason in _find(session, audit_id, *conditions)}


def load_earlier_reasons(session: Session, audit_id: int, ids: Collection[int]) -> dict[int, str]:
    """Return why labels were not ours in that audit, by the id of the finding in this one."""
    return dict(_find(session, audit_id, Finding.id.in_(sorted(ids)))) if ids else {}


def _find(session: Session, audit_id: int, *conditions: Any) -> list[tuple[int, str]]:
    before = aliased(Finding)
    newest = (
        select(Finding.id, func.max(before.id).label("before_id"))
        .select_from(Finding)
        .join(before, before.code_key == Finding.code_key)
        .join(Audit, Audit.id == before.audit_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.asset_id.is_(None),
            *conditions,
            before.asset_id.is_(None),
            before.audit_id != audit_id,
            Audit.state == AuditState.CLOSED,
        )
        .group_by(Finding.id)
        .subquery()
    )
    rows = session.execute(
        select(newest.c.id, Finding.reason)
        .join(Finding, Finding.id == newest.c.before_id)
        .where(Finding.decision == Decision.FOREIGN)
    )
    return [(finding_id, reason or "") for finding_id, reason in rows]
