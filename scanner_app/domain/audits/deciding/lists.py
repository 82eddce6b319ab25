"""The list that a decision about many findings was made over: its filter, its length, its hash.

So an auditor sees what such a decision covered: what the filter asked for, and that every finding
of it was then what the report says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner_app.domain.audits.findings import FINDING_KINDS, FLAGS, FindingState, Flag
from scanner_app.domain.audits.proposals import ProposalKind
from scanner_app.domain.seals.canonical import hash_canonical
from scanner_app.domain.seals.check import Broken

# The name of the list in the words of an act.
LIST = "list"
Item = Mapping[str, Any]


def show_list(
    findings: Iterable[tuple[int, FindingState, ProposalKind | None]],
    asked: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what an act says of the list that it is about.

    :param findings: id, state and proposal of each, as they were decided.
    :param asked: the filter whose whole list was meant; None if the findings were picked.
    """
    rows = [[id_, state.value, kind.value if kind else ""] for id_, state, kind in findings]
    return {
        "filter": dict(asked) if asked is not None else None,
        "count": len(rows),
        "sha256": hash_canonical(sorted(rows)),
    }


def say_list(told: Mapping[str, Any]) -> str:
    """Return a list in words: what was asked for, and the beginning of its hash."""
    asked = told["filter"]
    if asked is None:
        said = "picked one by one"
    else:
        said = f"all of {', '.join(_say_filter(asked)) or 'the audit'}"
    return f"{said}, list {told['sha256'][:8]}"


def _say_filter(asked: Mapping[str, Any]) -> Iterable[str]:
    for state in asked.get("state", ()):
        yield f"“{FINDING_KINDS[FindingState(state)].label}”"
    if "location" in asked:
        yield f"location {asked['location']}"
    if "flag" in asked:
        yield FLAGS[Flag(asked["flag"])].label
    if "evidence" in asked:
        yield f"known by {asked['evidence']}"
    if "category" in asked:
        yield f"category {asked['category']}"
    if "custodian" in asked:
        yield f"assigned to {asked['custodian']}"
    if "value_from" in asked:
        yield f"worth {asked['value_from']} or more"
    if "assignee" in asked:
        yield f"cleared up by {asked['assignee']}"
    if "due_to" in asked:
        yield f"due until {asked['due_to']}"
    if "changed" in asked:
        yield "changed in the register since"
    if "suggested" in asked:
        yield "suggested by a rule"


def check_lists(report: Mapping[str, Any]) -> None:
    """Raise unless each decision about many is about the list whose hash its act holds.

    A list whose findings were partly decided again is not what it was, so its length alone is
    checked.

    :raises Broken: `decisions`, with the moment of the act.
    """
    acts = [a for a in report["acts"]["items"] if a["kind"] in {"decided", "decision_reopened"}]
    newest = {finding: act["id"] for act in acts for finding in act["findings"]}
    findings = {one["id"]: one for one in report["findings"]}
    for act in acts:
        told = act["about"].get(LIST)
        if told is None:
            continue
        ids = act["findings"]
        holds = all(id_ in findings and newest[id_] == act["id"] for id_ in ids)
        if told["count"] != len(ids) or (holds and told["sha256"] != _hash(findings, ids)):
            raise Broken("decisions", f"what was decided at {act['at']} is another list")


def _hash(findings: Mapping[int, Item], ids: Iterable[int]) -> str:
    rows = [[id_, findings[id_]["state"], findings[id_]["proposal"] or ""] for id_ in sorted(ids)]
    return hash_canonical(rows)
