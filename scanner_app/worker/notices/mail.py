"""E-mails of notices: taken, sent outside any transaction under their own name, and noted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.deliveries import OPEN_STATES, name_delivery
from scanner_app.domain.notices.kinds import NoticeKind, describe, find_link
from scanner_app.domain.notices.mail import (
    AddressUnusable,
    Letter,
    MailItem,
    host_of,
    write_letter,
)
from scanner_app.edge.notices.sending import Stop, current_sending, write_stop_url
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.edge.stockroom.extensions import write_extension_path
from scanner_app.edge.stockroom.links import write_link_path
from scanner_app.edge.words.voices import find_voice
from scanner_app.models import Notice, NoticeDelivery, NoticeTo, Person, User
from scanner_app.queries.circulation.extensions import find_loan, foresee_extension
from scanner_app.queries.notices.outgoing import LOANS, count_mails_since, find_hours
from scanner_app.services.audits.asking.attestation import write_answer_link
from scanner_app.services.notices import deliver
from scanner_app.storage.database import transact
from scanner_app.storage.post_office import MailNotSent, send
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# When as many e-mails went in a minute as may go.
REST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class TakenMail:
    """An e-mail that this worker sends, with the deliveries that it carries out."""

    ids: tuple[int, ...]
    letter: Letter


@handles(JobKind.NOTICE_SEND)
def address_notice(notice_id: int, now: datetime) -> None:
    """Put the messages of a notice in line."""
    rules = current_sending()
    transact(lambda s: deliver.write_deliveries(s, notice_id=notice_id, rules=rules, now=now))


@handles(JobKind.MAIL)
def send_mail(delivery_id: int, now: datetime) -> datetime | None:
    """Send one e-mail; return when it is tried again, None once nothing is left to do."""
    if not current_settings().smtp_url:
        return now + HOUR  # the setting was taken away, and may come back
    if _is_busy(now):
        return now + REST
    taken = transact(lambda session: _take(session, [delivery_id], None))
    return None if taken is None else _send(taken, now)


@handles(JobKind.MAIL_DIGEST)
def send_digest(user_id: int, now: datetime) -> datetime | None:
    """Send a user what was collected until now as one e-mail; return when the next one goes."""
    if not current_settings().smtp_url:
        return now + HOUR
    if _is_busy(now):
        return now + REST
    key = transact(lambda session: _due_digest(session, user_id, now))
    if key is not None:
        taken = transact(lambda session: _take_digest(session, key))
        if taken is not None:
            _send(taken, now)
    return transact(lambda session: deliver.next_digest(session, user_id))


def _is_busy(now: datetime) -> bool:
    most = current_settings().mail_per_minute
    return bool(most) and transact(lambda s: count_mails_since(s, now - MINUTE)) >= most


def _due_digest(session: Session, user_id: int, now: datetime) -> str | None:
    return session.scalar(
        select(NoticeDelivery.digest)
        .join(NoticeTo, NoticeTo.id == NoticeDelivery.notice_to_id)
        .where(
            NoticeTo.user_id == user_id,
            NoticeDelivery.digest.is_not(None),
            NoticeDelivery.state.in_(OPEN_STATES),
            NoticeDelivery.next_at <= now,
        )
        .order_by(NoticeDelivery.next_at)
        .limit(1)
    )


def _take_digest(session: Session, key: str) -> TakenMail | None:
    ids = session.scalars(
        select(NoticeDelivery.id).where(
            NoticeDelivery.digest == key, NoticeDelivery.state.in_(OPEN_STATES)
        )
    ).all()
    return _take(session, ids, name_delivery(current_settings().secret_key, key))


def _take(session: Session, ids: Sequence[int], name: UUID | None) -> TakenMail | None:
    """Take deliveries to one receiver, and return the e-mail; None if nothing is left to say.

    :param name: of the e-mail; None: that of its one delivery.
    """
    rows = deliver.take(session, ids)
    if not rows:
        return None
    notices = [session.get_one(Notice, row.notice_id) for row in rows]
    to = session.get_one(NoticeTo, rows[0].notice_to_id)
    user = session.get(User, to.user_id) if to.user_id is not None else None
    person = session.get(Person, to.person_id) if to.person_id is not None else None
    base = current_settings().base_url.rstrip("/")
    organisation = current_organisation()
    items = [
        MailItem(
            describe(one.kind, one.params),
            _find_url(session, one, base, is_user=user is not None),
            one.at,
            _find_extension(session, one, base, to.person_id if user is None else user.person_id),
        )
        for one in notices
    ]
    letter = Letter(
        name=name or rows[0].name,
        to=(user.email if user is not None else person.email if person is not None else "") or "",
        sender=current_settings().mail_from,
        organisation=organisation.name,
        zone=find_hours(user, organisation).zone,
        items=items,
        stop_url=write_stop_url(Stop(notices[0].kind, to.user_id, to.person_id)),
        why=f"What you get is chosen at {base}/account/notices" if base and user else "",
        voice=find_voice((user.language if user is not None else None) or organisation.language),
    )
    return TakenMail(tuple(row.id for row in rows), letter)


def _find_url(session: Session, notice: Notice, base: str, *, is_user: bool) -> str:
    """Return where the reader of an e-mail looks after it; empty if there is no such page."""
    if not base:
        return ""
    # The two pages that open without an account.
    if notice.kind is NoticeKind.ATTESTATION_ASKED:
        secret = current_settings().secret_key
        return write_answer_link(session, base, secret, link_id=int(notice.params["link"]))
    if notice.kind is NoticeKind.TO_ACCEPT:
        about = notice.params
        return f"{base}{write_link_path(int(about['link']), UUID(about['handover']))}"
    return f"{base}{find_link(notice.kind, notice.params)}" if is_user else ""


def _find_extension(session: Session, notice: Notice, base: str, person_id: int | None) -> str:
    """Return where the receiver of a reminder extends the loan; empty if they may not."""
    if not base or person_id is None or notice.kind not in LOANS:
        return ""
    loan = find_loan(session, custody_id=int(notice.params["custody"]))
    if loan is None or loan.person_id != person_id:
        return ""  # the stockroom is told of other people's loans too
    zone = current_organisation().time_zone
    if foresee_extension(session, loan, now=notice.at, zone=zone).due_at is None:
        return ""
    path = write_extension_path(loan.asset_id, person_id, loan.due_at, written_at=notice.at)
    return f"{base}{path}"


def _send(taken: TakenMail, now: datetime) -> datetime | None:
    """Send an e-mail that was taken, and note what came of it."""
    server = current_settings().mail_server
    if server is None:
        return None
    try:
        send(server, _write(taken, now))
    except AddressUnusable as error:
        return _fail(taken, MailNotSent(str(error), is_final=True), now)
    except MailNotSent as error:
        return _fail(taken, error, now)
    transact(lambda session: deliver.end_well(session, taken.ids, now=now))
    return None


def _write(taken: TakenMail, now: datetime) -> EmailMessage:
    settings = current_settings()
    host = host_of(settings.base_url, settings.mail_from)
    return write_letter(taken.letter, host=host, now=now)


def _fail(taken: TakenMail, error: MailNotSent, now: datetime) -> datetime | None:
    """Note that an e-mail was not taken; return when it is tried again."""
    log.warning("notices: e-mail not sent deliveries=%s: %s", taken.ids, error.reason)
    day = now.date().isoformat()

    def note(session: Session) -> datetime | None:
        at = deliver.end_badly(
            session, taken.ids, reason=error.reason, is_final=error.is_final, now=now
        )
        if error.is_final:
            deliver.stop_refused(
                session, address=taken.letter.to, reason=error.reason, now=now, day=day
            )
        elif at is None:
            deliver.give_up_mail(session, reason=error.reason, now=now, day=day)
        return at

    return transact(note)
