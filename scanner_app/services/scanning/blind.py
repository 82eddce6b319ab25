"""What a blind count answers: the same to every asset, for every counter and every record.

The log keeps this answer too: nobody reads there what the counter was not told.
"""

from __future__ import annotations

from datetime import datetime

from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.answer import Answer, hide_finding
from scanner_app.domain.scanning.intents import STATE_INTENTS, AnswerKind, Intent, Outcome
from scanner_app.services.scanning.judgement import JudgedScan

# What the asset's own state decides is not told apart; a code that means nothing still is.
_ALIKE = frozenset({AnswerKind.UNKNOWN, AnswerKind.REFUSED})


def hide(one: JudgedScan, answer: Answer, *, seen_before: datetime | None = None) -> Answer:
    """Return the answer of a scan in a blind audit."""
    intent = one.item.scan.intent
    if one.after is None or intent is Intent.VOID:
        kind = answer.answer if answer.answer in _ALIKE else AnswerKind.FINE
        return hide_finding(answer, kind=kind, message=answer.message)
    thing = one.after.thing
    if intent in STATE_INTENTS:
        is_refused = one.outcome is Outcome.REFUSED
        kind = AnswerKind.REFUSED if is_refused else AnswerKind.FINE
        message = sentences.done_blind(thing=thing, is_refused=is_refused)
        return hide_finding(answer, kind=kind, message=message)
    if one.outcome is Outcome.REFUSED:  # for what the scan names, which is not about the asset
        return hide_finding(answer, kind=AnswerKind.REFUSED, message=answer.message)
    kind = AnswerKind.ALREADY_SCANNED if seen_before is not None else AnswerKind.FINE
    message = sentences.counted_blind(thing=thing, before=seen_before)
    return hide_finding(answer, kind=kind, message=message)
