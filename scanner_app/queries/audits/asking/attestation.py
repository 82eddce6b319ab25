"""Links by which people say what they have, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.asking.attestation import (
    Answered,
    Attestation,
    Grade,
    enters_figure,
    flags_of,
)
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import (
    Asset,
    AttestationAnswer,
    AttestationLink,
    AuditHolding,
    AuditMember,
    AuditPicture,
    Finding,
    Person,
    User,
)

SHOWN_OF_SERIAL = 4


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One person who was asked, or could be.

    :param things: how many assets of theirs the audit expects; `missing`: not seen in it so far.
    :param answered: how many things they have answered about, `attested` that they have.
    """

    person_id: int
    number: str | None
    name: str
    email: str | None
    user_id: int | None
    things: int
    missing: int
    answered: int
    attested: int
    asked_at: datetime | None
    asked_by: str | None
    is_shown: bool
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def person(self) -> str:
        """How the API and the report name them."""
        return self.number or self.name

    @property
    def is_asked(self) -> bool:
        return self.asked_at is not None

    @property
    def has_mail(self) -> bool:
        return bool(self.email)


@dataclass(frozen=True, slots=True)
class OwnThing:
    """One asset of a person as their page shows it: no value, no other name."""

    finding_id: int
    asset_id: int
    asset_tag: str
    name: str
    serial_end: str
    is_seen: bool
    answer: Answered | None
    note: str | None
    grade: Grade | None
    has_picture: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer, with the names that the report prints."""

    asset_id: int
    asset_tag: str
    person: str
    name: str
    answer: Answered
    grade: Grade | None
    note: str | None
    at: datetime
    picture: str | None
    finding_id: int | None


def is_usable(link: Any, state: AuditState, now: datetime) -> bool:
    """Return whether a link still takes answers: its audit counts, and nobody ended it."""
    is_over = link.expires_at is not None and link.expires_at <= now
    return state is AuditState.COUNTING and link.revoked_at is None and not is_over


def list_asked(session: Session, audit_id: int) -> list[AskedRow]:
    """Return the people to whom things are assigned that an audit expects, by name.

    Who was asked stays in the list, whatever is expected of them.
    """
    newest = _newest_answers(audit_id)
    own = (
        select(
            Finding.recorded_custodian_id.label("person_id"),
            func.count().label("things"),
            func.count(case((Finding.state == FindingState.MISSING, 1))).label("missing"),
            func.count(newest.c.id).label("answered"),
            func.count(newest.c.grade).label("attested"),
        )
        .outerjoin(newest, newest.c.asset_id == Finding.asset_id)
        .where(Finding.audit_id == audit_id, Finding.is_expected)
        .group_by(Finding.recorded_custodian_id)
        .subquery()
    )
    user = (
        select(func.min(User.id))
        .where(User.person_id == Person.id, User.is_active)
        .correlate(Person)
        .scalar_subquery()
    )
    link = AttestationLink
    held = _count_held(audit_id)
    names = ("things", "missing", "answered", "attested")
    counts = [func.coalesce(own.c[n], 0) + func.coalesce(held.c[n], 0) for n in names]
    is_of = and_(link.person_id == Person.id, link.audit_id == audit_id)
    rows = session.execute(
        select(
            Person.id, Person.number, Person.name, Person.email, user, *counts, link.asked_at,
            link.asked_by, func.coalesce(link.is_shown, False), link.expires_at, link.revoked_at,
        )
        .select_from(Person)
        .outerjoin(own, own.c.person_id == Person.id)
        .outerjoin(held, held.c.person_id == Person.id)
        .outerjoin(link, is_of)
        .where(or_(own.c.things > 0, held.c.things > 0, link.id.is_not(None)))
        .order_by(func.lower(Person.name), Person.id)
    )  # fmt: skip
    return [AskedRow(*row) for row in rows]


def _count_held(audit_id: int) -> Any:
    """Return the subquery of what people look after that has no label, by person."""
    is_open = AuditHolding.answered_at.is_(None)
    return (
        select(
            AuditHolding.custodian_id.label("person_id"),
            func.count().label("things"),
            func.count(case((is_open, 1))).label("missing"),
            func.count(case((AuditHolding.is_by_owner, 1))).label("answered"),
            func.count(
                case((and_(AuditHolding.is_by_owner, AuditHolding.holds.is_(True)), 1))
            ).label("attested"),
        )
        .where(AuditHolding.audit_id == audit_id, AuditHolding.custodian_id.is_not(None))
        .group_by(AuditHolding.custodian_id)
        .subquery()
    )


def list_own_things(session: Session, audit_id: int, person_id: int) -> list[OwnThing]:
    """Return the assets that an audit expects a person to have, in the words that it froze."""
    newest = _newest_answers(audit_id)
    rows = session.execute(
        select(
            Finding.id, Finding.asset_id, AuditMember.asset_tag, AuditMember.name,
            AuditMember.serial_number, Finding.state, newest.c.answer, newest.c.note,
            newest.c.grade, newest.c.picture_id,
        )
        .join(
            AuditMember,
            and_(
                AuditMember.audit_id == Finding.audit_id,
                AuditMember.asset_id == Finding.asset_id,
            ),
        )
        .outerjoin(newest, newest.c.asset_id == Finding.asset_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.is_expected,
            Finding.recorded_custodian_id == person_id,
        )
        .order_by(AuditMember.asset_tag)
    )  # fmt: skip
    return [
        OwnThing(
            id_, asset_id, tag, name, (serial or "")[-SHOWN_OF_SERIAL:],
            state is not FindingState.MISSING, answer, note, grade, picture is not None,
        )
        for id_, asset_id, tag, name, serial, state, answer, note, grade, picture in rows
    ]  # fmt: skip


def list_answers(session: Session, audit_id: int) -> list[AnswerRow]:
    """Return every answer of an audit, oldest first."""
    rows: Any = session.execute(
        select(
            AttestationAnswer.asset_id,
            func.coalesce(AuditMember.asset_tag, Asset.asset_tag),
            func.coalesce(Person.number, Person.name),
            Person.name,
            AttestationAnswer.answer,
            AttestationAnswer.grade,
            AttestationAnswer.note,
            AttestationAnswer.at,
            AuditPicture.sha256,
            Finding.id,
        )
        .join(AttestationLink, AttestationLink.id == AttestationAnswer.link_id)
        .join(Person, Person.id == AttestationLink.person_id)
        .join(Asset, Asset.id == AttestationAnswer.asset_id)
        .outerjoin(
            AuditMember,
            and_(
                AuditMember.audit_id == audit_id,
                AuditMember.asset_id == AttestationAnswer.asset_id,
            ),
        )
        .outerjoin(
            Finding,
            and_(Finding.audit_id == audit_id, Finding.asset_id == AttestationAnswer.asset_id),
        )
        .outerjoin(AuditPicture, AuditPicture.id == AttestationAnswer.picture_id)
        .where(AttestationAnswer.audit_id == audit_id)
        .order_by(AttestationAnswer.id)
    )
    return [AnswerRow(*row) for row in rows]


def find_attested(session: Session, audit_id: int, *conditions: Any) -> dict[int, list[str]]:
    """Return the flags of missing findings whose person says that it is there, by the finding's id.

    :param conditions: which findings are asked about; all that are missing if there are none.
    """
    if not session.scalar(select(exists().where(AttestationAnswer.audit_id == audit_id))):
        return {}
    newest = _newest_answers(audit_id)
    rows = session.execute(
        select(Finding.id, newest.c.grade)
        .join(newest, newest.c.asset_id == Finding.asset_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            newest.c.grade.is_not(None),
            *conditions,
        )
    )
    return {id_: flags_of(grade) for id_, grade in rows}


def is_anybody_asked(session: Session, audit_id: int) -> bool:
    """Return whether an audit asked anybody what they have."""
    return bool(session.scalar(select(exists().where(AttestationLink.audit_id == audit_id))))


def count_attested_missing(session: Session, audit_id: int, policy: Attestation) -> int | None:
    """Return how much of what is missing enters *existence with attested*.

    None if nobody was asked.
    """
    if not is_anybody_asked(session, audit_id):
        return None
    return sum(enters_figure(policy, flags) for flags in find_attested(session, audit_id).values())


def find_user_link(session: Session, audit_id: int, user_id: int | None) -> AttestationLink | None:
    """Return the link of the person whose account this is, if they were asked."""
    return session.scalar(
        select(AttestationLink)
        .join(User, User.person_id == AttestationLink.person_id)
        .where(AttestationLink.audit_id == audit_id, User.id == user_id)
    )


def find_people(session: Session, wanted: Sequence[str]) -> dict[str, int | None]:
    """Return the ids of people by their numbers, or by the names of those without one.

    None where nobody is called so, or several are.
    """
    called = func.coalesce(Person.number, Person.name)
    rows = session.execute(select(called, Person.id).where(called.in_(wanted)))
    found: dict[str, list[int]] = {one: [] for one in wanted}
    for name, id_ in rows:
        found[name].append(id_)
    return {name: ids[0] if len(ids) == 1 else None for name, ids in found.items()}


def _newest_answers(audit_id: int) -> Any:
    """Return the subquery of the newest answer about each asset of an audit."""
    newest = (
        select(func.max(AttestationAnswer.id))
        .where(AttestationAnswer.audit_id == audit_id)
        .group_by(AttestationAnswer.asset_id)
    )
    return (
        select(
            AttestationAnswer.id, AttestationAnswer.asset_id, AttestationAnswer.answer,
            AttestationAnswer.note, AttestationAnswer.grade, AttestationAnswer.picture_id,
        )
        .where(AttestationAnswer.id.in_(newest))
        .subquery()
    )  # fmt: skip
