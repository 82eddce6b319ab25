"""Why a label was printed: one row for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.errors import Invalid


class PrintReason(StrEnum):
    FIRST = "first"
    DAMAGED = "damaged"
    LOST = "lost"
    CHANGED = "changed"
    TEST = "test"

    @property
    def facts(self) -> ReasonFacts:
        """Return the row of this reason."""
        return PRINT_REASONS[self]


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """What is said about a reason.

    :param label: as a form offers it.
    :param past: as a list of prints names it.
    :param is_asked: a person may give it for a label that was printed before.
    """

    label: str
    past: str
    is_asked: bool = True


PRINT_REASONS = {
    PrintReason.FIRST: ReasonFacts("The first label", "first label", is_asked=False),
    PrintReason.DAMAGED: ReasonFacts("The label is damaged", "damaged"),
    PrintReason.LOST: ReasonFacts("The label is lost", "lost"),
    PrintReason.CHANGED: ReasonFacts("What is on it changed", "changed"),
    PrintReason.TEST: ReasonFacts("A test", "test"),
}
ASKED = tuple(reason for reason, facts in PRINT_REASONS.items() if facts.is_asked)


def read_reason(text: str) -> PrintReason | None:
    """Return the reason that a form names, None for an empty field.

    :raises Invalid: it is not one that a person gives.
    """
    if not text:
        return None
    if text in set(ASKED):
        return PrintReason(text)
    sentence = "Choose one of the list."
    raise Invalid("Say why the label is printed again.", errors={"reason": [sentence]})


def find_reason(given: PrintReason | None, *, was_printed: bool) -> PrintReason:
    """Return the reason that is kept: that it is the first print, unless it is a test."""
    if not was_printed:
        return PrintReason.TEST if given is PrintReason.TEST else PrintReason.FIRST
    return given or PrintReason.DAMAGED
