"""Freeze what an audit covers that has no label, in the words of that moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.holdings.holdings import hash_holdings
from scanner_app.models import Audit, AuditHolding
from scanner_app.queries.audits.holdings.holdings import FROZEN, select_covered


def freeze_holdings(session: Session, audit: Audit, *, now: datetime) -> dict[str, Any] | None:
    """Write down what the scope covers that has no label; return its number and hash.

    None if the scope covers nothing of the kind.

    :raises Invalid: the scope names something that no longer exists.
    """
    selects = select_covered(session, audit.scope, now=now)
    if not selects:
        return None
    rows = [
        {**dict(zip(FROZEN, row, strict=True)), "audit_id": audit.id, "is_by_owner": False}
        for select_ in selects
        for row in session.execute(select_)
    ]
    if rows:
        session.execute(insert(AuditHolding), rows)
    return {"count": len(rows), "sha256": hash_frozen(session, audit.id)}


def hash_frozen(session: Session, audit_id: int) -> str:
    """Return the hash of the frozen list of an audit."""
    words = ("kind", "code", "location", "custodian", "frozen_quantity")
    rows = session.execute(
        select(*(getattr(AuditHolding, name) for name in words)).where(
            AuditHolding.audit_id == audit_id
        )
    )
    return hash_holdings(
        [row.kind.value, row.code, row.location or "", row.custodian or "", row.frozen_quantity]
        for row in rows
    )
