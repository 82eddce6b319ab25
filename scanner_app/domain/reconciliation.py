"""What an audit concludes: findings, flags, proposals, and the states an audit goes through."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scanner_app.domain.register.lifecycle import ENDED, Stage


class AuditState(StrEnum):
    DRAFT = "draft"
    COUNTING = "counting"
    RECONCILING = "reconciling"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_A = AuditState
# `reconciling` may return to `counting`: a room that was forgotten is counted, not guessed.
STEPS: dict[AuditState, frozenset[AuditState]] = {
    _A.DRAFT: frozenset({_A.COUNTING, _A.CANCELLED}),
    _A.COUNTING: frozenset({_A.RECONCILING, _A.CANCELLED}),
    _A.RECONCILING: frozenset({_A.COUNTING, _A.CLOSED, _A.CANCELLED}),
    _A.CLOSED: frozenset(),
    _A.CANCELLED: frozenset(),
}


class FindingState(StrEnum):
    VERIFIED = "verified"
    MISPLACED = "misplaced"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    UNREGISTERED = "unregistered"


class Flag(StrEnum):
    WRONG_CUSTODIAN = "wrong_custodian"
    RETIRED = "retired"
    DUPLICATE_LABEL = "duplicate_label"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    # Seen, but the scan named no place: it proves existence and is not evidence of location.
    NO_PLACE = "no_place"


class Decision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


class ProposalKind(StrEnum):
    MOVE = "move"
    MARK_MISSING = "mark_missing"
    REASSIGN = "reassign"
    REINSTATE = "reinstate"
    REGISTER = "register"


class Expectation(NamedTuple):
    """What the register said of one asset when counting started. Paths hold ids from the root."""

    is_expected: bool
    location_path: str | None
    custodian_id: int | None
    status: Stage | None


class Sighting(NamedTuple):
    """The newest sighting of one asset in one audit."""

    location_path: str | None
    person_id: int | None = None
    condition: str | None = None


def is_inside(path: str | None, outer: str | None) -> bool:
    """Tell whether a place is the other or lies inside it, by their paths (``/1/5/``)."""
    return path is not None and outer is not None and path.startswith(outer)


def classify(expected: Expectation, seen: Sighting | None) -> tuple[FindingState, list[str]]:
    """Give the finding and its flags, by the definitions in docs/audits.md.

    *verified*: expected and last seen at, or inside, its recorded location. *misplaced*:
    expected, last seen elsewhere. *missing*: expected, never seen. *unexpected*: registered,
    not on the expected list, seen in this audit.
    """
    if seen is None:
        return FindingState.MISSING, []
    flags: list[str] = []
    if seen.location_path is None:
        flags.append(Flag.NO_PLACE.value)
    if seen.person_id is not None and seen.person_id != expected.custodian_id:
        flags.append(Flag.WRONG_CUSTODIAN.value)
    if expected.status in ENDED:
        flags.append(Flag.RETIRED.value)
    if seen.condition == "damaged":
        flags.append(Flag.DAMAGED.value)
    if seen.condition == "unreadable_label":
        flags.append(Flag.UNREADABLE.value)
    if not expected.is_expected:
        return FindingState.UNEXPECTED, flags
    if seen.location_path is None or is_inside(seen.location_path, expected.location_path):
        return FindingState.VERIFIED, flags
    return FindingState.MISPLACED, flags


@dataclass(frozen=True, slots=True)
class Proposal:
    """The correction that a finding suggests; ids of the place and person it names."""

    kind: ProposalKind
    location_id: int | None = None
    custodian_id: int | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """What the register says of an asset at the moment when its proposal is made.

    `has_moved_since` tells that it was moved after it was last seen: the register knows newer.
    """

    status: Stage
    location_path: str | None
    custodian_id: int | None
    has_moved_since: bool = False


# Stages of things that are not about: seen, they are to be taken back.
GONE = ENDED | {Stage.MISSING}


def propose(
    state: FindingState,
    flags: Collection[str],
    *,
    register: Register | None,
    seen_location_id: int | None = None,
    seen_path: str | None = None,
    seen_person_id: int | None = None,
    recorded_status: Stage | None = None,
) -> Proposal | None:
    """Give the correction that a finding suggests, or None where the register is right already.

    :param register: None for a code that nothing is registered under.
    :param recorded_status: the stage when the expected list was frozen.
    """
    if register is None:
        # One code that means two things is settled on their labels; a third would be no help.
        if Flag.DUPLICATE_LABEL in flags:
            return None
        return Proposal(ProposalKind.REGISTER, seen_location_id)
    if state is FindingState.MISSING:
        is_settled = register.status in {Stage.MISSING, Stage.DISPOSED} or (
            register.status in ENDED and recorded_status not in ENDED
        )
        return None if is_settled else Proposal(ProposalKind.MARK_MISSING)
    is_elsewhere = (
        seen_path is not None
        and not register.has_moved_since
        and not is_inside(seen_path, register.location_path)
    )
    place = seen_location_id if is_elsewhere else None
    person = seen_person_id if Flag.WRONG_CUSTODIAN in flags else None
    if person == register.custodian_id:
        person = None
    if register.status in GONE:
        return Proposal(ProposalKind.REINSTATE, place, person)
    if place is not None and state is not FindingState.VERIFIED:
        return Proposal(ProposalKind.MOVE, place, person)
    if person is not None:
        return Proposal(ProposalKind.REASSIGN, None, person)
    return None


def hides_expectation(*, is_blind: bool, state: AuditState, may_run: bool) -> bool:
    """Tell whether what is expected is kept from somebody: from who counts blind, while counting.

    :param may_run: the person runs audits, and so knows the list anyway.
    """
    return is_blind and not may_run and state in {AuditState.DRAFT, AuditState.COUNTING}


def show_steps() -> str:
    """Give the table of states as it stands in docs/audits.md."""
    lines = ["| from | to |", "|---|---|"]
    for state, following in STEPS.items():
        names = ", ".join(f"`{s.value}`" for s in AuditState if s in following)
        lines.append(f"| `{state.value}` | {names or 'nothing: it is final'} |")
    return "\n".join(lines)
