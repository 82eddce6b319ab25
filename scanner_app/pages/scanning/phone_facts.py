"""What the scan page's scripts know of the rules: one document, made from the server's own rows.

A script holds no label, icon, limit or sentence that the server has too. It gets them from here,
so a new kind of scan on the server needs no new script.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scanner_app.domain.register.lifecycle import STAGES
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import MAX_CODE_LENGTH
from scanner_app.domain.scanning.page_modes import PAGE_MODES, PageMode
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
        "modes": [_mode_facts(mode) for mode in PAGE_MODES],
        "fine_words": {
            **FINE_WORDS,
            **{mode.intent.value: mode.facts.fine for mode in PAGE_MODES},
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


def _mode_facts(mode: PageMode) -> dict[str, Any]:
    facts = mode.facts
    return {
        "value": mode.value,
        "intent": mode.intent.value,
        "label": mode.label,
        "needs_person": facts.needs_person,
        "needs_place": facts.needs_place,
        "has_due": mode.takes_due,
        "takes_person": facts.takes_person or facts.needs_person,
        "is_stock": mode.is_stock,
        "needs_quantity": mode.intent is Intent.COUNT,
        "sheet": mode.sheet.value if mode.sheet else None,
        "counts": facts.counts,
        "needs_task": mode.intent is Intent.PACK,
        "action": facts.action.value,
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
            f"badge_{mode.intent.value}": sentences.person_set(mode.intent, name="{name}")
            for mode in PAGE_MODES
        },
    }
