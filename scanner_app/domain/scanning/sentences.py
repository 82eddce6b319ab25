"""What a person is told after a scan: one sentence with the thing, what happened and what to do."""

from __future__ import annotations

from datetime import datetime

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import INTENTS, REFUSALS, Intent, Refusal
from scanner_app.domain.text import visible

MAX_NAMED = 60


def show_code(code: str) -> str:
    """Return a scanned code as it may be shown: control characters visible, cut to `MAX_NAMED`."""
    text = visible(code.strip("\r\n\t "))
    return text if len(text) <= MAX_NAMED else text[: MAX_NAMED - 1] + "…"


def refused(
    refusal: Refusal,
    *,
    thing: str,
    custodian: str | None = None,
    given: str | None = None,
    stage: Stage | None = None,
) -> str:
    """Return why a scan was refused and what to do."""
    return REFUSALS[refusal].sentence.format(
        thing=thing,
        to_custodian=f" to {custodian}" if custodian else "",
        given=show_code(given or ""),
        stage=(stage or Stage.RETIRED).facts.label.lower(),
    )


def applied(
    intent: Intent,
    *,
    thing: str,
    place: str | None,
    custodian: str | None,
    due_at: datetime | None = None,
) -> str:
    """Return what a scan did."""
    return INTENTS[intent].done.format(
        thing=thing,
        place=place,
        at_place=f" at {place}" if place else "",
        custodian=custodian,
        due=f", due back {due_at:%d %b %Y}" if due_at else "",
    )


def late(*, thing: str) -> str:
    return f"{thing}: kept in its history; something newer is known, so nothing changed now."


def late_changed(*, thing: str, place: str | None, custodian: str | None, stage: str) -> str:
    """Return what an asset is now that an older scan was put at its time among newer ones."""
    now = looked_up(thing=thing, place=place, custodian=custodian, stage=stage)
    return f"Kept at its time. Now {now}"


def undone_before(*, thing: str) -> str:
    return f"{thing}: kept, but it was undone before it arrived."


def seen(*, thing: str, place: str | None, recorded: str | None, is_elsewhere: bool) -> str:
    """Return that something was seen and, if that is elsewhere, where it belongs."""
    if is_elsewhere:
        home = f"is recorded in {recorded}" if recorded else "has no recorded location"
        return f"{thing} {home}, seen in {place}."
    return f"{thing} seen{f' in {place}' if place else ''}."


def looked_up(*, thing: str, place: str | None, custodian: str | None, stage: str) -> str:
    where = f", in {place}" if place else ""
    who = f", with {custodian}" if custodian else ""
    return f"{thing}: {stage.lower()}{where}{who}."


def found(
    state: str, *, thing: str, place: str | None, recorded: str | None, before: datetime | None
) -> str:
    """Return what a sighting in an audit is: the finding in words."""
    if before is not None:
        return f"{thing} was already scanned at {before:%H:%M} UTC."
    kind = FINDING_KINDS[FindingState(state)]
    sentence = kind.sentence if place else kind.sentence_without_place or kind.sentence
    if recorded is None:
        sentence = kind.sentence_unrecorded or sentence
    return sentence.format(thing=thing, recorded=recorded)


def unregistered(*, code: str) -> str:
    return f"“{show_code(code)}” is not in the register. Saved for the auditor to review."


def ambiguous(*, code: str, count: int) -> str:
    if count == 1:
        return f"“{show_code(code)}” can be read in two ways. Scan another label of it."
    return f"“{show_code(code)}” means {count} different things. Scan another label of it."


def place_set(*, name: str) -> str:
    return f"You are in {name}."


def person_set(*, name: str) -> str:
    return f"Checking out to {name}."


def voided(*, thing: str) -> str:
    return f"Undone: {thing}."


VOID_KEPT = "Kept: the scan it undoes has not arrived yet."
