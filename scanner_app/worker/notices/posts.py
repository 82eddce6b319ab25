"""Webhooks: each message is taken, sent outside any transaction under its own name, and noted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.addresses import AddressRefused
from scanner_app.domain.notices.webhooks import write_body, write_headers, write_test
from scanner_app.edge.notices.sending import current_seal
from scanner_app.edge.state import current_settings
from scanner_app.models import Notice, Webhook
from scanner_app.services.notices import deliver, webhooks
from scanner_app.services.notices.webhooks import Post
from scanner_app.storage.database import transact
from scanner_app.storage.outbound import NotReached, post
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message.

    :param status: None: there was no answer.
    :param is_final: trying again would change nothing.
    """

    status: int | None
    reason: str = ""
    is_final: bool = False


@handles(JobKind.WEBHOOK)
def send_post(delivery_id: int, now: datetime) -> datetime | None:
    """Send one message; return when it is tried again, None once nothing is left to do."""
    taken = transact(lambda session: _take(session, delivery_id, now))
    if taken is None:
        return None
    message, body = taken
    answer = _send(message, body)

    def note(session: Session) -> datetime | None:
        if answer.status is not None and webhooks.is_good(answer.status):
            deliver.end_well(session, [delivery_id], now=now)
            at = None
        else:
            log.warning("notices: webhook=%s: %s", message.webhook_id, answer.reason)
            at = deliver.end_badly(
                session, [delivery_id], reason=answer.reason, is_final=answer.is_final, now=now
            )
        webhooks.note_answer(session, webhook_id=message.webhook_id, status=answer.status, now=now)
        return at

    return transact(note)


def _take(session: Session, delivery_id: int, now: datetime) -> tuple[Post, bytes] | None:
    rows = deliver.take(session, [delivery_id])
    if not rows:
        return None
    row = rows[0]
    hook = session.get_one(Webhook, row.webhook_id)
    message = Post(hook.url, webhooks.valid_secrets(hook, now), row.name, hook.id)
    if row.notice_id is None:
        return message, write_test(at=row.created_at)
    notice = session.get_one(Notice, row.notice_id)
    body = write_body(
        notice.kind, notice.params, at=notice.at, base_url=current_settings().base_url
    )
    return message, body


def _send(message: Post, body: bytes) -> Answer:
    box = current_seal()
    try:
        known = [box.open(secret) for secret in message.secrets]
    except ScannerAppError as error:
        return Answer(None, error.message, is_final=True)
    # Signed with the time of this try: a receiver refuses what is older than five minutes.
    headers = write_headers(known, name=message.name, now=datetime.now(UTC), body=body)
    try:
        status = post(message.url, body=body, headers=headers, rules=current_settings().outbound)
    except AddressRefused as error:
        return Answer(None, str(error), is_final=True)
    except NotReached as error:
        return Answer(None, str(error))
    reason = "" if webhooks.is_good(status) else f"It answered {status}."
    return Answer(status, reason, is_final=status == webhooks.GONE)
