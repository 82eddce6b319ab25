"""Stopping e-mails by a link, trying refused addresses again, and what a restored backup held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.domain.notices.choices import Digest
from scanner_app.domain.notices.deliveries import CHANNELS, OPEN_STATES, DeliveryState
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.models import (
    Job,
    MailStop,
    Notice,
    NoticeChoice,
    NoticeDelivery,
    Person,
    User,
)
from scanner_app.services.jobs.queue import enqueue


def stop_kind(session: Session, *, user_id: int, kind: NoticeKind) -> None:
    """Send a user no e-mails of a kind any more. The bell still has it."""
    if session.get(User, user_id) is None:
        return
    row = session.scalar(
        select(NoticeChoice).where(NoticeChoice.user_id == user_id, NoticeChoice.kind == kind)
    )
    if row is None:
        row = NoticeChoice(user_id=user_id, kind=kind, is_told=True, digest=Digest.NONE)
        session.add(row)
    row.by_mail = False
    session.flush()


def stop_person(session: Session, *, person_id: int, now: datetime) -> None:
    """Send a person without an account only what is overdue any more."""
    person = session.get(Person, person_id)
    if person is None or not person.email:
        return
    address = person.email.lower()
    if session.get(MailStop, address) is None:
        session.add(MailStop(address=address, is_refused=False, reason="Stopped by link.", at=now))
    session.flush()


def try_address_again(session: Session, *, address: str) -> None:
    """Send to an address again that refused what we sent."""
    row = session.get(MailStop, address.lower())
    if row is not None and row.is_refused:
        session.delete(row)


def hold_after_restore(session: Session) -> int:
    """Hold what was on its way in a backup: it may have arrived since. Return how much there is.

    Notices that were not addressed yet are marked, so that their messages are held too.
    """
    held = session.scalars(
        update(NoticeDelivery)
        .where(NoticeDelivery.state.in_(OPEN_STATES))
        .values(state=DeliveryState.HELD, next_at=None, digest=None)
        .returning(NoticeDelivery.id)
    ).all()
    unaddressed = select(Job.row_id).where(
        Job.kind == JobKind.NOTICE_SEND.value, Job.state != WorkState.DONE
    )
    session.execute(update(Notice).where(Notice.id.in_(unaddressed)).values(is_restored=True))
    return len(held)


def decide_held(session: Session, *, send: bool, now: datetime) -> int:
    """Send or drop what was held after a restore, and return how much it was."""
    rows = session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.state == DeliveryState.HELD, NoticeDelivery.next_at.is_(None))
        .with_for_update()
    ).all()
    for row in rows:
        if send:
            row.state, row.next_at = DeliveryState.PENDING, now
            enqueue(session, CHANNELS[row.channel].job, row.id, now=now)
        else:
            row.state = DeliveryState.WITHDRAWN
    return len(rows)


def name_receiver(session: Session, *, user_id: int | None, person_id: int | None) -> str:
    """Return the address that a stopping link is about; empty if its owner is gone."""
    if user_id is not None:
        return session.scalar(select(User.email).where(User.id == user_id)) or ""
    found = session.scalar(select(Person.email).where(Person.id == person_id))
    return found or ""
