"""What an audit concludes: findings, flags, proposals, and the states an audit goes through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.lifecycle import ENDED, Stage


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


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the register said of one asset when counting started. Paths hold ids from the root."""

    is_expected: bool
    location_path: str | None
    custodian_id: int | None
    status: Stage | None


@dataclass(frozen=True, slots=True)
class Sighting:
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


def propose(
    state: FindingState,
    flags: list[str],
    *,
    seen_location_id: int | None,
    seen_person_id: int | None,
    is_at_home: bool,
) -> Proposal | None:
    """Give the correction that a finding suggests, or None where the register is right.

    :param is_at_home: an unexpected asset was seen where its record says it is.
    """
    person = seen_person_id if Flag.WRONG_CUSTODIAN in flags else None
    if state is FindingState.MISSING:
        return Proposal(ProposalKind.MARK_MISSING)
    if state is FindingState.UNREGISTERED:
        return Proposal(ProposalKind.REGISTER, seen_location_id)
    if Flag.RETIRED in flags:
        return Proposal(ProposalKind.REINSTATE, seen_location_id, person)
    if state is FindingState.MISPLACED or (
        state is FindingState.UNEXPECTED and seen_location_id is not None and not is_at_home
    ):
        return Proposal(ProposalKind.MOVE, seen_location_id, person)
    if person is not None:
        return Proposal(ProposalKind.REASSIGN, None, person)
    return None
