"""A delivery: its states, what each scan of it found, and what is decided about a difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.lifecycle.tasks import TaskState


class DeliveryState(StrEnum):
    OPEN = "open"
    BOOKED = "booked"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> DeliveryStateRow:
        """Return the row of this state."""
        return DELIVERY_STATES[self]


class ReceiptState(StrEnum):
    RECEIVED = "received"
    OVER = "over"
    UNORDERED = "unordered"
    ALREADY_REGISTERED = "already_registered"

    @property
    def facts(self) -> ReceiptStateRow:
        """Return the row of this state."""
        return RECEIPT_STATES[self]


class ReceiptDecision(StrEnum):
    ACCEPT = "accept"
    RETURN = "return"
    LEAVE_OUT = "leave_out"

    @property
    def facts(self) -> DecisionRow:
        """Return the row of this decision."""
        return RECEIPT_DECISIONS[self]


@dataclass(frozen=True, slots=True)
class DeliveryStateRow:
    """What is said about a state. `task` is the state of the delivery's task."""

    label: str
    task: TaskState
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptStateRow:
    """What is said about a receipt.

    :param is_difference: booking waits until somebody has decided about it.
    :param help: what it means, and what the decision does.
    """

    label: str
    tone: str
    icon: str
    help: str
    is_difference: bool = True


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What is said about a decision. `past` is what was decided."""

    label: str
    past: str
    tone: str
    icon: str


DELIVERY_STATES: Mapping[DeliveryState, DeliveryStateRow] = {
    DeliveryState.OPEN: DeliveryStateRow("Open", TaskState.OPEN, "accent"),
    DeliveryState.BOOKED: DeliveryStateRow("Booked", TaskState.DONE, "good"),
    DeliveryState.CANCELLED: DeliveryStateRow("Cancelled", TaskState.CANCELLED),
}
_D = DeliveryState
DELIVERY_STEPS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _D.OPEN: frozenset({_D.BOOKED, _D.CANCELLED}),
    _D.BOOKED: frozenset(),
    _D.CANCELLED: frozenset(),
}
RECEIPT_STATES: Mapping[ReceiptState, ReceiptStateRow] = {
    ReceiptState.RECEIVED: ReceiptStateRow(
        "Received", "good", "check", "Fits an open line.", is_difference=False
    ),
    ReceiptState.OVER: ReceiptStateRow(
        "Too many", "warn", "plus", "The line is full. Accepting it raises the line."
    ),
    ReceiptState.UNORDERED: ReceiptStateRow(
        "Not ordered",
        "odd",
        "question",
        "No line of the order has this code. To accept it, say which line it belongs to.",
    ),
    ReceiptState.ALREADY_REGISTERED: ReceiptStateRow(
        "Known already",
        "note",
        "repeat",
        "An asset has this serial number. Accepting moves that asset in; none is made.",
    ),
}
RECEIPT_DECISIONS: Mapping[ReceiptDecision, DecisionRow] = {
    ReceiptDecision.ACCEPT: DecisionRow("Accept", "Accepted", "good", "check"),
    ReceiptDecision.RETURN: DecisionRow("Return", "Goes back", "warn", "out"),
    ReceiptDecision.LEAVE_OUT: DecisionRow("Leave out", "Left out", "", "cross"),
}


def delivery_state(task: TaskState) -> DeliveryState:
    """Return the state of the delivery whose task is in a state."""
    return next(
        (one for one, row in DELIVERY_STATES.items() if row.task is task), DeliveryState.OPEN
    )


def must_decide(state: ReceiptState, *, is_damaged: bool) -> bool:
    """Return whether booking waits for a decision about a receipt."""
    return state.facts.is_difference or is_damaged


def fit_into(open_pieces: int, quantities: Iterable[int]) -> list[ReceiptState]:
    """Return which receipts of a line fit, in the order in which they were scanned."""
    states = []
    for quantity in quantities:
        fits = quantity <= open_pieces
        open_pieces -= quantity if fits else 0
        states.append(ReceiptState.RECEIVED if fits else ReceiptState.OVER)
    return states
