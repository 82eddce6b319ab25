"""What is kept of requests, orders, suppliers and budgets: who did which step. One row a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.procurement.requests import RequestState


class BuyingKind(StrEnum):
    """What an event is about."""

    REQUEST = "request"
    ORDER = "order"
    SUPPLIER = "supplier"
    BUDGET = "budget"


class BuyingStep(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    SUBMITTED = "submitted"
    APPROVAL = "approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    DRAFTED = "drafted"
    CANCELLED = "cancelled"
    QUOTED = "quoted"
    CHOSEN = "chosen"
    FROM_STOCK = "from_stock"
    ORDERED = "ordered"
    WAITS_AGAIN = "waits_again"
    ASKED_AGAIN = "asked_again"
    FULFILLED = "fulfilled"
    PLACED = "placed"
    CLOSED = "closed"
    REOPENED = "reopened"
    LINE_ADDED = "line_added"
    LINE_CHANGED = "line_changed"
    LINE_REMOVED = "line_removed"
    DELIVERY = "delivery"
    BOOKED = "booked"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class BuyingStepRow:
    """What pages say of a step."""

    label: str
    icon: str
    tone: str = ""


_S, _R = BuyingStep, BuyingStepRow
BUYING_STEPS: Mapping[BuyingStep, BuyingStepRow] = {
    _S.ADDED: _R("Added", "plus"),
    _S.CHANGED: _R("Changed", "edit"),
    _S.SUBMITTED: _R("Asked for", "question", "note"),
    _S.APPROVAL: _R("Approved by one", "check"),
    _S.APPROVED: _R("Approved", "check", "good"),
    _S.REJECTED: _R("Refused", "cross", "bad"),
    _S.DRAFTED: _R("Made a draft again", "undo"),
    _S.CANCELLED: _R("Cancelled", "cross"),
    _S.QUOTED: _R("Quote added", "plus"),
    _S.CHOSEN: _R("Quote chosen", "check", "good"),
    _S.FROM_STOCK: _R("Given from stock", "box", "good"),
    _S.ORDERED: _R("Ordered", "download", "note"),
    _S.WAITS_AGAIN: _R("To be ordered again", "undo", "warn"),
    _S.ASKED_AGAIN: _R("More than was approved", "question", "warn"),
    _S.FULFILLED: _R("Done", "check", "good"),
    _S.PLACED: _R("Placed", "check", "good"),
    _S.CLOSED: _R("Closed", "lock"),
    _S.REOPENED: _R("Opened again", "undo"),
    _S.LINE_ADDED: _R("Line added", "plus"),
    _S.LINE_CHANGED: _R("Line changed", "edit"),
    _S.LINE_REMOVED: _R("Line removed", "cross"),
    _S.DELIVERY: _R("Delivery started", "in"),
    _S.BOOKED: _R("Delivery booked", "check", "good"),
    _S.MERGED: _R("Merged", "repeat"),
}


def step_to(state: RequestState) -> BuyingStep:
    """Return the step by which an approved request gets to a state, or back to it."""
    is_back = state is RequestState.APPROVED
    return BuyingStep.WAITS_AGAIN if is_back else BuyingStep(state.value)


def list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[list[str]]:
    """Return what became otherwise, each as word, old text and new text."""
    return [
        [name.replace("_", " "), _say(before.get(name)), _say(value)]
        for name, value in after.items()
        if _say(before.get(name)) != _say(value)
    ]


def _say(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
