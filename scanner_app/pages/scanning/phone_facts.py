"""What the scan page's scripts know of the rules: one document, made from the server's own rows.

A script holds no label, icon, limit or sentence that the server has too. It gets them from here,
so a new kind of scan on the server needs no new script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scanner_app.domain import sentences
from scanner_app.domain.custody import Intent
from scanner_app.domain.lifecycle import STAGES
from scanner_app.domain.scan_fields import LONGEST_CODE
from scanner_app.domain.verdicts import VERDICTS

# Any moment: the sentence about an earlier scan is asked for with it, and it is then taken out.
_MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_ALREADY_AT = f" at {_MOMENT:%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class ScanMode:
    """One of the things that a person chooses a scan to do, and what the scan page needs for it.

    :param needs_person: the scan names the person whose badge was scanned before.
    :param needs_place: the scan does nothing without a location.
    :param keeps_person: the person stays set after a scan. A badge may be scanned before the mode
        is chosen, so looking up keeps it as well.
    :param has_due: a day can be set on which the asset is due back.
    :param counts: the scan counts the asset in an audit.
    """

    intent: Intent
    label: str
    needs_person: bool = False
    keeps_person: bool = False
    needs_place: bool = False
    has_due: bool = False
    counts: bool = False

    @property
    def value(self) -> str:
        """Return the intent's name, as forms and scans carry it."""
        return self.intent.value


# In the order of the tabs. An undo is not among them: it has its own button.
SCAN_MODES: tuple[ScanMode, ...] = (
    ScanMode(Intent.LOOKUP, "Look up", keeps_person=True),
    ScanMode(Intent.SIGHTING, "Count", counts=True),
    ScanMode(Intent.MOVE, "Move", needs_place=True),
    ScanMode(Intent.CHECK_OUT, "Check out", needs_person=True, keeps_person=True, has_due=True),
    ScanMode(Intent.CHECK_IN, "Check in"),
)
CONDITION_LABELS: tuple[tuple[str, str], ...] = (
    ("good", "Good"),
    ("damaged", "Damaged"),
    ("unreadable_label", "Label unreadable"),
)


def find_mode(value: str) -> ScanMode:
    """Return the mode of an intent's name."""
    return next(mode for mode in SCAN_MODES if mode.value == value)


def phone_facts() -> dict[str, Any]:
    """Return everything that the scan page's scripts are told of the rules."""
    return {
        "modes": [
            {
                "value": mode.value,
                "label": mode.label,
                "needs_person": mode.needs_person,
                "needs_place": mode.needs_place,
                "has_due": mode.has_due,
                "counts": mode.counts,
            }
            for mode in SCAN_MODES
        ],
        "verdicts": {row.verdict.value: {"word": row.word, "icon": row.icon} for row in VERDICTS},
        "stages": {row.stage.value: {"label": row.label, "tone": row.tone} for row in STAGES},
        "limits": {"code": LONGEST_CODE},
        "sentences": _phone_sentences(),
    }


def _phone_sentences() -> dict[str, str]:
    """Return the server's sentences with names in braces where a phone puts in its own values."""

    def found(
        state: str, *, place: str | None = "{place}", recorded: str | None = "{recorded}"
    ) -> str:
        return sentences.found(state, thing="{thing}", place=place, recorded=recorded, before=None)

    already = sentences.found(
        "verified", thing="{thing}", place="{place}", recorded="{recorded}", before=_MOMENT
    )
    return {
        "right_place": found("verified"),
        "counted": found("verified", place=None),
        "wrong_place": found("misplaced"),
        "no_location": found("misplaced", recorded=None),
        "extra": found("unexpected"),
        # The phone does not know when somebody else scanned it.
        "already_scanned": already.replace(_ALREADY_AT, ""),
        "location": sentences.place_set(name="{name}"),
        "person": sentences.person_set(name="{name}"),
    }
