"""The parts of a report about what has no label: holdings, and the positions of licences."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.holdings.holdings import (
    COUNT_ACCURACY,
    FORMULA,
    PART,
    HoldingKind,
    count_accuracy,
    list_kinds,
)
from scanner_app.domain.audits.report_columns import show_time
from scanner_app.domain.money import show_money
from scanner_app.queries.audits.holdings.holdings import HoldingRow, list_holdings
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.licences.positions import list_positions
from scanner_app.services.audits.sampling.holdings import hash_frozen

POSITIONS = "positions"
WORDS = (
    "id", "code", "name", "location", "custodian", "frozen_quantity", "holds", "counted",
    "recorded", "note", "answered_by", "reason", "decided_by",
)  # fmt: skip


def show_holdings(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return the parts `holdings` and `positions` of a report; nothing if it covers none."""
    kinds = list_kinds(audit.scope)
    if not kinds or audit.frozen_at is None:
        return {}
    rows = list_holdings(session, audit.id)
    part, whole = count_accuracy((row.counted, row.recorded) for row in rows)
    shown: dict[str, Any] = {
        PART: {
            "count": len(rows),
            "sha256": hash_frozen(session, audit.id),
            "of_each": ["kind", "code", "location", "custodian", "frozen_quantity"],
            "items": [show_holding(row) for row in rows],
            "figure": {"name": COUNT_ACCURACY, "part": part, "whole": whole, "formula": FORMULA},
        }
    }
    if HoldingKind.SOFTWARE in kinds:
        shown[POSITIONS] = _show_positions(session, audit)
    return shown


def show_holding(row: HoldingRow) -> dict[str, Any]:
    """Return a holding as the report and the API hold it."""
    judged = row.judged
    return {
        "kind": row.kind.value,
        "state": judged.state.value,
        "flags": [flag.value for flag in judged.flags],
        **{name: getattr(row, name) for name in WORDS},
        "answered_at": show_time(row.answered_at),
        "by_owner": row.is_by_owner,
        "proposal": row.proposal.value if row.proposal else None,
        "decision": row.decision.value if row.decision else None,
        "decided_at": show_time(row.decided_at),
    }


def _show_positions(session: Session, audit: AuditRow) -> list[dict[str, Any]]:
    """Return the position of each product on the last day of the audit: what is to be bought."""
    last = audit.closed_at or audit.counting_ended_at or audit.frozen_at
    if last is None:
        return []
    on = last.date()
    return [
        {
            "name": row.product,
            "metric": row.metric.value,
            "on": on.isoformat(),
            "entitled": row.position.entitled,
            "assigned": row.assigned,
            "installed": row.installed,
            "need": row.position.need,
            "shortfall": row.position.shortfall,
            "true_up": None
            if row.position.true_up_cents is None
            else show_money(row.position.true_up_cents),
            "currency": row.currency,
        }
        for row in list_positions(session, on=on)
    ]
