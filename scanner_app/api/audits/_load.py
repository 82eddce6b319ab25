"""One audit as the API returns it, with its counts and accuracy."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from scanner_app.api.audits.schemas import show_audit
from scanner_app.domain.audits.findings import FindingState
from scanner_app.edge.guard import require_actor
from scanner_app.queries.audits.counted.decided import count_decided
from scanner_app.queries.audits.counted.states import count_by_state
from scanner_app.queries.audits.holdings.holdings import load_totals
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.tallies import load_tally
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.services.audits.report import show_parts
from scanner_app.services.audits.sampling.estimates import load_estimates
from scanner_app.services.audits.sampling.freeze import load_population
from scanner_app.storage.database import reading


def load_audit(audit_id: int) -> dict[str, Any]:
    """Return an audit; every count is left out for a person who counts it blind.

    :raises NotFound: no audit has that id.
    """
    with reading() as session:
        row = get_audit(session, audit_id)
        if not may_see_expected(row, require_actor()):
            names = ("counts", "accuracy", "accuracy_by", "proposals")
            hidden: dict[str, Any] = {name: {} for name in names}
            return {**show_audit(row), "plan": row.plan, "population": None, **hidden}
        tally = load_tally(session, audit_id)
        parts = show_parts(session, audit_id)
        counts = count_by_state(session, audit_id)
        population = load_population(session, audit_id)
        estimates = [one.to_json() for one in load_estimates(session, row)]
        decided, total = count_decided(session, audit_id)
        held = load_totals(session, audit_id)
    return {
        **show_audit(row),
        **({"holdings": asdict(held)} if held else {}),
        "plan": row.plan,
        "population": population,
        "estimates": estimates,
        "counts": tally.show_counts(),
        "accuracy": tally.show_accuracy(),
        "accuracy_by": parts,
        "without_place": tally.placeless,
        "outside_scans": counts[FindingState.MISSING].outside,
        "foreign": tally.foreign,
        "by_currency": tally.show_values(),
        "no_value": tally.unvalued,
        "proposals": {"decided": decided, "total": total},
    }
