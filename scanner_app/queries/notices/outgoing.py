"""Whom the messages of a notice go to, and whether a notice still holds when one is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.notices.choices import Choice, Hours
from scanner_app.domain.notices.deliveries import Channel
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.domain.notices.sweep import attestation_topic
from scanner_app.domain.settings import Organisation
from scanner_app.models import (
    Custody,
    MailStop,
    Notice,
    NoticeChoice,
    NoticeDelivery,
    NoticeTo,
    Person,
    User,
    Webhook,
)
from scanner_app.queries.notices.asked import list_unanswered

LOANS = frozenset({NoticeKind.DUE_SOON, NoticeKind.OVERDUE})
# What a person without an account cannot stop.
KEPT = frozenset({NoticeKind.OVERDUE, NoticeKind.TO_ACCEPT})
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MailReceiver:
    """Somebody who gets an e-mail of a notice.

    :param user_id: None for a person without an account.
    """

    notice_to_id: int
    address: str
    user_id: int | None
    person_id: int | None
    choice: Choice
    hours: Hours


def list_mail_receivers(
    session: Session, notice: Notice, *, organisation: Organisation
) -> list[MailReceiver]:
    """Return who gets a notice by e-mail: those who want it, whose address takes it."""
    rows = session.execute(
        select(NoticeTo, User, Person.email, NoticeChoice)
        .outerjoin(User, User.id == NoticeTo.user_id)
        .outerjoin(Person, Person.id == NoticeTo.person_id)
        .outerjoin(
            NoticeChoice,
            (NoticeChoice.user_id == NoticeTo.user_id) & (NoticeChoice.kind == notice.kind),
        )
        .where(NoticeTo.notice_id == notice.id)
        .order_by(NoticeTo.id)
    ).all()
    found = []
    for to, user, email, chosen in rows:
        address = (user.email if user is not None else email) or ""
        choice = Choice()
        if chosen is not None:
            choice = Choice(
                by_mail=chosen.by_mail, digest=chosen.digest, breaks_quiet=chosen.breaks_quiet
            )
        if address and choice.by_mail:
            hours = find_hours(user, organisation)
            found.append(MailReceiver(to.id, address, to.user_id, to.person_id, choice, hours))
    stops = _find_stops(session, [one.address for one in found])
    return [one for one in found if not _is_stopped(one, notice.kind, stops)]


def find_hours(user: User | None, organisation: Organisation) -> Hours:
    """Return a person's clock: what the account says, else the organisation's."""
    if user is None:
        return Hours(organisation.zone)
    own = Organisation(time_zone=user.time_zone or organisation.time_zone)
    hours = Hours(own.zone, user.quiet_from, user.quiet_to)
    if user.digest_hour is None:
        return hours
    return Hours(own.zone, user.quiet_from, user.quiet_to, user.digest_hour)


def _find_stops(session: Session, addresses: Sequence[str]) -> dict[str, bool]:
    rows = session.execute(
        select(MailStop.address, MailStop.is_refused).where(
            MailStop.address.in_([address.lower() for address in addresses])
        )
    )
    return {address: is_refused for address, is_refused in rows}  # noqa: C416 - mypy takes no rows for pairs


def _is_stopped(one: MailReceiver, kind: NoticeKind, stops: dict[str, bool]) -> bool:
    """Return whether an address gets nothing of this kind.

    A person without an account can stop all but what is overdue and what waits for their answer. A
    user chooses by kind.
    """
    is_refused = stops.get(one.address.lower())
    if is_refused is None:
        return False
    return is_refused or (one.user_id is None and kind not in KEPT)


def list_listening_webhooks(session: Session, kind: NoticeKind) -> list[Webhook]:
    """Return the webhooks that are told of a kind."""
    hooks = session.scalars(select(Webhook).where(Webhook.is_active).order_by(Webhook.id))
    return [hook for hook in hooks if kind.value in hook.kinds]


def still_holds(session: Session, notice: Notice) -> bool:
    """Return whether there is still something to say: the asset may be back since the sweep."""
    if notice.cleared_at is not None:
        return False
    if notice.kind is NoticeKind.ATTESTATION_ASKED:
        asked = list_unanswered(session, now=notice.at, link_id=int(notice.params["link"]))
        return any(attestation_topic(one.link_id, one.asked_at) == notice.topic for one in asked)
    if notice.kind not in LOANS:
        return True
    custody = session.get(Custody, int(notice.params["custody"]))
    if custody is None or custody.ended_at is not None or custody.due_at is None:
        return False
    said = datetime.fromisoformat(notice.params["due_at"]).astimezone(UTC)
    return custody.due_at.replace(microsecond=0) == said


def count_mails_since(session: Session, moment: datetime) -> int:
    """Return how many e-mails went since a moment."""
    statement = select(func.count(NoticeDelivery.id)).where(
        NoticeDelivery.sent_at > moment, NoticeDelivery.channel == Channel.MAIL
    )
    return session.scalar(statement) or 0
