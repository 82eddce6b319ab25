"""What a person is told after a scan: one sentence with the thing, what happened and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import INTENTS, Intent
from scanner_app.domain.scanning.refusals import REFUSALS, Refusal
from scanner_app.domain.text import moment, visible

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
    since: str | None = None,
    named: str | None = None,
    given: str | None = None,
    stage: Stage | None = None,
    is_undo: bool = False,
    there: int = 0,
    where: str | None = None,
    task: str | None = None,
) -> str:
    """Return why a scan was refused and what to do.

    :param since: since when the custodian has it.
    :param named: the person or location that the refusal is about.
    :param there: how many pieces of stock there are, and `where`.
    :param task: the number of the maintenance that runs.
    """
    facts = REFUSALS[refusal]
    sentence = (facts.sentence_of_undo if is_undo else "") or facts.sentence
    return sentence.format(
        thing=thing,
        to_custodian=f" to {custodian}" if custodian else "",
        custodian=custodian or "that person",
        since=f" since {since}" if custodian and since else "",
        named=named or show_code(given or ""),
        given=show_code(given or ""),
        stage=(stage or Stage.RETIRED).facts.label.lower(),
        there=there,
        where=f" in {where}" if where else "",
        in_task=f" ({task})" if task else "",
    )


def applied(
    intent: Intent,
    *,
    thing: str,
    place: str | None,
    custodian: str | None,
    due_at: datetime | None = None,
    is_damaged: bool = False,
    has_place: bool = True,
) -> str:
    """Return what a scan did.

    :param is_damaged: it said that the asset is damaged.
    :param has_place: it named the place; False if a rule chose it, which is said then.
    """
    facts = INTENTS[intent]
    by_rule = facts.done_without_place if place else facts.done_nowhere
    is_by_rule = bool(by_rule) and not has_place
    done = facts.done_damaged if is_damaged and facts.done_damaged else facts.done
    return (f"{done} {by_rule}" if is_by_rule else done).format(
        thing=thing,
        place=place,
        at_place=f" at {place}" if place and not is_by_rule else "",
        custodian=custodian,
        due=f", due back {due_at:%d %b %Y}" if due_at else "",
    )


def packed(*, thing: str, task: str, number: int, is_new: bool) -> str:
    """Return that a thing is in a consignment."""
    if not is_new:
        return f"{thing} is packed in {task} already."
    return f"{thing} is packed in {task}: {number} thing{'' if number == 1 else 's'} so far."


def scanned_out(*, thing: str, task: str, number: int, of: int) -> str:
    """Return that a thing of a consignment leaves, and how many of it have."""
    return f"{thing} leaves with {task}: {number} of {of}."


def task_read(*, title: str, number: str, state: str) -> str:
    """Return which task it is whose code was scanned, and its state."""
    return f"{title} ({number}) is {state}."


def found_again(*, thing: str, since: str | None, is_still_missing: bool) -> str:
    """Return that a missing asset is there, and what to do if it is still on record as missing."""
    said = f"Found again: {thing} was missing{f' since {since}' if since else ''}."
    return (
        f"{said} Check it in or move it: it is still on record as missing."
        if (is_still_missing)
        else said
    )


def two_rooms(*, thing: str, sightings: Sequence[tuple[datetime, str, str]]) -> str:
    """Return that an audit's counters saw one thing in two rooms.

    :param sightings: the two, oldest first: when, the location, and who counted.
    """
    (before, there, one), (after, here, other) = sightings
    return (
        f"{thing} was counted in two rooms: {there} by {one} at {moment(before)},"
        f" {here} by {other} at {moment(after)}. The newer one counts. Check which is right."
    )


def claimed(*, code: str, thing: str) -> str:
    return INTENTS[Intent.CLAIM].done.format(code=code, thing=thing)


def deploying(*, thing: str, number: str, left: int, is_new: bool) -> str:
    """Return which deployment was opened or runs, and how much of it is left."""
    what = f"{left} item{'' if left == 1 else 's'} to go" if left else "nothing is left to tick"
    return f"{thing}: deployment {number} {'is opened' if is_new else 'is open'}, {what}."


def free_label(*, code: str) -> str:
    """Return what a blank label is that nothing has yet, and what to do with it."""
    return f"{show_code(code)} is a free label. Put it on an asset with Enrol tags."


def held(*, thing: str) -> str:
    """Return that a scan arrived after its audit had counted, and waits."""
    return f"{thing}: saved. Counting has ended, so it waits for who runs the audit."


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
        return f"{thing} was already scanned at {moment(before)}."
    kind = FINDING_KINDS[FindingState(state)]
    sentence = kind.sentence if place else kind.sentence_without_place or kind.sentence
    if recorded is None:
        sentence = kind.sentence_unrecorded or sentence
    return sentence.format(thing=thing, recorded=recorded)


def counted_blind(*, thing: str, before: datetime | None) -> str:
    """Return what a blind count says of every asset alike, whatever is recorded of it."""
    if before is not None:
        return f"{thing} was already scanned at {moment(before)}."
    return f"{thing} recorded."


def done_blind(*, thing: str, is_refused: bool) -> str:
    """Return what a blind count says of a check-out, a check-in or a move."""
    if is_refused:
        return f"Not carried out for {thing}. Put it aside and tell an auditor."
    return f"Done: {thing}."


def unregistered(*, code: str, is_finding: bool) -> str:
    """Return that a code is unknown; only an audit keeps it as a finding for somebody to decide."""
    said = f"“{show_code(code)}” is not in the register."
    return f"{said} Saved for the auditor to review." if is_finding else said


def ambiguous(*, code: str, count: int) -> str:
    if count == 1:
        return f"“{show_code(code)}” can be read in two ways. Scan another label of it."
    return f"“{show_code(code)}” means {count} different things. Scan another label of it."


def place_set(*, name: str, is_closed: bool = False) -> str:
    return f"You are in {name}.{' It is closed: nothing is brought there.' if is_closed else ''}"


def person_set(intent: Intent, *, name: str) -> str:
    """Return whose badge was scanned, and what that means for such a scan."""
    return INTENTS[intent].badge.format(name=name)


def stock_level(*, thing: str, total: int, place: str | None, there: int) -> str:
    """Return how many pieces of an item there are, in the room and in all."""
    here = f"{there} in {place}, " if place else ""
    return f"{thing}: {here}{total} in all."


def stock_in_count(*, said: str) -> str:
    """Return what a move did that a newer count of its location saw already."""
    return f"{said} It was counted since, so the number there stays."


def stock_count_old(*, thing: str) -> str:
    return f"{thing}: kept. A newer count is known, so the number stays."


def stock_counted(*, said: str, expected: int, quantity: int) -> str:
    """Return what a count found beside what the books expected."""
    if expected == quantity:
        return f"{said} As expected."
    return f"{said} {expected} were expected: {quantity - expected:+d}."


def voided(*, thing: str) -> str:
    return f"Undone: {thing}."


VOID_KEPT = "Kept: the scan it undoes has not arrived yet."
