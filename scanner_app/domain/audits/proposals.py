"""The corrections that findings propose: their kinds, and the rule that chooses one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.audits.findings import FindingState, Flag, is_coarser, is_inside
from scanner_app.domain.register.lifecycle import ENDED, Stage


class Decision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    PRESENT = "present"
    MARK_MISSING = "mark_missing"
    FOREIGN = "foreign"
    TWO_THINGS = "two_things"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision: the button, and what people read afterwards.

    :param needs_reason: why it needs a reason; empty if it needs none.
    :param is_of_outside_scan: it is about an asset that was scanned outside the audit, of which
        nothing is proposed; the others are about a proposal.
    :param is_of_unknown_label: it is about a label that no asset has.
    :param is_of_two: it is about an asset that was in two places sooner than the way takes.
    """

    decision: Decision
    button: str
    label: str
    tone: str
    icon: str
    needs_reason: str = ""
    is_of_outside_scan: bool = False
    is_of_unknown_label: bool = False
    is_of_two: bool = False


DECISIONS: dict[Decision, DecisionRow] = {
    row.decision: row
    for row in (
        DecisionRow(Decision.ACCEPT, "Accept", "Accepted", "good", "check"),
        DecisionRow(
            Decision.REJECT,
            "Reject",
            "Rejected",
            "bad",
            "cross",
            needs_reason="A rejection needs a reason.",
        ),
        DecisionRow(
            Decision.PRESENT,
            "Accept as present",
            "Accepted as present",
            "good",
            "check",
            needs_reason="Give a reason: what shows that it is there?",
            is_of_outside_scan=True,
        ),
        DecisionRow(
            Decision.MARK_MISSING,
            "Mark as missing",
            "Marked as missing",
            "bad",
            "missing",
            needs_reason="Give a reason: it was scanned since counting started.",
            is_of_outside_scan=True,
        ),
        DecisionRow(
            Decision.FOREIGN,
            "Not ours",
            "Not ours",
            "note",
            "cross",
            needs_reason="Give a reason: whose is it, or what is this code?",
            is_of_unknown_label=True,
        ),
        DecisionRow(
            Decision.TWO_THINGS,
            "Two things",
            "Two things with one label",
            "warn",
            "question",
            needs_reason="Give a reason: what shows that these are two things?",
            is_of_two=True,
        ),
    )
}
# The decisions that closing carries out in the register.
APPLIED = (Decision.ACCEPT, Decision.MARK_MISSING)


class ProposalKind(StrEnum):
    MOVE = "move"
    MARK_MISSING = "mark_missing"
    WRITE_OFF = "write_off"
    REASSIGN = "reassign"
    REINSTATE = "reinstate"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One kind of correction.

    A correction is shown as its label, then the location and the person that it sets.

    :param done: what closing does with all accepted ones, as a heading.
    :param refused: what is read of one that was rejected.
    :param at: the words before the location, if it sets one.
    :param no_location: what is shown instead of a location that no longer exists.
    :param to: the words before the person, if it sets one.
    :param no_person: what is shown instead of a person that no longer exists.
    :param why: when it is proposed, in docs/audits.md.
    """

    kind: ProposalKind
    label: str
    done: str
    refused: str
    why: str
    findings: frozenset[FindingState]
    at: str = ""
    no_location: str = ""
    to: str = ""
    no_person: str = ""


_F = FindingState
_SEEN = frozenset({_F.VERIFIED, _F.MISPLACED, _F.UNEXPECTED})
# In the order in which the page of closing lists them.
PROPOSALS: dict[ProposalKind, ProposalRow] = {
    row.kind: row
    for row in (
        ProposalRow(
            ProposalKind.MOVE,
            "Move",
            "Moved to where they were seen",
            "Not moved",
            "in the wrong place, or extra and seen in another location than recorded; never to a "
            "location that contains the recorded one",
            frozenset({_F.MISPLACED, _F.UNEXPECTED}),
            at=" to ",
            no_location="where it was seen",
            to=" and assign to ",
        ),
        ProposalRow(
            ProposalKind.MARK_MISSING,
            "Mark as missing",
            "Marked as missing",
            "Not marked as missing",
            "missing, not scanned outside the audit since counting started, and not attested where "
            "the policy leaves it at that",
            frozenset({_F.MISSING}),
        ),
        ProposalRow(
            ProposalKind.WRITE_OFF,
            "Write off",
            "Written off as lost",
            "Not written off",
            "missing, and missing in the closed audit before that expected it, too; lost from then "
            "on, it is expected again only where the scope says so",
            frozenset({_F.MISSING}),
        ),
        ProposalRow(
            ProposalKind.REASSIGN,
            "Assign",
            "Assigned to the person they were seen with",
            "Not assigned",
            "seen with another person than the one it is assigned to; together with a move, both",
            _SEEN,
            to=" to ",
            no_person="the person it was seen with",
        ),
        ProposalRow(
            ProposalKind.REINSTATE,
            "Reopen",
            "Reopened",
            "Not reopened",
            "seen, but retired, disposed or missing by the register",
            _SEEN,
            at=" in ",
            to=", assigned to ",
        ),
        ProposalRow(
            ProposalKind.REGISTER,
            "Add to the register",
            "Added to the register",
            "Not added to the register",
            "an unknown label; accepting takes the new asset's fields, and the scanned code "
            "becomes one of its codes",
            frozenset({_F.UNREGISTERED}),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The correction that one finding proposes, with the ids of the location and person it sets."""

    kind: ProposalKind
    location_id: int | None = None
    custodian_id: int | None = None


