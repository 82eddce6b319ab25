"""What the sweep of notices looks at: loans, audits, and ends that are near."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.months import add_months
from scanner_app.domain.notices.causes import is_silent
from scanner_app.domain.notices.kinds import SWEPT
from scanner_app.domain.notices.sweep import (
    AUDIT_DAYS,
    DUE_SOON_DAYS,
    DueAudit,
    Ending,
    Loan,
    OpenLink,
    SweepRules,
    SweptState,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Act,
    Asset,
    AssetModel,
    Audit,
    Custody,
    Handover,
    HandoverLine,
    HandoverLink,
    Notice,
    Person,
    Reader,
    User,
)
from scanner_app.queries.notices.asked import list_unanswered
from scanner_app.queries.notices.reservations import list_of_reservations
from scanner_app.queries.notices.waivers import list_ending_waivers

OPEN_AUDITS = (AuditState.DRAFT, AuditState.COUNTING, AuditState.RECONCILING)
GONE = (Stage.RETIRED, Stage.DISPOSED)
_CATEGORY = func.coalesce(Asset.category_id, AssetModel.category_id)
_NAME = func.coalesce(func.nullif(Asset.name, ""), AssetModel.name, "")


@dataclass(frozen=True, slots=True)
class SilentReader:
    id: int
    name: str
    heard_at: datetime


def load_swept(session: Session, *, now: datetime, rules: SweepRules) -> SweptState:
    """Return everything that may be due at this moment by these rules."""
    today = now.astimezone(rules.zone).date()
    return SweptState(
        links=tuple(_links(session, now)),
        loans=tuple(_loans(session, now)),
        endings=tuple(_endings(session, today, rules.horizon)),
        audits=tuple(_audits(session, today)),
        asked=tuple(list_unanswered(session, now=now)),
        reservations=tuple(list_of_reservations(session, now)),
        waivers=tuple(list_ending_waivers(session, today, rules.horizon)),
    )


def _loans(session: Session, now: datetime) -> Iterator[Loan]:
    # A day more than the first notice: it is counted in days of the organisation's own clock.
    until = now + timedelta(days=max(DUE_SOON_DAYS) + 1)
    statement = (
        select(
            Custody.id,
            Custody.due_at,
            Person.id,
            Person.name,
            Asset.asset_tag,
            _NAME,
            func.coalesce(Asset.home_location_id, Asset.location_id),
            _CATEGORY,
        )
        .join(Asset, Asset.id == Custody.asset_id)
        .join(Person, Person.id == Custody.person_id)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        # By the asset's column: it has the index.
        .where(
            Asset.due_at < until,
            Asset.status == Stage.IN_USE,
            Custody.ended_at.is_(None),
            Custody.due_at.is_not(None),
        )
        .order_by(Custody.id)
    )
    for row in session.execute(statement):
        yield Loan(*row)


def _links(session: Session, now: datetime) -> Iterator[OpenLink]:
    statement = (
        select(
            HandoverLink.id,
            Handover.handover_id,
            Handover.number,
            Handover.person_id,
            HandoverLink.made_at,
        )
        .join(Handover, Handover.id == HandoverLink.handover_id)
        .where(
            HandoverLink.ended_at.is_(None),
            HandoverLink.expires_at > now,
            Handover.person_id.is_not(None),
            _has_something(),
        )
        .order_by(HandoverLink.id)
    )
    for link_id, handover_id, number, person_id, made_at in session.execute(statement):
        yield OpenLink(link_id, handover_id, number, person_id or 0, made_at)


def _has_something() -> ColumnElement[bool]:
    """Return the condition that the person still has a thing of a hand-over, or got pieces.

    Nobody is reminded to accept what came back.
    """
    return (
        select(HandoverLine.n)
        .outerjoin(Asset, Asset.id == HandoverLine.asset_id)
        .where(
            HandoverLine.handover_id == Handover.id,
            HandoverLine.asset_id.is_(None) | (Asset.custodian_id == Handover.person_id),
        )
        .correlate(Handover)
        .exists()
    )


def _audits(session: Session, today: date) -> Iterator[DueAudit]:
    found = session.execute(
        select(Audit.id, Audit.name, Audit.due_on)
        .where(Audit.state.in_(OPEN_AUDITS), Audit.due_on <= today + timedelta(days=AUDIT_DAYS))
        .order_by(Audit.id)
    ).all()
    # The person who created an audit is known by its first act: the audit itself keeps only a name.
    created = select(Act.audit_id, Act.person_key).where(
        Act.audit_id.in_([id_ for id_, *_ in found]),
        Act.kind == ActKind.CREATED,
        Act.person_key.is_not(None),
    )
    owners = {audit_id: (key,) for audit_id, key in session.execute(created)}
    approving = select(User.id).where(User.role == Role.APPROVER, User.is_active)
    approvers = tuple(f"user:{id_}" for id_ in session.scalars(approving))
    for id_, name, due_on in found:
        if due_on is None:
            continue
        yield DueAudit(id_, name, due_on, (*owners.get(id_, ()), *approvers))


def _endings(session: Session, today: date, horizon: int) -> Iterator[Ending]:
    if horizon <= 0:
        return
    last = today + timedelta(days=horizon)
    columns = (
        Asset.id,
        Asset.asset_tag,
        _NAME,
        func.coalesce(Asset.home_location_id, Asset.location_id),
        _CATEGORY,
    )
    lives = (
        select(Asset.eol_date, *columns)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(Asset.eol_date.between(today, last), Asset.status.not_in(GONE))
        .order_by(Asset.id)
    )
    for on, id_, tag, name, location_id, category_id in session.execute(lives):
        yield Ending(id_, "life", on, tag, name, location_id, category_id)
    # Neither database adds months alike, and there are few lengths of a warranty: a span for each.
    lengths = session.scalars(select(Asset.warranty_months).distinct()).all()
    spans = [
        Asset.purchase_date.between(add_months(today, -months - 1), add_months(last, -months + 1))
        & (Asset.warranty_months == months)
        for months in lengths
        if months
    ]
    if not spans:
        return
    warranties = (
        select(Asset.purchase_date, Asset.warranty_months, *columns)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(or_(*spans), Asset.status.not_in(GONE))
        .order_by(Asset.id)
    )
    for bought, months, id_, tag, name, location_id, category_id in session.execute(warranties):
        on = add_months(bought, months)
        if today <= on <= last:
            yield Ending(id_, "warranty", on, tag, name, location_id, category_id)


def list_silent(session: Session, *, now: datetime) -> list[SilentReader]:
    """Return the readers in use that should have been heard by now."""
    rows = session.execute(
        select(
            Reader.id,
            Reader.name,
            Reader.silent_after_seconds,
            Reader.last_heartbeat_at,
            Reader.last_read_at,
        ).where(Reader.is_active)
    )
    found = []
    for id_, name, seconds, beat, read in rows:
        heard = max((at for at in (beat, read) if at is not None), default=None)
        if heard is not None and is_silent(heard, silent_after_seconds=seconds, now=now):
            found.append(SilentReader(id_, name, heard))
    return found


def list_open_topics(session: Session) -> set[str]:
    """Return the matters of the sweep that are not over yet, as far as notices say."""
    statement = select(Notice.topic).where(Notice.cleared_at.is_(None), Notice.kind.in_(SWEPT))
    return set(session.scalars(statement.distinct()))
