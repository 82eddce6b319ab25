"""Programmes and their rounds, as they are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.programmes.plan import ProgrammePlan, say_lateness
from scanner_app.domain.audits.programmes.rolling import CLASSES, Load
from scanner_app.domain.audits.programmes.schedule import Schedule
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import NotFound
from scanner_app.models import Audit, AuditProgramme, ProgrammeRound


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """One programme.

    :param owner_key: who is behind it: ``user:5``, or ``token:9`` where nobody owns the token.
    """

    id: int
    plan: ProgrammePlan
    next_on: date
    is_paused: bool
    problem: str | None
    owner_key: str | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One round with its audit.

    :param places: what it took, as `[location id, class, assets]`.
    """

    id: int
    programme_id: int
    programme: str
    period_key: str
    due_on: date
    made_on: date
    made_by: str
    skipped: int
    places: list[Any]
    taken: int
    asked: int
    audit_id: int | None
    audit_name: str | None
    audit_state: AuditState | None
    audit_due_on: date | None

    @property
    def lateness(self) -> str:
        return say_lateness(self.due_on, self.made_on, self.skipped)


def list_programmes(
    session: Session, *, after_id: int | None = None, limit: int = 100
) -> tuple[list[ProgrammeRow], int | None]:
    """Return programmes, oldest first, and the `after_id` of the next page; None at the end."""
    statement = select(AuditProgramme).order_by(AuditProgramme.id).limit(limit + 1)
    if after_id is not None:
        statement = statement.where(AuditProgramme.id > after_id)
    rows = [to_row(one) for one in session.scalars(statement)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def get_programme(session: Session, programme_id: int) -> ProgrammeRow:
    """Return a programme.

    :raises NotFound: no programme has that id.
    """
    found = session.get(AuditProgramme, programme_id) if 0 < programme_id < 2**31 else None
    if found is None:
        raise NotFound("That programme does not exist.")
    return to_row(found)


def to_row(one: AuditProgramme) -> ProgrammeRow:
    plan = ProgrammePlan(
        name=one.name,
        schedule=Schedule(one.every, one.anchor_on, one.period_days),
        days_to_count=one.days_to_count,
        scope=one.scope,
        sample=one.sample,
        policy=one.policy,
        is_blind=one.is_blind,
        counts={place_class: int(one.counts[place_class.value]) for place_class in CLASSES},
    )
    return ProgrammeRow(
        one.id,
        plan,
        one.next_on,
        one.is_paused,
        one.problem,
        one.owner_key,
        one.created_at,
        one.created_by,
    )


def list_rounds(
    session: Session, programme_id: int, *, before_id: int | None = None, limit: int = 100
) -> tuple[list[RoundRow], int | None]:
    """Return the rounds of a programme, newest first, and the `before_id` of the next page."""
    statement = _rounds().where(ProgrammeRound.programme_id == programme_id)
    if before_id is not None:
        statement = statement.where(ProgrammeRound.id < before_id)
    rows = [RoundRow(*row) for row in session.execute(statement.limit(limit + 1))]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def find_round(session: Session, audit_id: int) -> RoundRow | None:
    """Return the round that an audit was made for; None for an audit of no programme."""
    row = session.execute(_rounds().where(ProgrammeRound.audit_id == audit_id)).first()
    return RoundRow(*row) if row else None


def find_round_by_id(session: Session, round_id: int) -> RoundRow:
    """Return a round.

    :raises NotFound: no round has that id.
    """
    row = session.execute(_rounds().where(ProgrammeRound.id == round_id)).first()
    if row is None:
        raise NotFound("That round does not exist.")
    return RoundRow(*row)


def list_newest_rounds(session: Session, ids: Collection[int]) -> dict[int, RoundRow]:
    """Return the newest round of each of these programmes, by its id."""
    newest = (
        select(func.max(ProgrammeRound.id))
        .where(ProgrammeRound.programme_id.in_(ids))
        .group_by(ProgrammeRound.programme_id)
    )
    rows = session.execute(_rounds().where(ProgrammeRound.id.in_(newest)))
    return {row[1]: RoundRow(*row) for row in rows}


def load_load(session: Session, programme_id: int) -> Load:
    """Return what a programme took and asked for so far; what was cancelled is not taken."""
    is_taken = or_(Audit.id.is_(None), Audit.state != AuditState.CANCELLED)
    taken, asked = session.execute(
        select(
            func.coalesce(func.sum(ProgrammeRound.taken).filter(is_taken), 0),
            func.coalesce(func.sum(ProgrammeRound.asked), 0),
        )
        .outerjoin(Audit, Audit.id == ProgrammeRound.audit_id)
        .where(ProgrammeRound.programme_id == programme_id)
    ).one()
    return Load(int(taken), int(asked))


def _rounds() -> Any:
    one = ProgrammeRound
    return (
        select(
            one.id,
            one.programme_id,
            AuditProgramme.name,
            one.period_key,
            one.due_on,
            one.made_on,
            one.made_by,
            one.skipped,
            one.places,
            one.taken,
            one.asked,
            Audit.id,
            Audit.name,
            Audit.state,
            Audit.due_on,
        )
        .join(AuditProgramme, AuditProgramme.id == one.programme_id)
        .outerjoin(Audit, Audit.id == one.audit_id)
        .order_by(one.id.desc())
    )


def list_due(session: Session, *, today: date) -> list[int]:
    """Return the ids of the programmes of which a round is due."""
    return list(
        session.scalars(
            select(AuditProgramme.id)
            .where(AuditProgramme.next_on <= today, AuditProgramme.is_paused.is_(False))
            .order_by(AuditProgramme.id)
        )
    )
