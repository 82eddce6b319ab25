"""The sample of an audit in its report: the plan, every draw with what it took, the estimates."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.report_columns import show_time
from scanner_app.domain.audits.sampling.drawing import DrawnAs
from scanner_app.domain.audits.sampling.plan import Method, plan_of
from scanner_app.domain.seals.long_parts import LongList
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.records.population import Population
from scanner_app.queries.audits.sampling.draws import DrawRow, list_draws
from scanner_app.queries.audits.sampling.members import stratum_of
from scanner_app.services.audits.sampling.draw import list_draw_order
from scanner_app.services.audits.sampling.estimates import load_estimates

OF_EACH = ["asset_tag", "location", "custodian", "status", "value_cents", "currency"]


def show_sample_part(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return what a report holds of a sample; nothing where nothing was drawn."""
    draws = list_draws(session, audit.id)
    if not draws:
        return {}
    plan = plan_of(audit.plan)
    members = Population(session, audit.id)
    # By the tags, as the items are ordered.
    is_stratified = plan.method is Method.STRATIFIED
    strata = [stratum_of(member, plan) for member in members] if is_stratified else []
    return {
        "population": {
            "count": len(members),
            "of_each": OF_EACH,
            "sha256": audit.population_sha256,
            "items": list_items(members),
            **({"strata": strata} if any(strata) else {}),
        },
        "sample": {
            "plan": audit.plan["sample"],
            "draws": [_show_draw(session, audit, draw) for draw in draws],
            "estimates": [one.to_json() for one in load_estimates(session, audit)],
        },
    }


def list_items(members: Population) -> LongList:
    """Return the members as a report holds them."""
    return LongList(lambda: (list(member.row) for member in members))


def _show_draw(session: Session, audit: AuditRow, draw: DrawRow) -> dict[str, Any]:
    is_sample = plan_of(audit.plan).is_sample
    order = list_draw_order(session, audit.id, draw) if is_sample else []
    return {
        "number": draw.number,
        "drawn_at": show_time(draw.drawn_at),
        "drawn_by": draw.drawn_by,
        "typed": draw.typed,
        "nonce": draw.nonce,
        "nonce_sha256": draw.nonce_sha256,
        "seed": draw.seed,
        "reason": draw.reason,
        **{name: draw.sizes[name] for name in ("strata", "by_value", "currency")},
        "floor": draw.floor_starts,
        "members": [
            {
                "asset_tag": one.tag,
                "stratum": one.stratum,
                "drawn_as": one.drawn_as.value,
                "position": one.position,
            }
            for one in order
            if one.drawn_as is not DrawnAs.RESERVE
        ],
    }
