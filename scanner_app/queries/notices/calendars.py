"""The days of a calendar feed: loans and audits. Names of other people are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import ROLES, Action
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.notices.calendars import (
    CANCELLED_FOR,
    MAX_EVENTS,
    CalendarDay,
    FeedScope,
)
from scanner_app.domain.settings import Organisation
from scanner_app.domain.text import ENGLISH, Voice
from scanner_app.models import Act, Asset, Audit, CalendarFeed, Custody, User

OPEN_AUDITS = (AuditState.DRAFT, AuditState.COUNTING, AuditState.RECONCILING)


def list_days(
    session: Session,
    feed: CalendarFeed,
    user: User,
    *,
    organisation: Organisation,
    base_url: str,
    host: str,
    now: datetime,
    voice: Voice = ENGLISH,
) -> list[CalendarDay]:
    """Return what a user's feed holds now, at most `MAX_EVENTS` of each kind."""
    base = base_url.rstrip("/")
    days: list[CalendarDay] = []
    if Action.READ_REGISTER in ROLES[user.role].actions:
        days += _loans(session, feed, user, organisation, base, host, now)
    if Action.READ_AUDITS in ROLES[user.role].actions:
        days += _audits(session, feed, user, base, host)
    return [replace(day, summary=voice.say(day.summary)) for day in days]


def _loans(
    session: Session,
    feed: CalendarFeed,
    user: User,
    organisation: Organisation,
    base: str,
    host: str,
    now: datetime,
) -> Iterator[CalendarDay]:
    statement = (
        select(Custody, Asset.asset_tag, Asset.name)
        .join(Asset, Asset.id == Custody.asset_id)
        .where(
            Custody.due_at.is_not(None),
            or_(Custody.ended_at.is_(None), Custody.ended_at > now - CANCELLED_FOR),
        )
        .order_by(Custody.id.desc())
        .limit(MAX_EVENTS)
    )
    if feed.scope is FeedScope.MINE:
        # Nobody who did not say who they are has anything assigned: -1 is nobody.
        statement = statement.where(Custody.person_id == (user.person_id or -1))
    for custody, tag, name in session.execute(statement):
        if custody.due_at is None:
            continue
        is_back = custody.ended_at is not None
        yield CalendarDay(
            uid=f"loan-{custody.id}@{host}",
            on=custody.due_at.astimezone(organisation.zone).date(),
            summary=f"{tag} ({name}) is due back" if name else f"{tag} is due back",
            link=f"{base}/assets/{quote(tag, safe='')}" if base else "",
            changed_at=custody.ended_at or custody.started_at,
            is_cancelled=is_back,
        )


def _audits(
    session: Session, feed: CalendarFeed, user: User, base: str, host: str
) -> Iterator[CalendarDay]:
    statement = (
        select(Audit.id, Audit.name, Audit.due_on, Audit.created_at)
        .where(Audit.due_on.is_not(None), Audit.state.in_(OPEN_AUDITS))
        .order_by(Audit.id.desc())
        .limit(MAX_EVENTS)
    )
    if feed.scope is FeedScope.MINE:
        own = select(Act.audit_id).where(
            Act.kind == ActKind.CREATED, Act.person_key == f"user:{user.id}"
        )
        statement = statement.where(Audit.id.in_(own))
    for id_, name, due_on, created_at in session.execute(statement):
        if due_on is None:
            continue
        yield CalendarDay(
            uid=f"audit-{id_}@{host}",
            on=due_on,
            summary=f"Audit {name} is due",
            link=f"{base}/audits/{id_}" if base else "",
            changed_at=created_at,
        )
