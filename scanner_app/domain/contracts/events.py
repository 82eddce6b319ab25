"""What is kept of the life of a contract: its steps, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.contracts.states import ContractState


class ContractStep(StrEnum):
    """A step in the life of a contract; those that share a word with a state lead to it."""

    ADDED = "added"
    CHANGED = "changed"
    ACTIVE = "active"
    NOTICE_GIVEN = "notice_given"
    ENDED = "ended"
    CANCELLED = "cancelled"
    RENEWED = "renewed"
    ROLLED_OVER = "rolled_over"
    COVERED = "covered"
    UNCOVERED = "uncovered"
    PAPER_ADDED = "paper_added"
    PAPER_REMOVED = "paper_removed"


@dataclass(frozen=True, slots=True)
class StepRow:
    """What pages say of a step."""

    label: str
    icon: str
    tone: str = ""


_S = ContractStep
CONTRACT_EVENTS: Mapping[ContractStep, StepRow] = {
    _S.ADDED: StepRow("Added", "plus"),
    _S.CHANGED: StepRow("Changed", "edit"),
    _S.ACTIVE: StepRow("Active", "check", "good"),
    _S.NOTICE_GIVEN: StepRow("Notice given", "mail", "warn"),
    _S.ENDED: StepRow("Ended", "cross"),
    _S.CANCELLED: StepRow("Cancelled", "cross"),
    _S.RENEWED: StepRow("Renewed", "repeat", "good"),
    _S.ROLLED_OVER: StepRow("Renewed itself: nobody had decided", "repeat", "warn"),
    _S.COVERED: StepRow("Covers more", "plus"),
    _S.UNCOVERED: StepRow("Covers less", "undo"),
    _S.PAPER_ADDED: StepRow("Document added", "upload"),
    _S.PAPER_REMOVED: StepRow("Document removed", "cross"),
}


def step_to(state: ContractState) -> ContractStep:
    """Return the step that leads to a state."""
    return ContractStep(state.value)
