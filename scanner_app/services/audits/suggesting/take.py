"""Take what rules suggest. A rule never decides: a person takes it, which is their decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.suggesting.rules import Suggestion
from scanner_app.domain.errors import Conflict
from scanner_app.queries.audits.suggesting.facts import find_suggestions
from scanner_app.services.audits.decide import decide_findings, require_reconciling
from scanner_app.services.audits.steps import lock_audit


def take_suggestions(
    session: Session,
    *,
    audit_id: int,
    finding_ids: Collection[int],
    rule: str | None,
    actor: Actor,
    now: datetime,
    asked: Mapping[str, Any] | None = None,
) -> int:
    """Decide findings as the active rules suggest, with one act for each rule; return how many.

    What somebody has decided by now is left out, and so is what is to be looked at alone if it is
    one of many.

    :param rule: `Same building v3`: only what this version suggests; None takes what any does.
    :param asked: the filter whose whole list is meant; None if the findings were picked.
    :raises Conflict: the audit is not being reconciled; `nothing_suggested`: none of them is
        suggested now, because the rule or what it rests on has changed.
    """
    require_reconciling(lock_audit(session, audit_id))
    is_many = len(set(finding_ids)) > 1
    found = find_suggestions(session, audit_id, finding_ids)
    by_rule: dict[str, list[int]] = defaultdict(list)
    rules: dict[str, Suggestion] = {}
    for id_, one in found.items():
        if _is_meant(one, rule) and not (is_many and one.is_alone):
            by_rule[one.rule.label].append(id_)
            rules[one.rule.label] = one
    if not by_rule:
        raise Conflict(
            "Nothing is suggested here any more: the rule, or what it rests on, has changed. "
            "Load the page again.",
            code="nothing_suggested",
        )
    return sum(
        _take(session, audit_id, rules[label], ids, actor=actor, now=now, asked=asked)
        for label, ids in by_rule.items()
    )


def _is_meant(one: Suggestion, rule: str | None) -> bool:
    return one.decision is not None and rule in {None, one.rule.label}


def _take(
    session: Session,
    audit_id: int,
    one: Suggestion,
    ids: list[int],
    *,
    actor: Actor,
    now: datetime,
    asked: Mapping[str, Any] | None,
) -> int:
    rule = one.rule
    return decide_findings(
        session,
        audit_id=audit_id,
        finding_ids=ids,
        decision=Decision(rule.suggest),
        reason=f"{rule.label}: {rule.reason}",
        rule=rule.to_json(),
        asked=asked,
        actor=actor,
        now=now,
        only_open=True,
    )
