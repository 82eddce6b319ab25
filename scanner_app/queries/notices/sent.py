"""Webhooks and what became of messages, as the admin's pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.notices.deliveries import Channel, DeliveryState
from scanner_app.domain.notices.kinds import NOTICES
from scanner_app.models import MailStop, Notice, NoticeDelivery, Webhook

TEST = "Test"


@dataclass(frozen=True, slots=True)
class WebhookView:
    id: int
    name: str
    url: str
    kinds: tuple[str, ...]
    is_active: bool
    off_reason: str
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """One delivery to a webhook."""

    id: int
    name: UUID
    label: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    next_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many e-mails wait, went, and did not."""

    waiting: int
    sent: int
    failed: int
    undecided: int


def list_webhooks(session: Session) -> list[WebhookView]:
    """Return the webhooks by name. There are fifty at most."""
    return [_view(hook) for hook in session.scalars(select(Webhook).order_by(Webhook.name))]


def find_webhook(session: Session, webhook_id: int) -> WebhookView:
    """Return a webhook.

    :raises NotFound: it was removed.
    """
    hook = session.get(Webhook, webhook_id)
    if hook is None:
        raise NotFound("That webhook does not exist.")
    return _view(hook)


def _view(hook: Webhook) -> WebhookView:
    return WebhookView(
        hook.id,
        hook.name,
        hook.url,
        tuple(hook.kinds),
        hook.is_active,
        hook.off_reason,
        hook.failing_since,
        hook.old_secret_until,
        hook.created_at,
        hook.created_by,
    )


def list_sent(session: Session, *, webhook_id: int, limit: int) -> list[SentRow]:
    """Return a webhook's newest deliveries."""
    rows = session.execute(
        select(NoticeDelivery, Notice.kind)
        .outerjoin(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(NoticeDelivery.webhook_id == webhook_id)
        .order_by(NoticeDelivery.id.desc())
        .limit(limit)
    )
    return [
        SentRow(
            row.id,
            row.name,
            NOTICES[kind].label if kind is not None else TEST,
            row.state,
            row.attempts,
            row.created_at,
            row.sent_at,
            row.next_at,
            row.error,
        )
        for row, kind in rows
    ]


def count_mails(session: Session) -> MailCounts:
    """Return how many e-mails there are in each state that an admin asks for."""
    rows = session.execute(
        select(NoticeDelivery.state, func.count(NoticeDelivery.id))
        .where(NoticeDelivery.channel == Channel.MAIL)
        .group_by(NoticeDelivery.state)
    )
    counts: dict[DeliveryState, int] = {state: count for state, count in rows}  # noqa: C416 - mypy takes no rows for pairs
    return MailCounts(
        waiting=counts.get(DeliveryState.PENDING, 0) + counts.get(DeliveryState.HELD, 0),
        sent=counts.get(DeliveryState.SENT, 0),
        failed=counts.get(DeliveryState.FAILED, 0),
        undecided=count_undecided(session),
    )


def count_undecided(session: Session) -> int:
    """Return how many messages of a backup wait for an admin's decision, on any way."""
    return (
        session.scalar(
            select(func.count(NoticeDelivery.id)).where(
                NoticeDelivery.state == DeliveryState.HELD, NoticeDelivery.next_at.is_(None)
            )
        )
        or 0
    )


def list_refused(session: Session) -> list[tuple[str, str, datetime]]:
    """Return the addresses that refuse what we send, with the reason."""
    rows = session.execute(
        select(MailStop.address, MailStop.reason, MailStop.at)
        .where(MailStop.is_refused)
        .order_by(MailStop.at.desc())
        .limit(200)
    )
    return [(address, reason, at) for address, reason, at in rows]