@dataclass(frozen=True, slots=True)
class RegisterState:
    """What the register says about an asset when its proposal is made.

    :param location_path: lifted to the depth at which the audit compares places.
    :param has_moved_since: it was moved after it was last seen, so the register knows better.
    :param is_lost: an audit wrote it off.
    """

    status: Stage
    location_path: str | None
    custodian_id: int | None
    has_moved_since: bool = False
    is_lost: bool = False


# Stages of things that are not in use or in stock: if one is seen, it is taken back.
GONE = ENDED | {Stage.MISSING}


def propose(
    state: FindingState,
    flags: Collection[str],
    *,
    register: RegisterState | None,
    seen_location_id: int | None = None,
    seen_path: str | None = None,
    seen_person_id: int | None = None,
    recorded_status: Stage | None = None,
    is_attested: bool = False,
) -> Proposal | None:
    """Return the correction that a finding proposes, or None if the register is right already.

    :param register: None for a code that no asset has.
    :param recorded_status: the stage when the expected list was frozen.
    :param is_attested: its person says that it is there, and the policy leaves it at that.
    """
    if register is None:
        # A code that means two things is settled on the labels; a third asset would not help.
        if Flag.DUPLICATE_LABEL in flags:
            return None
        return Proposal(ProposalKind.REGISTER, seen_location_id)
    # No clock can tell which of two places is newer, and what was scanned outside the audit was
    # somewhere after counting had started: a person decides.
    if Flag.TWO_PLACES in flags or (state is FindingState.MISSING and Flag.OUTSIDE_SCAN in flags):
        return None
    if state is FindingState.MISSING:
        return None if is_attested else _propose_missing(flags, register, recorded_status)
    is_elsewhere = (
        seen_path is not None
        # The exact location is lost where a coarser one replaces it.
        and Flag.COARSE_PLACE not in flags
        and not register.has_moved_since
        and not is_inside(seen_path, register.location_path)
        and not is_coarser(seen_path, register.location_path)
    )
    if Flag.OUTSIDE_SAMPLE in flags and not is_elsewhere:
        return None
    place = seen_location_id if is_elsewhere else None
    person = seen_person_id if Flag.WRONG_CUSTODIAN in flags else None
    if person == register.custodian_id:
        person = None
    if register.status in GONE:
        return Proposal(ProposalKind.REINSTATE, place, person)
    if place is not None and state is not FindingState.VERIFIED:
        return Proposal(ProposalKind.MOVE, place, person)
    return Proposal(ProposalKind.REASSIGN, None, person) if person is not None else None


def _propose_missing(
    flags: Collection[str], register: RegisterState, recorded_status: Stage | None
) -> Proposal | None:
    """Return what is proposed for an asset that nobody saw: the second time, to write it off."""
    is_over = register.status is Stage.DISPOSED or (
        register.status in ENDED and recorded_status not in ENDED
    )
    if is_over or register.is_lost:
        return None
    if Flag.MISSING_BEFORE in flags:
        return Proposal(ProposalKind.WRITE_OFF)
    return None if register.status is Stage.MISSING else Proposal(ProposalKind.MARK_MISSING)


def show_proposals() -> str:
    """Return the table of proposals as docs/audits.md prints it."""
    lines = ["| proposal | on pages | when |", "|---|---|---|"]
    lines += [f"| `{kind.value}` | {row.label} | {row.why} |" for kind, row in PROPOSALS.items()]
    return "\n".join(lines)
