"""Messages of notices: put in line for each receiver, held, taken to be sent, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.causes import delivery_failed
from scanner_app.domain.notices.choices import Digest, digest_at, quiet_until
from scanner_app.domain.notices.deliveries import (
    CHANNELS,
    DELIVERY_STATES,
    MAX_ERROR,
    OPEN_STATES,
    Channel,
    DeliveryState,
    name_delivery,
    next_attempt,
)
from scanner_app.domain.notices.kinds import NOTICES
from scanner_app.domain.settings import Organisation
from scanner_app.models import MailStop, Notice, NoticeDelivery, NoticeTo
from scanner_app.queries.notices.outgoing import (
    MailReceiver,
    list_listening_webhooks,
    list_mail_receivers,
    still_holds,
)
from scanner_app.services.jobs.queue import enqueue
from scanner_app.services.notices.raise_notice import raise_notice


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What the worker knows of the service.

    :param secret: names deliveries, so that nobody else can know a name before.
    :param has_mail: whether a mail server is set.
    """

    secret: str
    organisation: Organisation
    has_mail: bool


def write_deliveries(
    session: Session, *, notice_id: int, rules: SendingRules, now: datetime
) -> None:
    """Put the messages of a notice in line. Run twice, it adds nothing."""
    notice = session.scalar(select(Notice).where(Notice.id == notice_id).with_for_update())
    if notice is None or notice.cleared_at is not None:
        return
    known = session.execute(
        select(NoticeDelivery.notice_to_id, NoticeDelivery.webhook_id).where(
            NoticeDelivery.notice_id == notice_id
        )
    ).all()
    addressed, posted = {row[0] for row in known}, {row[1] for row in known}
    if rules.has_mail:
        for one in list_mail_receivers(session, notice, organisation=rules.organisation):
            if one.notice_to_id not in addressed:
                _add_mail(session, notice, one, rules, now)
    for hook in list_listening_webhooks(session, notice.kind):
        if hook.id not in posted:
            row = NoticeDelivery(
                name=name_delivery(rules.secret, notice.key, "webhook", str(hook.id)),
                notice_id=notice.id,
                webhook_id=hook.id,
                channel=Channel.WEBHOOK,
                state=DeliveryState.PENDING,
                created_at=now,
                next_at=now,
            )
            _add(session, notice, row, now)


def _add_mail(
    session: Session, notice: Notice, one: MailReceiver, rules: SendingRules, now: datetime
) -> None:
    receiver = f"user:{one.user_id}" if one.user_id is not None else f"person:{one.person_id}"
    row = NoticeDelivery(
        name=name_delivery(rules.secret, notice.key, "mail", receiver),
        notice_id=notice.id,
        notice_to_id=one.notice_to_id,
        channel=Channel.MAIL,
        state=DeliveryState.PENDING,
        created_at=now,
        next_at=now,
    )
    breaks = one.choice.breaks_quiet and NOTICES[notice.kind].may_break_quiet
    quiet = None if breaks else quiet_until(now, one.hours)
    if one.choice.digest is not Digest.NONE and one.user_id is not None and not breaks:
        row.next_at, day = digest_at(now, one.choice.digest, one.hours)
        row.state, row.digest = DeliveryState.HELD, f"digest:{one.user_id}:{day.isoformat()}"
    elif quiet is not None:
        row.state, row.next_at = DeliveryState.HELD, quiet
    _add(session, notice, row, now)
    if row.digest is not None and row.next_at is not None and one.user_id is not None:
        at = next_digest(session, one.user_id) or row.next_at
        enqueue(session, JobKind.MAIL_DIGEST, one.user_id, now=now, at=at)


def _add(session: Session, notice: Notice, row: NoticeDelivery, now: datetime) -> None:
    if notice.is_restored:
        row.state, row.digest, row.next_at = DeliveryState.HELD, None, None
    session.add(row)
    session.flush()
    if row.next_at is not None and row.digest is None:
        enqueue(session, CHANNELS[row.channel].job, row.id, 1, now=now, at=row.next_at)


def next_digest(session: Session, user_id: int) -> datetime | None:
    """Return when the next of a user's collected e-mails goes; None if nothing is collected."""
    return session.scalar(
        select(func.min(NoticeDelivery.next_at))
        .join(NoticeTo, NoticeTo.id == NoticeDelivery.notice_to_id)
        .where(
            NoticeTo.user_id == user_id,
            NoticeDelivery.digest.is_not(None),
            NoticeDelivery.state.in_(OPEN_STATES),
        )
    )


def take(session: Session, ids: Sequence[int]) -> list[NoticeDelivery]:
    """Return those of these deliveries that are to be sent now, locked and marked as being sent.

    What was settled meanwhile is withdrawn. What was being sent when its worker died is sent again,
    under the same name.
    """
    rows = session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.id.in_(ids))
        .order_by(NoticeDelivery.id)
        .with_for_update()
    ).all()
    taken = []
    for row in rows:
        is_waiting = row.state is DeliveryState.SENDING or row.next_at is not None
        if DELIVERY_STATES[row.state].is_final or not is_waiting:
            continue
        notice = session.get(Notice, row.notice_id) if row.notice_id is not None else None
        if notice is not None and not still_holds(session, notice):
            row.state, row.next_at = DeliveryState.WITHDRAWN, None
            continue
        row.state, row.attempts = DeliveryState.SENDING, row.attempts + 1
        taken.append(row)
    return taken


def end_well(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Note that deliveries arrived."""
    for row in _lock(session, ids):
        row.state, row.sent_at, row.next_at, row.error = DeliveryState.SENT, now, None, ""


def end_badly(
    session: Session, ids: Sequence[int], *, reason: str, is_final: bool, now: datetime
) -> datetime | None:
    """Note that deliveries failed; return when they are tried again, None if they are given up."""
    at: datetime | None = None
    for row in _lock(session, ids):
        row.error = reason[:MAX_ERROR]
        next_at = None if is_final else next_attempt(now, attempts=row.attempts, name=row.name)
        row.next_at = next_at
        row.state = DeliveryState.FAILED if next_at is None else DeliveryState.PENDING
        at = next_at if at is None else at
    return at


def stop_refused(session: Session, *, address: str, reason: str, now: datetime, day: str) -> None:
    """Send nothing to an address any more that its server refuses for good, and tell admins."""
    if session.get(MailStop, address.lower()) is None:
        session.add(
            MailStop(address=address.lower(), is_refused=True, reason=reason[:MAX_ERROR], at=now)
        )
    notice = delivery_failed(
        f"mail:{address.lower()}:{day}", what=f"E-mail to {address}", reason=reason
    )
    raise_notice(session, notice, now=now)


def give_up_mail(session: Session, *, reason: str, now: datetime, day: str) -> None:
    """Raise a notice for admins: e-mails could not be sent for days."""
    notice = delivery_failed(f"mail-server:{day}", what="E-mail", reason=reason)
    raise_notice(session, notice, now=now)


def _lock(session: Session, ids: Sequence[int]) -> Sequence[NoticeDelivery]:
    """Return deliveries that are being sent; others ended meanwhile, and stay as they are."""
    return session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.id.in_(ids), NoticeDelivery.state == DeliveryState.SENDING)
        .order_by(NoticeDelivery.id)
        .with_for_update()
    ).all()
