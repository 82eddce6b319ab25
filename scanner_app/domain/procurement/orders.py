"""States of an order and their steps, kinds of its lines, and what a line still wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    DRAFT = "draft"
    PLACED = "placed"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> OrderStateRow:
        """Return the row of this state."""
        return ORDER_STATES[self]


class LineKind(StrEnum):
    HARDWARE = "hardware"
    STOCK = "stock"
    SOFTWARE = "software"
    CLOUD = "cloud"

    @property
    def facts(self) -> LineKindRow:
        """Return the row of this kind."""
        return LINE_KINDS[self]


@dataclass(frozen=True, slots=True)
class OrderStateRow:
    """What is said about a state.

    :param verb: as a button that leads to it names it.
    :param next: what people do then.
    """

    label: str
    verb: str
    tone: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class LineKindRow:
    """What is said about a kind of line.

    :param has_serials: each piece has a serial number, and becomes an asset; others are counted.
    """

    label: str
    has_serials: bool = False


ORDER_STATES: Mapping[OrderState, OrderStateRow] = {
    OrderState.DRAFT: OrderStateRow(
        "Draft", "Make a draft", "", "Add its lines, then place it with the supplier."
    ),
    OrderState.PLACED: OrderStateRow(
        "Placed", "Place the order", "accent", "Start a delivery as soon as something arrives."
    ),
    OrderState.CLOSED: OrderStateRow(
        "Closed",
        "Close the order",
        "good",
        "Nothing more is expected. A late delivery opens it again.",
    ),
    OrderState.CANCELLED: OrderStateRow("Cancelled", "Cancel the order", "", "It came to nothing."),
}
_S = OrderState
# By state: the states that may follow. `cancelled` only as long as nothing is booked.
ORDER_STEPS: Mapping[OrderState, frozenset[OrderState]] = {
    _S.DRAFT: frozenset({_S.PLACED, _S.CANCELLED}),
    _S.PLACED: frozenset({_S.CLOSED, _S.CANCELLED}),
    _S.CLOSED: frozenset({_S.PLACED}),
    _S.CANCELLED: frozenset(),
}
LINE_KINDS: Mapping[LineKind, LineKindRow] = {
    LineKind.HARDWARE: LineKindRow("Hardware", has_serials=True),
    LineKind.STOCK: LineKindRow("Stock item"),
    LineKind.SOFTWARE: LineKindRow("Software"),
    LineKind.CLOUD: LineKindRow("Cloud"),
}


def share_by_weight(cents: int, weights: Sequence[int]) -> list[int]:
    """Return shares of an amount, whole cents that add up to it, in proportion to the weights.

    Shares are floored; the missing cents go to the largest fractions, ties to the earlier one. All
    shares are equal if no weight is above 0.
    """
    if not weights:
        return []
    total = sum(weights)
    parts = weights if total else [1] * len(weights)
    total = total or len(weights)
    shares = [cents * part // total for part in parts]
    fractions = [(cents * part % total, -index) for index, part in enumerate(parts)]
    left = cents - sum(shares)
    for _, index in sorted(fractions, reverse=True)[:left]:
        shares[-index] += 1
    return shares


@dataclass(frozen=True, slots=True)
class LineCount:
    """How much of a line came.

    :param received: pieces that fit and wait for booking.
    """

    ordered: int
    booked: int
    received: int = 0
    over: int = 0

    @property
    def open(self) -> int:
        """Return how many pieces are still to come, of those that are not booked."""
        return max(0, self.ordered - self.booked)

    @property
    def missing(self) -> int:
        """Return how many pieces neither are booked nor lie there, received."""
        return max(0, self.open - self.received)
