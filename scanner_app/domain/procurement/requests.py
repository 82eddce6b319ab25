"""States and purposes of a request, what may become of it, and how much of it is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RequestState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ORDERED = "ordered"
    FULFILLED = "fulfilled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> RequestStateRow:
        """Return the row of this state."""
        return REQUEST_STATES[self]


class Purpose(StrEnum):
    NEED = "need"
    REPLACEMENT = "replacement"
    SCALE = "scale"
    RENEWAL = "renewal"

    @property
    def label(self) -> str:
        """Return what pages say of this purpose."""
        return PURPOSES[self]


class ApprovalDecision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"

    @property
    def facts(self) -> ApprovalRow:
        """Return the row of this decision."""
        return APPROVALS[self]


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """What is said about a decision. `past` is what was decided."""

    label: str
    past: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class RequestStateRow:
    """What is said about a state.

    :param verb: as a button that leads to it names it.
    :param next: what happens then, for who asked.
    :param is_open: something is still to be done about it.
    """

    label: str
    verb: str
    next: str
    tone: str = ""
    is_open: bool = True


_S = RequestState
REQUEST_STATES: Mapping[RequestState, RequestStateRow] = {
    _S.DRAFT: RequestStateRow("Draft", "Make a draft", "Nobody has been asked yet: send it."),
    _S.SUBMITTED: RequestStateRow(
        "Waits", "Ask for it", "An approver decides about it. You get a notice.", "accent"
    ),
    _S.APPROVED: RequestStateRow(
        "Approved", "Approve", "It is taken from stock or ordered next.", "good"
    ),
    _S.ORDERED: RequestStateRow("Ordered", "Order", "It is on its way.", "accent"),
    _S.FULFILLED: RequestStateRow("Done", "Done", "All of it is there.", "good", is_open=False),
    _S.REJECTED: RequestStateRow(
        "Refused", "Refuse", "Change it and ask again, or leave it.", "bad", is_open=False
    ),
    _S.CANCELLED: RequestStateRow(
        "Cancelled", "Cancel the request", "It came to nothing.", "", is_open=False
    ),
}
# By state: the states that may follow. One that has none is final.
REQUEST_STEPS: Mapping[RequestState, frozenset[RequestState]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.CANCELLED}),
    _S.SUBMITTED: frozenset({_S.APPROVED, _S.REJECTED, _S.DRAFT, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.ORDERED, _S.FULFILLED, _S.CANCELLED}),
    _S.ORDERED: frozenset({_S.FULFILLED, _S.APPROVED, _S.CANCELLED}),
    _S.REJECTED: frozenset({_S.DRAFT}),
    _S.FULFILLED: frozenset(),
    _S.CANCELLED: frozenset(),
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.NEED: "New",
    Purpose.REPLACEMENT: "Instead of something old",
    Purpose.SCALE: "More of the same",
    Purpose.RENEWAL: "Renewal",
}
APPROVALS: Mapping[ApprovalDecision, ApprovalRow] = {
    ApprovalDecision.APPROVE: ApprovalRow("Approve", "Approved", "good", "check"),
    ApprovalDecision.REJECT: ApprovalRow("Refuse", "Refused", "bad", "cross"),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a request is covered.

    :param from_stock: pieces that were given from stock.
    :param coming: pieces of orders that are neither cancelled nor closed and are not booked.
    :param booked: pieces that arrived and are booked.
    """

    wanted: int
    from_stock: int = 0
    coming: int = 0
    booked: int = 0

    @property
    def left(self) -> int:
        """Return how many pieces are neither given, booked nor on their way."""
        return max(0, self.wanted - self.from_stock - self.coming - self.booked)

    @property
    def state(self) -> RequestState:
        """Return the state of a request that was approved, by what became of it."""
        if self.from_stock + self.booked >= self.wanted:
            return RequestState.FULFILLED
        return RequestState.ORDERED if self.coming else RequestState.APPROVED
