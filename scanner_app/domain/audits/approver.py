"""Who may close an audit: rules over persons, whatever account or token they act by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.access.second_person import refuse_second
from scanner_app.domain.audits.acts import ActKind

# Signing a location off is counting it, also where it was empty and nothing was scanned. So is an
# answer about what has no label.
COUNTS = (ActKind.PLACE_COUNTED, ActKind.PLACE_SIGNED_OFF, ActKind.HOLDING_ANSWERED)
# Matching a label says that an asset was seen, and may give it a code: it decides a finding.
DECIDES = (ActKind.DECIDED, ActKind.MATCHED, ActKind.UNMATCHED, ActKind.HOLDING_DECIDED)


class Approver(StrEnum):
    ANYONE = "anyone"
    NOT_A_COUNTER = "not_a_counter"
    NOT_A_COUNTER_NOR_DECIDER = "not_a_counter_nor_decider"


@dataclass(frozen=True, slots=True)
class ApproverRow:
    """One rule: what a person must not have done in the audit that they close."""

    rule: Approver
    label: str
    may_have_counted: bool
    may_have_decided: bool


# From the mildest rule to the strictest.
APPROVERS: dict[Approver, ApproverRow] = {
    row.rule: row
    for row in (
        ApproverRow(Approver.ANYONE, "Anyone who may close audits", True, True),
        ApproverRow(Approver.NOT_A_COUNTER, "Somebody who did not count", False, True),
        ApproverRow(
            Approver.NOT_A_COUNTER_NOR_DECIDER,
            "Somebody who neither counted nor decided",
            False,
            False,
        ),
    )
}


def strictest(*rules: Approver) -> Approver:
    """Return the rule that asks for most."""
    order = list(APPROVERS)
    return max(rules, key=order.index)


def refuse_approver(
    rule: Approver, person: str | None, *, counters: Collection[str], deciders: Collection[str]
) -> str | None:
    """Return why this person may not close the audit, as a sentence; None if they may.

    :param person: who is behind the account or token; None for a program of nobody.
    :param counters, deciders: the person keys of those who counted and of those who decided.
    """
    row = APPROVERS[rule]
    if rule is Approver.ANYONE:
        return None
    program = "A program that no person owns cannot close this audit. Somebody has to sign in."
    said = (
        (
            row.may_have_counted,
            counters,
            "You counted in this audit, so someone else has to close it.",
        ),
        (
            row.may_have_decided,
            deciders,
            "You decided findings of this audit, so someone else has to close it.",
        ),
    )
    refusals = (
        refuse_second(person, () if may_have else first, of_same=of_same, of_program=program)
        for may_have, first, of_same in said
    )
    return next((one for one in refusals if one is not None), None)
