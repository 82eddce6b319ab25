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
