"""The verdict of a scan, and what people see of each: one row a verdict, for pages and phones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a person is shown of a scan in one word.

    The server answers with those down to `refused`. The rest are what a phone shows before the
    server has answered, and of scans that somebody undid.
    """

    FINE = "fine"
    WRONG_PLACE = "wrong_place"
    UNKNOWN = "unknown"
    ALREADY_SCANNED = "already_scanned"
    TWO_ROOMS = "two_rooms"
    DAMAGED = "damaged"
    FOUND_AGAIN = "found_again"
    INCOMPLETE = "incomplete"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SAVED = "saved"
    NOT_STORED = "not_stored"
    ATTENTION = "attention"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How a verdict is shown: never by colour alone, so each has a word and an icon.

    :param tone: its colour in a list of scans; empty for none.
    :param needs_sentence: a list of scans says its sentence too: the asset's name is not enough.
    """

    verdict: Verdict
    word: str
    icon: str
    tone: str = ""
    needs_sentence: bool = False


VERDICTS: tuple[VerdictRow, ...] = (
    VerdictRow(Verdict.FINE, "Fine", "check", "good"),
    VerdictRow(Verdict.WRONG_PLACE, "Wrong place", "place", "warn"),
    VerdictRow(Verdict.UNKNOWN, "Unknown label", "question", "odd"),
    VerdictRow(Verdict.ALREADY_SCANNED, "Already scanned", "repeat", "note"),
    VerdictRow(Verdict.TWO_ROOMS, "Seen in two rooms", "place", "warn", True),
    VerdictRow(Verdict.DAMAGED, "Damaged", "warning", "warn"),
    VerdictRow(Verdict.FOUND_AGAIN, "Found again", "eye", "warn"),
    VerdictRow(Verdict.INCOMPLETE, "Incomplete", "warning", "warn", True),
    VerdictRow(Verdict.UNCHANGED, "Nothing changed", "clock", "note", True),
    VerdictRow(Verdict.REFUSED, "Refused", "cross", "bad", True),
    VerdictRow(Verdict.SAVED, "Saved on this phone", "offline"),
    VerdictRow(Verdict.NOT_STORED, "Not stored", "warning", needs_sentence=True),
    VerdictRow(Verdict.ATTENTION, "Needs attention", "info", needs_sentence=True),
    VerdictRow(Verdict.UNDONE, "Undone", "undo"),
)
# The word of a scan with which all is right, by what was scanned. Of an asset it is what was done:
# the `fine` of its intent.
FINE_WORDS = {"location": "Location set", "person": "Badge read", "in_place": "Right place"}
_ROWS = {row.verdict.value: row for row in VERDICTS}


def verdict_row(name: str) -> VerdictRow:
    """Return the row of a verdict by its name in the log."""
    return _ROWS[name]
