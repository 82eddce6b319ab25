"""Acts: the steps of people, programs and the service in an audit, with their words.

An act is written once, in the transaction of the step that it records, and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.audits.asking.attestation import ANSWERS, Answered
from scanner_app.domain.audits.deciding.lists import LIST, say_list
from scanner_app.domain.audits.findings import CONDITIONS
from scanner_app.domain.audits.holdings.holdings import HOLDING_DECISIONS, HoldingDecision
from scanner_app.domain.audits.late.unsent import LEFT_OUT, say_left
from scanner_app.domain.audits.proposals import DECISIONS, Decision

# The actor of an act that the service did by itself, such as an upgrade or a scheduled run.
SERVICE_KEY = "service"
SERVICE_NAME = "scanner-app"


class ActKind(StrEnum):
    CREATED = "created"
    EDITED = "edited"
    POLICY_CHANGED = "policy_changed"
    FROZEN = "frozen"
    DRAWN = "drawn"
    COUNTING_STARTED = "counting_started"
    COUNTING_ENDED = "counting_ended"
    COUNTING_RESUMED = "counting_resumed"
    SENT_FOR_APPROVAL = "sent_for_approval"
    SENT_BACK = "sent_back"
    CANCELLED = "cancelled"
    ASSIGNED = "assigned"
    PLACE_COUNTED = "place_counted"
    PLACE_SIGNED_OFF = "place_signed_off"
    RECOUNT_ASKED = "recount_asked"
    LATE_TAKEN = "late_taken"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    CALLED_FOREIGN = "called_foreign"
    EVIDENCE_ADDED = "evidence_added"
    DECIDED = "decided"
    DECISION_REOPENED = "decision_reopened"
    COMMENTED = "commented"
    ASSIGNED_FINDING = "assigned_finding"
    RULE_CHANGED = "rule_changed"
    ATTESTATION_ASKED = "attestation_asked"
    ATTESTED = "attested"
    ATTESTATION_REVOKED = "attestation_revoked"
    HOLDING_ANSWERED = "holding_answered"
    HOLDING_DECIDED = "holding_decided"
    STATEMENT = "statement"
    CLOSED = "closed"
    SEALED = "sealed"
    KEY_CHANGED = "key_changed"
    TIMESTAMPED = "timestamped"
    SETTING_CHANGED = "setting_changed"
    LENDING_CHANGED = "lending_changed"
    ADMIN_CHANGED = "admin_changed"
    PROGRAMME_CHANGED = "programme_changed"


@dataclass(frozen=True, slots=True)
class ActRow:
    """What people read of one kind of act.

    :param label: what was done, as the trail of an audit shows it.
    :param icon: from static/icons.svg.
    :param ends_request: what was sent for approval before it waits no more: this changed it, or
        answered it.
    """

    kind: ActKind
    label: str
    icon: str = "info"
    tone: str = "note"
    ends_request: bool = False


_K = ActKind
ACT_KINDS: dict[ActKind, ActRow] = {
    row.kind: row
    for row in (
        ActRow(_K.CREATED, "Set up"),
        ActRow(_K.EDITED, "Plan changed"),
        ActRow(_K.POLICY_CHANGED, "Policy changed", tone="warn", ends_request=True),
        ActRow(_K.FROZEN, "Expected list frozen"),
        ActRow(_K.DRAWN, "Sample drawn"),
        ActRow(_K.COUNTING_STARTED, "Counting started", "scan"),
        ActRow(_K.COUNTING_ENDED, "Counting ended", "check"),
        ActRow(_K.COUNTING_RESUMED, "Counting reopened", "scan", "warn", ends_request=True),
        ActRow(_K.SENT_FOR_APPROVAL, "Sent for approval"),
        ActRow(_K.SENT_BACK, "Sent back", tone="warn", ends_request=True),
        ActRow(_K.CANCELLED, "Cancelled", "cross", "bad", ends_request=True),
        ActRow(_K.ASSIGNED, "Location given to a counter"),
        ActRow(_K.PLACE_COUNTED, "Location counted", "check"),
        ActRow(_K.PLACE_SIGNED_OFF, "Location signed off", "check", "good"),
        ActRow(_K.RECOUNT_ASKED, "Second count asked for"),
        ActRow(_K.LATE_TAKEN, "Late scans taken in", ends_request=True),
        ActRow(_K.MATCHED, "Label matched with an asset", ends_request=True),
        ActRow(_K.UNMATCHED, "Match undone", "undo", "warn", ends_request=True),
        ActRow(_K.CALLED_FOREIGN, "Label called foreign", ends_request=True),
        ActRow(_K.EVIDENCE_ADDED, "Evidence added"),
        ActRow(_K.DECIDED, "Decided", "check", ends_request=True),
        ActRow(_K.DECISION_REOPENED, "Decision opened again", "warning", "warn", ends_request=True),
        ActRow(_K.COMMENTED, "Commented"),
        ActRow(_K.ASSIGNED_FINDING, "Given to somebody to clear up"),
        ActRow(_K.RULE_CHANGED, "Rule of suggestions changed"),
        ActRow(_K.ATTESTATION_ASKED, "People asked what they have"),
        ActRow(_K.ATTESTED, "Answer of the person it is assigned to"),
        ActRow(_K.ATTESTATION_REVOKED, "Link to answer by withdrawn", tone="warn"),
        ActRow(_K.HOLDING_ANSWERED, "Answered without a label", "eye", ends_request=True),
        ActRow(_K.HOLDING_DECIDED, "Decided without a label", "check", ends_request=True),
        ActRow(_K.STATEMENT, "Statement"),
        ActRow(_K.CLOSED, "Closed", "check", "good", ends_request=True),
        ActRow(_K.SEALED, "Record sealed", "seal", "good"),
        ActRow(_K.KEY_CHANGED, "Signing key changed", "warning", "warn"),
        ActRow(_K.TIMESTAMPED, "Time confirmed by an outside authority"),
        ActRow(_K.SETTING_CHANGED, "Setting changed", "settings"),
        ActRow(_K.LENDING_CHANGED, "Rule of lending changed", "settings"),
        ActRow(_K.ADMIN_CHANGED, "Changed by an admin", "settings"),
        ActRow(_K.PROGRAMME_CHANGED, "Programme changed", "repeat"),
    )
}


class StatementOf(StrEnum):
    """Whose statement it is."""

    LEAD = "lead"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement: who makes it, and the words that the page proposes for it."""

    label: str
    proposed: str


