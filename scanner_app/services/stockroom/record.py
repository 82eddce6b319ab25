"""Record a hand-over: its scans through the one door, then its sealed document, in one transaction.

Locks are taken as the door takes them, before anything is written. A strict hand-over is all or
nothing: if a line is refused, everything is taken back to a savepoint and the refused scans alone
are recorded. The savepoint comes after the locks, because PostgreSQL lets go of what was locked
after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.circulation.judge import Finding, find_keeping, find_overridden
from scanner_app.domain.circulation.line import Meaning
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.clocks import Clock, place_in_time
from scanner_app.domain.scanning.intents import Outcome, Refusal
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.stockroom.handovers import LineOutcome, Mode, write_number
from scanner_app.domain.stockroom.new_handover import NewHandover, NewLine
from scanner_app.models import ContestedScan, Handover
from scanner_app.queries.scanning.server_clock import read_clock
from scanner_app.queries.stockroom.named import find_named
from scanner_app.services.scanning.contest import keep_contested
from scanner_app.services.scanning.kits import KIT
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.scanning.resolve import ResolvedScan, World, lock_world, resolve
from scanner_app.services.seals.chain import Sealing
from scanner_app.services.stock.moves import contest_place
from scanner_app.services.stockroom.agreed import describe_terms, find_agreed
from scanner_app.services.stockroom.booking.pick_up import Pick, find_picks, keep_picks, set_due
from scanner_app.services.stockroom.handed_kits import describe_kits, mean_kits
from scanner_app.services.stockroom.judge import (
    Asked,
    HandoverPoint,
    Judgement,
    judge_lines,
)
from scanner_app.services.stockroom.lines import STOCK, fingerprint, mean_stock, require_each_once
from scanner_app.services.stockroom.links import make_link
from scanner_app.services.stockroom.numbers import take_number
from scanner_app.services.stockroom.returned import follow_answers
from scanner_app.services.stockroom.write import JudgedLine, leave_to_a_person, write_handover


@dataclass(frozen=True, slots=True)
class Recording:
    """What a hand-over needs to know besides what was sent.

    :param skew: how far a device's clock may run ahead before we use our own time.
    :param zone: the time zone of places that set none: loans are due by their clock.
    """

    sealing: Sealing
    skew: timedelta
    rules: TagRules
    organisation: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that cannot change hands as it is.

    :param answer: of the one scan door, if it refuses the line; then the scan is kept.
    :param findings: what the rules of lending stop or ask.
    """

    index: int
    answer: Answer | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def message(self) -> str:
        """Return the sentence for the clerk."""
        if self.answer is not None:
            return self.answer.message
        return " ".join(finding.message for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a hand-over.

    :param id: of its row; None if lines were refused, and nothing changed hands.
    :param is_new: False if it was recorded before.
    """

    id: int | None
    is_new: bool = False
    refused: tuple[RefusedLine, ...] = ()


def record_handover(session: Session, handover: NewHandover, recording: Recording) -> Recorded:
    """Record a hand-over. The same one again returns the first, whichever mode it comes in.

    :raises Invalid: its id was used for another one (`handover_reused`), or a thing is in it twice.
    """
    actor, now = recording.sealing.actor, recording.sealing.now
    clock = read_clock(session.connection(), now=now, skew=recording.skew)
    mark = fingerprint(handover, actor.key)
    handover, resolved, origins = _resolve(session, handover, recording, clock)
    world = lock_world(session, resolved, actor=actor, clock=clock)
    # Read after the locks: a second delivery waits there for the first one.
    first = _find_first(session, handover, mark)
    if first is not None:
        return first
    require_each_once(resolved, handover.mode)
    picks = _find_picks(session, handover, resolved)
    handover, resolved = set_due(handover, resolved, picks)
    agreed = find_agreed(session, handover)
    judgements = _judge(session, handover, resolved, recording, frozenset(agreed))
    kept = _find_kept(handover, judgements, actor)
    if handover.mode is Mode.STRICT:
        answers, refused = _record_whole(session, handover, recording, kept)
        if refused:
            sent = (replace(one, index=origins[one.index]) for one in refused)
            return Recorded(None, refused=tuple(sent))
    else:
        answers = _record(session, handover, recording)
        _contest_refused(session, resolved, answers, world)
    contested = _find_contested(session, handover)
    lines = [
        _judge_line(*parts, world, contested, actor)
        for parts in zip(handover.lines, resolved, answers, judgements, strict=True)
    ]
    _repair(session, handover, recording, lines)
    leave_to_a_person(session, lines, kept, recording.sealing)
    number = write_number(now.year, take_number(session, f"handover {now.year}"))
    # Dated as the log is: no clock that runs ahead is believed.
    dated = replace(handover, at=place_in_time(handover.at, clock).at)
    row = write_handover(
        session, dated, lines, recording.sealing,
        number=number, fingerprint=mark, organisation=recording.organisation,
        terms=describe_terms([one.terms for one in judgements], agreed, by_link=handover.by_link),
        kits=describe_kits(session, handover, resolved),
    )  # fmt: skip
    applied = {one.asset_id or 0 for one in lines if one.outcome is LineOutcome.APPLIED}
    keep_picks(session, picks, applied, handover_id=row.id, at=now)
    if handover.by_link and row.person_id is not None:
        make_link(session, row.id, recording.sealing)
    return Recorded(row.id, is_new=True)


def _resolve(
    session: Session, handover: NewHandover, recording: Recording, clock: Clock
) -> tuple[NewHandover, list[ResolvedScan], list[int]]:
    """Return what the lines mean, and the hand-over with what those of stock are to the door.

    The label of a kit is a line for each of its pieces: see `mean_kits`.
    """
    connection, author = session.connection(), recording.sealing.actor.key

    def look_up(scans: Sequence[NewScan]) -> list[ResolvedScan]:
        return resolve(connection, scans, author=author, clock=clock, rules=recording.rules)

    resolved = look_up(handover.scans)
    origins = list(range(len(resolved)))
    if any(item.meaning.kind == KIT for item in resolved):
        handover, origins = mean_kits(session, handover, resolved, zone=recording.zone)
        resolved = look_up(handover.scans)
    if any(item.meaning.kind == STOCK for item in resolved):
        handover = mean_stock(handover, resolved)
        resolved = look_up(handover.scans)
    return handover, resolved, origins


def _find_picks(
    session: Session, handover: NewHandover, resolved: Sequence[ResolvedScan]
) -> dict[int, Pick]:
    """Return what of the hand-over the person has booked. What comes back was booked by nobody."""
    if not handover.kind.facts.needs_person:
        return {}
    person_id, _ = find_named(session, handover.person, set(), at=handover.at)
    ids = [item.meaning.id for item in resolved if item.meaning.kind == "asset"]
    return find_picks(session, person_id, [id_ for id_ in ids if id_ is not None], handover.at)


def _find_first(session: Session, handover: NewHandover, mark: str) -> Recorded | None:
    """Return the answer to the same hand-over, if it was recorded before.

    :raises Invalid: its id was used for another one.
    """
    first = session.execute(
        select(Handover.id, Handover.fingerprint).where(
            Handover.handover_id == handover.handover_id
        )
    ).one_or_none()
    if first is None:
        return None
    if first.fingerprint != mark:
        raise Invalid(
            "This hand-over's id was used before for another one. Nothing was changed.",
            code="handover_reused",
            errors={"handover_id": ["Used before for another hand-over."]},
        )
    return Recorded(first.id)


def _repair(
    session: Session, handover: NewHandover, recording: Recording, lines: Sequence[JudgedLine]
) -> None:
    """Send to maintenance what came back with a no that asks for it."""
    repairs = follow_answers(session, lines, recording.sealing)
    if repairs:
        _record_scans(session, handover, recording, repairs)


def _record(
    session: Session, handover: NewHandover, recording: Recording, *only: int
) -> list[Answer]:
    """Record the scans, or only some of them, through the one door."""
    scans = handover.scans
    wanted = [scans[index] for index in only] if only else scans
    return _record_scans(session, handover, recording, wanted)


def _record_scans(
    session: Session, handover: NewHandover, recording: Recording, scans: Sequence[NewScan]
) -> list[Answer]:
    return record_scans(
        session,
        scans=scans,
        actor=recording.sealing.actor,
        now=recording.sealing.now,
        skew=recording.skew,
        rules=recording.rules,
        zone=recording.zone,
        is_in_turn=handover.mode is Mode.STRICT,
    )


def _judge(
    session: Session,
    handover: NewHandover,
    resolved: Sequence[ResolvedScan],
    recording: Recording,
    agreed: frozenset[int],
) -> list[Judgement]:
    """Return what the rules of lending say of each line, before any of them is recorded."""
    places = {handover.place} if handover.place else set()
    person_id, found = find_named(session, handover.person, places, at=handover.at)
    counter = HandoverPoint(
        handover.kind,
        person_id,
        found.get(handover.place or ""),
        recording.zone,
        recording.sealing.now,
        agreed,
        handover.by_link,
        handover.kits,
    )
    asked = [
        Asked(
            item.scan.code,
            item.meaning.id if item.meaning.kind == "asset" else None,
            _MEANINGS.get(item.meaning.kind, Meaning.UNKNOWN),
            item.place_id,
            item.scan.due_at,
            item.meaning.id if item.meaning.kind == STOCK else None,
        )
        for item in resolved
    ]
    return judge_lines(session, asked, counter)


_MEANINGS = {"asset": Meaning.ASSET, "ambiguous": Meaning.AMBIGUOUS}


def _find_kept(
    handover: NewHandover, judgements: Sequence[Judgement], actor: Actor
) -> dict[int, tuple[Finding, ...]]:
    """Return the lines that the rules of lending keep here, with what each was kept for."""
    return {
        index: found
        for index, one in enumerate(judgements)
        if (found := find_keeping(one.findings, handover.lines[index].override, actor))
    }


def _record_whole(
    session: Session,
    handover: NewHandover,
    recording: Recording,
    kept: Mapping[int, tuple[Finding, ...]],
) -> tuple[list[Answer], tuple[RefusedLine, ...]]:
    """Record all scans, or the refused ones alone.

    :param kept: the lines that the rules of lending keep here. They are not scans that were
        refused, so nothing of them is recorded, and they may be sent again.
    """
    answers: list[Answer] = []
    try:
        with session.begin_nested():
            answers = _record(session, handover, recording)
            bad = [index for index, answer in enumerate(answers) if not _is_done(answer)]
            if bad or kept:
                raise _TakenBack
            return answers, ()
    except _TakenBack:
        refused = {index: answers[index] for index in bad}
    refused |= _record_refused(session, handover, recording, bad)
    return [], tuple(
        RefusedLine(index, refused.get(index), kept.get(index, ()))
        for index in sorted({*refused, *kept})
    )


def _record_refused(
    session: Session, handover: NewHandover, recording: Recording, alone: list[int]
) -> dict[int, Answer]:
    """Record the refused scans alone, and return their answers.

    Two lines of stock may take from one shelf, or from one person. What was refused only because
    of a line before it would be done alone, so nothing of it is recorded.
    """
    while alone:
        with suppress(_TakenBack), session.begin_nested():
            answers = dict(zip(alone, _record(session, handover, recording, *alone), strict=True))
            alone = [index for index in alone if not _is_done(answers[index])]
            if len(alone) < len(answers):
                raise _TakenBack
            return answers
    return {}


class _TakenBack(Exception):
    """Lines were refused, or done without their neighbours: all since the savepoint is undone."""


def _is_done(answer: Answer) -> bool:
    """Return whether a scan did now what was asked: not before, and not for something else."""
    return answer.status is Status.RECORDED and answer.outcome is Outcome.APPLIED


def _contest_refused(
    session: Session, resolved: Sequence[ResolvedScan], answers: Sequence[Answer], world: World
) -> None:
    """Keep for a person what the door refused: the people have left with the things."""
    for item, answer in zip(resolved, answers, strict=True):
        is_kept = answer.kind == "asset" or bool(answer.stock)
        is_done = is_kept and answer.outcome in {Outcome.APPLIED, Outcome.NOTED}
        if is_done or answer.status is Status.CONFLICT:
            continue
        asset_id = item.meaning.id if item.meaning.kind == "asset" else None
        refusal = {item.scan.scan_id: answer.refusal or Refusal.NOT_AN_ASSET}
        keep_contested(session, refusal, asset_id=asset_id, cause=item.scan.scan_id, world=world)
        if answer.refusal is Refusal.NOT_ENOUGH_STOCK and answer.stock:
            # The pieces are gone with the people, so the shelf is right and not the books.
            contest_place(
                session, item.meaning.id or 0, answer.stock.location or "", now=world.clock.now
            )


def _find_contested(session: Session, handover: NewHandover) -> dict[object, str]:
    ids = [scan.scan_id for scan in handover.scans]
    rows = session.execute(
        select(ContestedScan.scan_id, ContestedScan.refusal).where(ContestedScan.scan_id.in_(ids))
    )
    return {scan_id: refusal for scan_id, refusal in rows}  # noqa: C416 - mypy does not take rows as pairs


def _judge_line(
    line: NewLine,
    item: ResolvedScan,
    answer: Answer,
    judgement: Judgement,
    world: World,
    contested: dict[object, str],
    actor: Actor,
) -> JudgedLine:
    is_conflict = answer.status is Status.CONFLICT
    refusal = "scan_used" if is_conflict else contested.get(line.scan.scan_id)
    asset = world.assets.get(item.meaning.id or 0) if item.meaning.kind == "asset" else None
    return JudgedLine(
        line,
        answer,
        LineOutcome.CONTESTED if refusal else LineOutcome.APPLIED,
        refusal,
        asset.id if asset else None,
        asset.state.custodian_id if asset else None,
        tuple(one.check.value for one in find_overridden(judgement.findings, line.override, actor)),
        judgement.to_json(),
    )
