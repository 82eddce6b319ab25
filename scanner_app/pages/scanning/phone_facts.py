"""What the scan page's scripts know of the rules: one document, made from the server's own rows.

A script holds no label, icon, limit or sentence that the server has too. It gets them from here,
so a new kind of scan on the server needs no new script.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scanner_app.domain.register.lifecycle import STAGES
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import PAGE_MODES, STOCK_MODES, Intent
from scanner_app.domain.scanning.new_scan import MAX_CODE_LENGTH
from scanner_app.domain.scanning.verdicts import FINE_WORDS, VERDICTS
from scanner_app.domain.text import moment

# Any moment: the sentence about an earlier scan is asked for with it, and it is then taken out.
_MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_ALREADY_AT = f" at {moment(_MOMENT)}"


CONDITION_LABELS: tuple[tuple[str, str], ...] = (
    ("good", "Good"),
    ("damaged", "Damaged"),
    ("unreadable_label", "Label unreadable"),
)


def phone_facts() -> dict[str, Any]:
    """Return everything that the scan page's scripts know of the rules."""
    return {
        "modes": [
            {
                "value": intent.value,
                "label": intent.facts.label,
                "needs_person": intent.facts.needs_person,
                "needs_place": intent.facts.needs_place,
                "has_due": intent.facts.takes_due,
                "takes_person": intent.facts.takes_person or intent.facts.needs_person,
                "is_stock": intent in STOCK_MODES,
                "needs_quantity": intent is Intent.COUNT,
                "counts": intent.facts.counts,
                "needs_task": intent is Intent.PACK,
                "action": intent.facts.action.value,
            }
            for intent in PAGE_MODES
        ],
        "fine_words": {
            **FINE_WORDS,
            **{intent.value: intent.facts.fine for intent in PAGE_MODES},
        },
        "verdicts": {
            row.verdict.value: {
                "word": row.word,
                "icon": row.icon,
                "needs_sentence": row.needs_sentence,
            }
            for row in VERDICTS
        },
        "stages": {row.stage.value: {"label": row.label, "tone": row.tone} for row in STAGES},
        "limits": {"code": MAX_CODE_LENGTH},
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
        **{
            f"badge_{intent.value}": sentences.person_set(intent, name="{name}")
            for intent in PAGE_MODES
        },
    }
