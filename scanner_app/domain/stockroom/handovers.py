"""What a hand-over is: its kinds, its modes, what happens to it, and the state that follows.

Everything that any layer says about a member is in its row here. A hand-over has no column for its
state: `state_of` computes it from the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.scanning.intents import Intent


class HandoverKind(StrEnum):
    ISSUE = "issue"
    RETURN = "return"

    @property
    def facts(self) -> HandoverKindFacts:
        """Return the row of this kind."""
        return HANDOVER_KINDS[self]


@dataclass(frozen=True, slots=True)
class HandoverKindFacts:
    """What is said about a kind of hand-over.

    :param label: the heading of the document.
    :param verb: as the counter's button names it.
    :param intent: what each line is to the one scan door, and `stock_intent` a line of stock.
    :param needs_person: a hand-over of this kind names who gets the things.
    """

    label: str
    verb: str
    intent: Intent
    stock_intent: Intent
    icon: str
    needs_person: bool = False


HANDOVER_KINDS: Mapping[HandoverKind, HandoverKindFacts] = {
    HandoverKind.ISSUE: HandoverKindFacts(
        "Hand-over", "Check out", Intent.CHECK_OUT, Intent.ISSUE, "out", needs_person=True
    ),
    HandoverKind.RETURN: HandoverKindFacts(
        "Return", "Check in", Intent.CHECK_IN, Intent.TAKE_BACK, "in"
    ),
}


class Mode(StrEnum):
    """How a hand-over reached the server.

    `strict`: the clerk waits for the answer, so it is all or nothing. `fact`: the people have left
    with the things, so every scan is recorded, and what the rules refuse is left for a person.
    """

    STRICT = "strict"
    FACT = "fact"


class LineOutcome(StrEnum):
    APPLIED = "applied"
    CONTESTED = "contested"


class HandoverEventKind(StrEnum):
    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CONTESTED = "contested"
    SETTLED = "settled"
    VOIDED = "voided"

    @property
    def facts(self) -> HandoverEventFacts:
        """Return the row of this event."""
        return HANDOVER_EVENTS[self]


@dataclass(frozen=True, slots=True)
class HandoverEventFacts:
    """How a hand-over's page names an event, with its icon and tone."""

    label: str
    icon: str
    tone: str = ""


HANDOVER_EVENTS: Mapping[HandoverEventKind, HandoverEventFacts] = {
    HandoverEventKind.ASKED: HandoverEventFacts("Link to accept it", "mail"),
    HandoverEventKind.WITHDRAWN: HandoverEventFacts("Link withdrawn", "cross", "warn"),
    HandoverEventKind.ACCEPTED: HandoverEventFacts("Signed", "edit", "good"),
    HandoverEventKind.DECLINED: HandoverEventFacts("Declined", "cross", "bad"),
    HandoverEventKind.LAPSED: HandoverEventFacts("Link lapsed", "clock", "warn"),
    HandoverEventKind.CONTESTED: HandoverEventFacts("A line needs a person", "warning", "warn"),
    HandoverEventKind.SETTLED: HandoverEventFacts("Settled", "check", "good"),
    HandoverEventKind.VOIDED: HandoverEventFacts("Undone", "undo", "bad"),
}


class HandoverState(StrEnum):
    RECORDED = "recorded"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CONTESTED = "contested"
    VOIDED = "voided"

    @property
    def facts(self) -> HandoverStateFacts:
        """Return the row of this state."""
        return HANDOVER_STATES[self]


@dataclass(frozen=True, slots=True)
class HandoverStateFacts:
    """How pages name a state, and the tone of its mark."""

    label: str
    tone: str = ""


HANDOVER_STATES: Mapping[HandoverState, HandoverStateFacts] = {
    HandoverState.RECORDED: HandoverStateFacts("Recorded"),
    HandoverState.WAITING: HandoverStateFacts("Waits for the person", "warn"),
    HandoverState.ACCEPTED: HandoverStateFacts("Signed", "good"),
    HandoverState.DECLINED: HandoverStateFacts("Declined", "bad"),
    HandoverState.LAPSED: HandoverStateFacts("Link lapsed", "warn"),
    HandoverState.CONTESTED: HandoverStateFacts("Needs a person", "warn"),
    HandoverState.VOIDED: HandoverStateFacts("Undone", "bad"),
}


def state_of(events: Iterable[HandoverEventKind]) -> HandoverState:
    """Return the state of a hand-over, from its events in order.

    What is contested stays so until a person settles it, whatever else happens meanwhile; an undo
    ends everything.
    """
    state, is_contested = HandoverState.RECORDED, False
    for event in events:
        if event is HandoverEventKind.VOIDED:
            return HandoverState.VOIDED
        if event in {HandoverEventKind.CONTESTED, HandoverEventKind.SETTLED}:
            is_contested = event is HandoverEventKind.CONTESTED
        else:
            state = _STATES[event]
    return HandoverState.CONTESTED if is_contested else state


# The state after each event that is not about a contested line.
_STATES: Mapping[HandoverEventKind, HandoverState] = {
    HandoverEventKind.ASKED: HandoverState.WAITING,
    HandoverEventKind.WITHDRAWN: HandoverState.RECORDED,
    HandoverEventKind.ACCEPTED: HandoverState.ACCEPTED,
    HandoverEventKind.DECLINED: HandoverState.DECLINED,
    HandoverEventKind.LAPSED: HandoverState.LAPSED,
}


def write_number(year: int, count: int) -> str:
    """Return the number of a hand-over, such as H-2026-000123.

    A number is taken before the rest is written, so one that failed leaves a gap.
    """
    return f"H-{year:04}-{count:06}"
