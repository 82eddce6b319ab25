"""The versions of rules by which an audit was decided, as its acts hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.report import without_digest

RULES = "suggestion_rules"


def collect_taken(acts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each version with its text of then, and the findings that were decided by it.

    :param acts: as a report holds them.
    """
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for act in acts:
        rule = act["about"].get("rule") if act["kind"] == ActKind.DECIDED.value else None
        if rule is not None:
            key = (rule["name"], rule["version"])
            found.setdefault(key, {**rule, "taken": []})["taken"] += act["findings"]
    return [{**found[key], "taken": sorted(set(found[key]["taken"]))} for key in sorted(found)]


def check_taken(report: Mapping[str, Any]) -> None:
    """Raise unless the rules of a report are those of its acts, and each was followed.

    :raises Broken: `decisions`.
    """
    acts = report["acts"]["items"]
    if [without_digest(one) for one in report.get(RULES, [])] != collect_taken(acts):
        raise Broken("decisions", "a rule is not what the acts say of it")
    for act in acts:
        rule = act["about"].get("rule") if act["kind"] == ActKind.DECIDED.value else None
        if rule is not None and rule["suggest"] != act["about"]["decision"]:
            raise Broken("decisions", f"rule {rule['name']} v{rule['version']} suggests another")
