"""The verdict of a scan, and what people see of each: one row a verdict, for pages and phones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a person is shown of a scan in one word.

    The server answers with the first five. The rest are what a phone shows before the server has
    answered, and of scans that somebody undid.
    """

    FINE = "fine"
    WRONG_PLACE = "wrong_place"
    UNKNOWN = "unknown"
    ALREADY_SCANNED = "already_scanned"
    REFUSED = "refused"
    SAVED = "saved"
    NOT_STORED = "not_stored"
    ATTENTION = "attention"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How a verdict is shown: never by colour alone, so each has a word and an icon."""

    verdict: Verdict
    word: str
    icon: str


VERDICTS: tuple[VerdictRow, ...] = (
    VerdictRow(Verdict.FINE, "Fine", "check"),
    VerdictRow(Verdict.WRONG_PLACE, "Wrong place", "place"),
    VerdictRow(Verdict.UNKNOWN, "Unknown label", "question"),
    VerdictRow(Verdict.ALREADY_SCANNED, "Already scanned", "repeat"),
    VerdictRow(Verdict.REFUSED, "Refused", "cross"),
    VerdictRow(Verdict.SAVED, "Saved on this phone", "offline"),
    VerdictRow(Verdict.NOT_STORED, "Not stored", "warning"),
    VerdictRow(Verdict.ATTENTION, "Needs attention", "info"),
    VerdictRow(Verdict.UNDONE, "Undone", "undo"),
)
_ROWS = {row.verdict.value: row for row in VERDICTS}


def verdict_row(name: str) -> VerdictRow:
    """Return the row of a verdict by its name in the log."""
    return _ROWS[name]
