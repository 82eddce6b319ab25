"""What the sample of an audit shows, once its counting has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.sampling.drawing import DrawnAs
from scanner_app.domain.audits.sampling.intervals import Group
from scanner_app.domain.audits.sampling.plan import Goal, Method, SamplePlan, plan_of
from scanner_app.domain.audits.sampling.shown import (
    ShownEstimate,
    show_floor,
    show_simple,
    show_strata,
    show_worth,
)
from scanner_app.domain.audits.sampling.sizing import Facts
from scanner_app.domain.audits.states import AuditState
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.sampling.draws import DrawRow, list_draws
from scanner_app.queries.audits.sampling.facts import load_member_facts
from scanner_app.queries.audits.sampling.results import (
    DrawnResult,
    list_floor_things,
    list_results,
)

MISSING, MISPLACED = FindingState.MISSING, FindingState.MISPLACED


ENDED = {AuditState.RECONCILING, AuditState.CLOSED}


def load_estimates(session: Session, audit: AuditRow) -> list[ShownEstimate]:
    """Return what the sample of an audit shows; nothing while things may still be found."""
    plan = plan_of(audit.plan)
    draws = list_draws(session, audit.id) if plan.needs_draw and audit.state in ENDED else []
    return estimate_sample(session, audit.id, plan, draws[-1]) if draws else []


def estimate_sample(
    session: Session, audit_id: int, plan: SamplePlan, draw: DrawRow
) -> list[ShownEstimate]:
    """Return what the newest draw of an audit shows about the whole population."""
    shown: list[ShownEstimate] = []
    if plan.is_sample:
        results = list_results(session, audit_id, draw.id)
        facts = load_member_facts(session, audit_id, plan)
        if results:
            shown += _estimate(plan, draw, facts, results)
    if plan.floor:
        shown += _estimate_floor(session, audit_id, plan, draw)
    return shown


def _estimate(
    plan: SamplePlan, draw: DrawRow, facts: Facts, results: Sequence[DrawnResult]
) -> list[ShownEstimate]:
    tolerable = plan.tolerable_rate if plan.goal is Goal.ACCEPT else None
    if plan.method is Method.PPS:
        return _estimate_worth(plan, draw, facts, results)
    shown: list[ShownEstimate] = []
    for state, limit in ((MISSING, tolerable), (MISPLACED, None)):
        if plan.method is Method.STRATIFIED:
            groups = _group(facts, results, state)
            shown.append(show_strata(state.value, groups, plan.confidence, limit))
        else:
            found = sum(one.state is state for one in results)
            shown.append(
                show_simple(state.value, facts.members, len(results), found, plan.confidence, limit)
            )
    return shown


def _group(facts: Facts, results: Sequence[DrawnResult], state: FindingState) -> list[Group]:
    drawn = Counter(one.stratum for one in results)
    found = Counter(one.stratum for one in results if one.state is state)
    return [
        Group(members, drawn[name], found[name]) for name, members in sorted(facts.strata.items())
    ]


def _estimate_worth(
    plan: SamplePlan, draw: DrawRow, facts: Facts, results: Sequence[DrawnResult]
) -> list[ShownEstimate]:
    currency = draw.sizes["currency"] or ""
    worth = facts.worth[currency]
    by_value: list[DrawnResult] = []
    others: list[DrawnResult] = []
    for one in results:
        is_valued = one.value_cents and one.currency == currency
        (by_value if is_valued else others).append(one)
    certain = [one for one in by_value if one.drawn_as is DrawnAs.CERTAINTY]
    hit = [one for one in by_value if one.drawn_as is DrawnAs.SAMPLE]
    left = worth.cents - sum(one.value_cents or 0 for one in certain)
    shown = [
        show_worth(
            interval_cents=Fraction(left, len(hit)) if hit else Fraction(0),
            missing=sum(one.state is MISSING for one in hit),
            certain_cents=sum(one.value_cents or 0 for one in certain if one.state is MISSING),
            drawn=len(by_value),
            population=worth.members,
            currency=currency,
            confidence=plan.confidence,
            tolerable_cents=plan.tolerable_cents,
        )
    ]
    if others:
        shown.append(
            show_simple(
                "missing_without_value",
                facts.members - worth.members,
                len(others),
                sum(one.state is MISSING for one in others),
                plan.confidence,
            )
        )
    return shown


def _estimate_floor(
    session: Session, audit_id: int, plan: SamplePlan, draw: DrawRow
) -> list[ShownEstimate]:
    ids = [one["location_id"] for one in draw.sizes["floor"]]
    things = list_floor_things(session, audit_id, ids, is_sample=plan.is_sample)
    drawn = Counter(thing.location_id for thing in things)
    found = Counter(thing.location_id for thing in things if not thing.is_registered)
    groups = [Group(drawn[id_], drawn[id_], found[id_]) for id_ in ids if drawn[id_]]
    # One place says nothing about how places differ.
    return [show_floor(groups, plan.confidence)] if len(groups) > 1 else []
