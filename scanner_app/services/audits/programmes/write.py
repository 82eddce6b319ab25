"""Add a programme, change it, pause it and go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.programmes.plan import ProgrammePlan, read_programme
from scanner_app.domain.audits.programmes.schedule import Schedule
from scanner_app.domain.errors import Conflict
from scanner_app.domain.notices.causes import problem_topic
from scanner_app.models import AuditProgramme
from scanner_app.queries.audits.programmes.list import ProgrammeRow, to_row
from scanner_app.queries.audits.programmes.units import load_coverage
from scanner_app.services.audits.programmes.rounds import lock_programme, write_places
from scanner_app.services.audits.setup import read_scope
from scanner_app.services.notices.raise_notice import clear_topics
from scanner_app.services.seals.acts import record_act


def add_programme(
    session: Session, given: Mapping[str, Any], *, actor: Actor, today: date, now: datetime
) -> ProgrammeRow:
    """Add a programme and return it; its first round is due on its first day, or on the next one.

    :param given: see `read_programme`.
    :raises Invalid: a field of it cannot be used, or its scope names something unknown.
    :raises Conflict: `name_taken`.
    """
    plan = _read(session, given, now=now)
    _require_free(session, plan.name)
    programme = AuditProgramme(
        **_columns(plan),
        next_on=plan.schedule.next_from(today),
        is_paused=False,
        owner_key=actor.person_key or actor.key,
        created_at=now,
        created_by=actor.name,
    )
    session.add(programme)
    session.flush()
    _join(session, programme.id, plan, now=now)
    _record(session, programme, "added", actor=actor, now=now)
    return to_row(programme)


def change_programme(
    session: Session,
    programme_id: int,
    given: Mapping[str, Any],
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> ProgrammeRow:
    """Change a programme and return it. Audits that it made stay as they are.

    Who saves it is behind it from now on: a person, or a token that nobody owns.

    :param given: all of it, see `read_programme`.
    :raises NotFound: no programme has that id.
    :raises Invalid: a field of it cannot be used, or its scope names something unknown.
    :raises Conflict: `name_taken`.
    """
    programme = lock_programme(session, programme_id)
    plan = _read(session, given, now=now)
    if plan.name != programme.name:
        _require_free(session, plan.name, but=programme_id)
    was = Schedule(programme.every, programme.anchor_on, programme.period_days)
    for name, value in _columns(plan).items():
        setattr(programme, name, value)
    if plan.schedule != was:
        programme.next_on = plan.schedule.next_from(today)
    programme.owner_key = actor.person_key or actor.key
    programme.problem = None
    clear_topics(session, {problem_topic(programme_id)}, now=now)
    session.flush()
    _join(session, programme_id, plan, now=now)
    _record(session, programme, "changed", actor=actor, now=now)
    return to_row(programme)


def pause_programme(
    session: Session,
    programme_id: int,
    *,
    is_paused: bool,
    actor: Actor,
    today: date,
    now: datetime,
) -> ProgrammeRow:
    """Pause a programme, or go on with its next round; what fell due meanwhile is not made.

    :raises NotFound: no programme has that id.
    """
    programme = lock_programme(session, programme_id)
    if programme.is_paused != is_paused:
        programme.is_paused = is_paused
        if not is_paused:
            schedule = to_row(programme).plan.schedule
            programme.next_on = max(programme.next_on, schedule.next_from(today))
        _record(session, programme, "paused" if is_paused else "resumed", actor=actor, now=now)
    return to_row(programme)


def _read(session: Session, given: Mapping[str, Any], *, now: datetime) -> ProgrammePlan:
    scope = read_scope(session, given.get("scope") or {}, now=now)
    return read_programme({**given, "scope": scope})


def _columns(plan: ProgrammePlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "every": plan.schedule.every,
        "anchor_on": plan.schedule.anchor_on,
        "period_days": plan.schedule.period_days,
        "days_to_count": plan.days_to_count,
        "scope": dict(plan.scope),
        "sample": dict(plan.sample),
        "policy": dict(plan.policy),
        "is_blind": plan.is_blind,
        "counts": {one.value: count for one, count in plan.counts.items()},
    }


def _require_free(session: Session, name: str, *, but: int = 0) -> None:
    taken = select(AuditProgramme.id).where(
        func.lower(AuditProgramme.name) == name.lower(), AuditProgramme.id != but
    )
    if session.scalar(taken.limit(1)) is not None:
        raise Conflict("Another programme has this name. Choose another.", code="name_taken")


def _join(session: Session, programme_id: int, plan: ProgrammePlan, *, now: datetime) -> None:
    """Note from when on a rolling programme knows the locations that it covers."""
    if plan.is_rolling:
        coverage = load_coverage(session, programme_id, plan, at=now)
        write_places(session, programme_id, coverage.joining, now=now)


def _record(
    session: Session, programme: AuditProgramme, step: str, *, actor: Actor, now: datetime
) -> None:
    about = {"programme": programme.name, "step": step, "next_on": programme.next_on.isoformat()}
    record_act(session, kind=ActKind.PROGRAMME_CHANGED, actor=actor, now=now, about=about)