STATEMENTS_OF: dict[StatementOf, StatementRow] = {
    StatementOf.LEAD: StatementRow(
        "of who led the count",
        "All locations listed were counted as stated. Exceptions are listed.",
    ),
    StatementOf.APPROVER: StatementRow(
        "of who approved it",
        "I reviewed the findings and the decisions, and approve the changes of the register.",
    ),
}
# An act of these is about as many findings as were chosen.
ABOUT_MANY = frozenset({_K.ATTESTED, _K.DECIDED, _K.DECISION_REOPENED, _K.ASSIGNED_FINDING})


def show_act(kind: ActKind, about: Mapping[str, Any], findings: int) -> str:
    """Return an act in words, without who did it and when.

    :param findings: how many findings it is about.
    """
    label = ACT_KINDS[kind].label
    if kind is ActKind.DECIDED and about.get("decision") in set(Decision):
        label = DECISIONS[Decision(about["decision"])].label
    details: list[str] = []
    if kind in ABOUT_MANY and findings != 1:
        details.append(f"{findings:,} findings")
    population = about.get("population")
    if isinstance(population, Mapping) and "count" in population:
        count = population["count"]
        details.append(f"{count:,} {'asset' if count == 1 else 'assets'}")
    if kind is ActKind.ASSIGNED_FINDING:
        label = f"Given to {about['assignee_name']}" if about["assignee"] else "Given to nobody"
        details += [f"until {about['due_on']}"] if about["due_on"] else []
    if kind in {ActKind.MATCHED, ActKind.UNMATCHED}:
        details.append(f"{about['code']} and {about['asset_tag']}")
    details += _name_who_and_where(kind, about)
    details += _name_late(kind, about)
    if kind is ActKind.EVIDENCE_ADDED and "condition" in about:
        details.append(CONDITIONS[about["condition"]])
    if kind is ActKind.DECIDED and LIST in about:
        details.append(say_list(about[LIST]))
    details += _name_holding(kind, about)
    if "number" in about:
        details.append(f"number {about['number']}")
    if about.get("adopted"):
        details.append("from before the trail was kept")
    return f"{label}: {', '.join(details)}" if details else label


def _name_late(kind: ActKind, about: Mapping[str, Any]) -> list[str]:
    """Return how many scans were taken in that had waited, or what closing left out."""
    if kind is ActKind.LATE_TAKEN and about.get("admitted"):
        count = len(about["scan_ids"])
        return [f"{count:,} that had waited"]
    return [say_left(about[LEFT_OUT]).rstrip(".")] if LEFT_OUT in about else []


def _name_holding(kind: ActKind, about: Mapping[str, Any]) -> list[str]:
    """Return what was said of something without a label, or how many were decided."""
    if kind is ActKind.HOLDING_ANSWERED:
        there = "there" if about["holds"] else "not there"
        said = there if about["quantity"] is None else f"{about['quantity']:,} counted"
        return [str(about["code"]), said]
    if kind is ActKind.HOLDING_DECIDED:
        count, decision = len(about["holdings"]), HoldingDecision(about["decision"])
        return [HOLDING_DECISIONS[decision][1].lower(), *([] if count == 1 else [f"{count:,}"])]
    return []


def _name_who_and_where(kind: ActKind, about: Mapping[str, Any]) -> list[str]:
    """Return the location that an act is about, and the people that it names."""
    details: list[str] = []
    if "location_name" in about:
        details.append(str(about["location_name"]))
    if "people" in about:
        details.append("to " + (", ".join(about["people"].values()) or "nobody"))
    if "asked" in about:
        names = list(about["asked"].values())
        details.append(names[0] if len(names) == 1 else f"{len(names):,} people")
    if kind is ActKind.ATTESTATION_ASKED:
        details.append("by e-mail" if about["by"] == "mail" else "links shown to be handed over")
    if kind is ActKind.ATTESTED:
        details.append(ANSWERS[Answered(about["answer"])].told)
    if about.get("is_empty"):
        details.append("empty")
    if kind is ActKind.DECIDED and "rule" in about:
        details.append(f"suggested by rule {about['rule']['name']} v{about['rule']['version']}")
    if kind is ActKind.RULE_CHANGED:
        details.append(f"{about['name']} v{about['version']}")
        details.append("active" if about["is_active"] else "not active")
    if kind is ActKind.PROGRAMME_CHANGED:
        details += [str(about["programme"]), str(about["step"])]
    if "approver_name" in about:
        details.append(f"to {about['approver_name']}")
    if kind is ActKind.STATEMENT and about.get("as") in set(StatementOf):
        details.append(STATEMENTS_OF[StatementOf(about["as"])].label)
    return details
