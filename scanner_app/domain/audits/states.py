"""The states of an audit, with everything that any layer says about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AuditState(StrEnum):
    DRAFT = "draft"
    COUNTING = "counting"
    RECONCILING = "reconciling"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AuditStateRow:
    """One state of an audit.

    :param following: the states that an audit may enter from this one.
    :param entered: what people read when an audit enters this state.
    """

    state: AuditState
    label: str
    following: frozenset[AuditState]
    tone: str = ""
    icon: str = ""
    entered: str = ""


_A = AuditState
AUDIT_STATES: dict[AuditState, AuditStateRow] = {
    row.state: row
    for row in (
        AuditStateRow(
            _A.DRAFT,
            "Draft",
            frozenset({_A.COUNTING, _A.CANCELLED}),
        ),
        AuditStateRow(
            _A.COUNTING,
            "Counting",
            frozenset({_A.RECONCILING, _A.CANCELLED}),
            tone="accent",
            entered="Counting has started. The expected list is frozen.",
        ),
        AuditStateRow(
            _A.RECONCILING,
            "Reconciling",
            # Back to counting: a room that was forgotten is counted, not guessed.
            frozenset({_A.COUNTING, _A.CLOSED, _A.CANCELLED}),
            tone="warn",
            entered="Counting has ended. Review each difference.",
        ),
        AuditStateRow(
            _A.CLOSED,
            "Closed",
            frozenset(),
            tone="good",
            icon="seal",
            entered="The audit is closed and sealed.",
        ),
        AuditStateRow(
            _A.CANCELLED,
            "Cancelled",
            frozenset(),
            entered="The audit is cancelled. Its scans are kept.",
        ),
    )
}
# The table of steps: from each state, the states that may follow.
STEPS: dict[AuditState, frozenset[AuditState]] = {
    state: row.following for state, row in AUDIT_STATES.items()
}

# What is in one of these is sealed, if it was ever counted.
FINAL_STATES = frozenset(state for state, following in STEPS.items() if not following)


def is_blind_for(*, is_blind: bool, state: AuditState, may_run: bool) -> bool:
    """Return whether the expected list is hidden from a person, because they count blind.

    :param may_run: the person runs audits, and so knows the list already.
    """
    return is_blind and not may_run and state in {AuditState.DRAFT, AuditState.COUNTING}


def show_steps() -> str:
    """Return the table of states as docs/audits.md prints it."""
    lines = ["| from | to |", "|---|---|"]
    for state, following in STEPS.items():
        names = ", ".join(f"`{s.value}`" for s in AuditState if s in following)
        lines.append(f"| `{state.value}` | {names or 'nothing: it is final'} |")
    return "\n".join(lines)
