"""What a person is told after a scan: one sentence, naming the thing, what happened, what next."""

from __future__ import annotations

from datetime import datetime

from scanner_app.domain.custody import Intent, Refusal
from scanner_app.domain.text import visible

LONGEST_NAMED = 60


def show_code(code: str) -> str:
    """Give a scanned code as it may be shown: control characters visible, not endless."""
    text = visible(code.strip("\r\n\t "))
    return text if len(text) <= LONGEST_NAMED else text[: LONGEST_NAMED - 1] + "…"


def refused(
    refusal: Refusal,
    *,
    thing: str,
    custodian: str | None = None,
    given: str | None = None,
    stage: str | None = None,
) -> str:
    """Say why a scan was refused and what to do."""
    given = show_code(given or "")
    sentences: dict[Refusal, str] = {
        Refusal.ALREADY_CHECKED_OUT: (
            f"{thing} is checked out to {custodian}. Check it in first."
            if custodian
            else f"{thing} is checked out. Check it in first."
        ),
        Refusal.NOT_CHECKED_OUT: f"{thing} is not checked out, so it cannot be checked in.",
        Refusal.ASSET_RETIRED: (
            f"{thing} is {stage or 'retired'}. Put it aside and tell an auditor."
        ),
        Refusal.ASSET_IN_MAINTENANCE: f"{thing} is in maintenance. Check it in first.",
        Refusal.UNKNOWN_CUSTODIAN: f"Nobody is known as “{given}”. Scan the person's badge again.",
        Refusal.CUSTODIAN_REQUIRED: f"Who takes {thing}? Scan the person's badge first.",
        Refusal.UNKNOWN_LOCATION: f"No place is known as “{given}”. Scan the room's label again.",
        Refusal.LOCATION_REQUIRED: f"Where does {thing} go? Scan the place's label first.",
        Refusal.NOT_AN_ASSET: f"{thing} is no asset.",
        Refusal.UNKNOWN_AUDIT: "There is no such audit. Choose it again from the list.",
        Refusal.AUDIT_NOT_COUNTING: (
            f"This audit is not counting. {thing} was kept in the log but does not count in it."
        ),
        Refusal.UNKNOWN_SCAN: "This is no scan that can be undone.",
        Refusal.ALREADY_VOIDED: "That scan was undone already.",
        Refusal.NOT_YOUR_SCAN: "Only its author or an auditor may undo that scan.",
    }
    return sentences[refusal]


def applied(
    intent: Intent,
    *,
    thing: str,
    place: str | None,
    custodian: str | None,
    due_at: datetime | None = None,
) -> str:
    """Say what a scan did."""
    if intent is Intent.CHECK_OUT:
        due = f", due back {due_at:%d %b %Y}" if due_at else ""
        return f"{thing} is checked out to {custodian}{due}."
    if intent is Intent.CHECK_IN:
        return f"{thing} is checked in{f' at {place}' if place else ''}."
    return f"{thing} moved to {place}."


def late(*, thing: str) -> str:
    return f"{thing}: kept in its history; something newer is known, so nothing changed now."


def late_changed(*, thing: str, place: str | None, custodian: str | None, stage: str) -> str:
    """Say what an asset is now that an older scan stands at its place among newer ones."""
    now = looked_up(thing=thing, place=place, custodian=custodian, stage=stage)
    return f"Kept at its time. Now {now}"


def undone_before(*, thing: str) -> str:
    return f"{thing}: kept, but it was undone before it arrived."


def seen(*, thing: str, place: str | None, recorded: str | None, is_elsewhere: bool) -> str:
    """Say that something was seen, and where it should be when that is elsewhere."""
    if is_elsewhere:
        return f"{thing} belongs in {recorded or 'no recorded place'}, seen in {place}."
    return f"{thing} seen{f' in {place}' if place else ''}."


def looked_up(*, thing: str, place: str | None, custodian: str | None, stage: str) -> str:
    where = f", in {place}" if place else ""
    who = f", with {custodian}" if custodian else ""
    return f"{thing}: {stage.lower()}{where}{who}."


def found(
    state: str, *, thing: str, place: str | None, recorded: str | None, before: datetime | None
) -> str:
    """Say what a sighting in an audit is: the finding in words."""
    if before is not None:
        return f"{thing} was already scanned at {before:%H:%M} UTC."
    if state == "misplaced":
        return f"{thing} belongs in {recorded or 'no recorded place'}, not here."
    if state == "unexpected":
        return f"{thing} is not on this audit's list. It is kept as unexpected."
    return f"{thing} is where it belongs." if place else f"{thing} is here."


def unregistered(*, code: str) -> str:
    return f"“{show_code(code)}” is not in the register. It was kept for the auditor."


def ambiguous(*, code: str, count: int) -> str:
    return f"“{show_code(code)}” means {count} different things. Scan another label of it."


def place_set(*, name: str) -> str:
    return f"Place: {name}."


def person_set(*, name: str) -> str:
    return f"Custodian: {name}."


def voided(*, thing: str) -> str:
    return f"Undone: {thing}."


VOID_KEPT = "Kept: the scan it undoes has not arrived yet."
