"""The rounds of programmes: make the audit of each time, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.acts import SERVICE_KEY, SERVICE_NAME
from scanner_app.domain.audits.programmes.plan import name_audit
from scanner_app.domain.audits.programmes.rolling import Load, Unit, ask_for, choose
from scanner_app.domain.audits.programmes.schedule import Due, find_due
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.causes import (
    audit_planned,
    problem_topic,
    programme_stuck,
)
from scanner_app.models import AuditProgramme, ProgrammePlace, ProgrammeRound
from scanner_app.queries.audits.programmes.list import ProgrammeRow, load_load, to_row
from scanner_app.queries.audits.programmes.units import load_coverage, seed_of
from scanner_app.services.audits.close import Transact
from scanner_app.services.audits.planning import change_plan
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.seals.acts import Acting


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Who makes an audit on its day: the service, for the person behind the programme."""

    person_key: str | None
    key: str = SERVICE_KEY
    name: str = SERVICE_NAME
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a rolling round takes, and what was asked for from it to the next one."""

    units: list[tuple[Unit, str]]
    asked: int

    @property
    def assets(self) -> int:
        return sum(one.assets for one, _ in self.units)


@dataclass(frozen=True, slots=True)
class Made:
    """A round that was made, with its audit; None where it has nothing to count."""

    round_id: int
    audit_id: int | None


def make_due(
    session: Session, programme_id: int, *, today: date, zone: tzinfo, now: datetime
) -> ProgrammeRound | None:
    """Make the round of a programme that is due, and return it; None if none is.

    The programme is locked, and a round is written with its audit: who comes second finds it made.
    """
    programme = lock_programme(session, programme_id)
    if programme.is_paused:
        return None
    due = find_due(to_row(programme).plan.schedule, programme.next_on, today)
    if due is None:
        return None
    actor = Scheduled(programme.owner_key)
    return _make(session, programme, due, actor=actor, today=today, zone=zone, now=now)


def note_problem(
    session: Session, programme_id: int, error: Invalid, *, today: date, now: datetime
) -> None:
    """Keep why the round of a programme could not be made, and tell its owner once.

    It is tried again each hour, so it is made, late, as soon as somebody mends the programme.
    """
    programme = lock_programme(session, programme_id)
    text = " ".join(error.texts) or error.message
    programme.problem = text
    due = find_due(to_row(programme).plan.schedule, programme.next_on, today)
    key = due.key if due else today.isoformat()
    notice = programme_stuck(programme.id, programme.name, key, text, to=programme.owner_key)
    raise_notice(session, notice, now=now)


def make_next(
    transact: Transact,
    programme_id: int,
    *,
    actor: Actor,
    today: date,
    zone: tzinfo,
    now: datetime,
) -> Made:
    """Make the next round of a programme now, before its day, and return it.

    A programme whose next round is made already goes on to the one after it, and keeps that day.

    :raises NotFound: no programme has that id.
    :raises Conflict: `programme_paused`, or `round_made` with the day of the one after it.
    :raises Invalid: its scope names something that no longer exists, or its plan does not fit.
    """

    def make(session: Session) -> Made | Conflict:
        programme = lock_programme(session, programme_id)
        if programme.is_paused:
            raise Conflict(
                "This programme is paused. Go on with it first.", code="programme_paused"
            )
        schedule = to_row(programme).plan.schedule
        due = find_due(schedule, programme.next_on, max(today, programme.next_on))
        assert due is not None  # noqa: S101 - it is asked for on its day or later
        made = _make(session, programme, due, actor=actor, today=today, zone=zone, now=now)
        if made is not None:
            return Made(made.id, made.audit_id)
        return Conflict(
            f"The round of {due.key} is made already. The next one follows on "
            f"{programme.next_on:%Y-%m-%d}.",
            code="round_made",
        )

    made = transact(make)
    # Raised only now: within the transaction it would take the new day back.
    if isinstance(made, Conflict):
        raise made
    return made


def _make(
    session: Session,
    programme: AuditProgramme,
    due: Due,
    *,
    actor: Acting,
    today: date,
    zone: tzinfo,
    now: datetime,
) -> ProgrammeRound | None:
    """Write a round with its audit; None if it is made already."""
    days = (due.next_on - programme.next_on).days
    programme.next_on = due.next_on
    is_made = select(ProgrammeRound.id).where(
        ProgrammeRound.programme_id == programme.id, ProgrammeRound.period_key == due.key
    )
    if session.scalar(is_made) is not None:
        return None
    row = to_row(programme)
    programme.problem = None
    clear_topics(session, {problem_topic(programme.id)}, now=now)
    span = (datetime.combine(day, time(), zone) for day in (today, due.next_on))
    taken = _take(session, row, days, *span, now=now)
    audit_id = None
    if taken is None or taken.units:
        codes = [one.code for one, _ in taken.units] if taken else None
        audit_id = _plan(session, row, due, codes, actor=actor, today=today, now=now)
    made = ProgrammeRound(
        programme_id=programme.id,
        period_key=due.key,
        due_on=due.due_on,
        made_on=today,
        made_at=now,
        made_by=actor.name,
        skipped=due.skipped,
        audit_id=audit_id,
        places=[[u.location_id, c, u.assets] for u, c in taken.units] if taken else [],
        taken=taken.assets if taken else 0,
        asked=taken.asked if taken else 0,
    )
    session.add(made)
    session.flush()
    return made


def _take(
    session: Session,
    row: ProgrammeRow,
    days: int,
    at: datetime,
    next_at: datetime,
    *,
    now: datetime,
) -> _Taken | None:
    """Return what a rolling round takes; None for a programme that counts all that it covers.

    :param days: for how many days assets are asked for that were not asked for before.
    """
    plan = row.plan
    if not plan.is_rolling:
        return None
    coverage = load_coverage(session, row.id, plan, at=at)
    write_places(session, row.id, coverage.joining, now=now)
    asked = ask_for(coverage.covered.units, coverage.classes, plan.counts) * days
    before = load_load(session, row.id)
    chosen = choose(
        seed_of(row.id),
        [one.waiting for one in coverage.places if one.audit_id is None],
        Load(before.taken, before.asked + asked),
        plan.counts,
        at=at,
        next_at=next_at,
    )
    return _Taken([(one.unit, one.place_class.value) for one in chosen], asked)


def _plan(
    session: Session,
    row: ProgrammeRow,
    due: Due,
    codes: list[str] | None,
    *,
    actor: Acting,
    today: date,
    now: datetime,
) -> int:
    """Set up the draft of a round, and tell that it waits; return its id."""
    plan = row.plan
    due_on = today + timedelta(days=plan.days_to_count) if plan.days_to_count else None
    audit = create_audit(
        session,
        name=name_audit(plan.name, due.key),
        scope=plan.scope if codes is None else {**plan.scope, "locations": codes},
        policy=plan.policy,
        is_blind=plan.is_blind,
        due_on=due_on,
        actor=actor,
        now=now,
    )
    if plan.sample:
        change_plan(session, audit_id=audit.id, sample=plan.sample, actor=actor, now=now)
    notice = audit_planned(
        audit.id, audit.name, due_on=due_on, places=len(codes or []), to=row.owner_key
    )
    raise_notice(session, notice, now=now)
    return audit.id


def write_places(
    session: Session, programme_id: int, joining: Mapping[int, datetime], *, now: datetime
) -> None:
    """Note when the locations that a rolling programme did not know yet count as counted."""
    rows = [
        {
            "programme_id": programme_id,
            "location_id": location_id,
            "joined_at": now,
            "counted_as_of": as_of,
        }
        for location_id, as_of in sorted(joining.items())
    ]
    if rows:
        session.execute(insert(ProgrammePlace), rows)


def lock_programme(session: Session, programme_id: int) -> AuditProgramme:
    """Return a programme for change; it is locked before the audits that it makes.

    :raises NotFound: no programme has that id.
    """
    found = session.scalar(
        select(AuditProgramme).where(AuditProgramme.id == programme_id).with_for_update()
    )
    if found is None:
        raise NotFound("That programme does not exist.")
    return found
