"""Webhooks: set up, rotated, switched off when their receiver is gone, and tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.addresses import AddressRefused, OutboundRules, read_target
from scanner_app.domain.notices.causes import delivery_failed
from scanner_app.domain.notices.deliveries import (
    OPEN_STATES,
    SWITCH_OFF_AFTER,
    Channel,
    DeliveryState,
)
from scanner_app.domain.notices.kinds import NOTICES
from scanner_app.domain.notices.webhooks import ROTATION, make_secret
from scanner_app.models import NoticeDelivery, Webhook
from scanner_app.services.jobs.queue import enqueue
from scanner_app.services.notices.raise_notice import raise_notice

MAX_NAME = 60
MAX_WEBHOOKS = 50
Seal = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Post:
    """What is needed to send one message, read in the transaction that took it.

    :param secrets: encrypted, the newest first.
    """

    url: str
    secrets: tuple[str, ...]
    name: UUID
    webhook_id: int


def add_webhook(
    session: Session,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    rules: OutboundRules,
    seal: Seal,
    created_by: str,
    now: datetime,
) -> tuple[Webhook, str]:
    """Set a webhook up, and return it with its secret, which is shown this once.

    :raises Invalid: a field cannot be used.
    """
    count = len(session.scalars(select(Webhook.id)).all())
    if count >= MAX_WEBHOOKS:
        raise Invalid(f"There are {MAX_WEBHOOKS} webhooks already. Remove one first.")
    _check(session, name=name, url=url, kinds=kinds, rules=rules, but=None)
    secret = make_secret()
    hook = Webhook(
        name=name,
        url=url,
        kinds=sorted(kinds),
        secret=seal(secret),
        created_at=now,
        created_by=created_by,
    )
    session.add(hook)
    session.flush()
    return hook, secret


def change_webhook(
    session: Session,
    *,
    webhook_id: int,
    name: str,
    url: str,
    kinds: Sequence[str],
    rules: OutboundRules,
) -> None:
    """Change what a webhook is called, where it leads and what it is told.

    :raises Invalid: a field cannot be used.
    """
    hook = lock_webhook(session, webhook_id)
    _check(session, name=name, url=url, kinds=kinds, rules=rules, but=webhook_id)
    hook.name, hook.url, hook.kinds = name, url, sorted(kinds)


def _check(
    session: Session,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    rules: OutboundRules,
    but: int | None,
) -> None:
    errors: dict[str, list[str]] = {}
    if not name or len(name) > MAX_NAME or not name.isprintable():
        errors["name"] = [f"Enter a name of at most {MAX_NAME} characters."]
    elif session.scalar(select(Webhook.id).where(Webhook.name == name)) not in {None, but}:
        errors["name"] = ["Another webhook has this name."]
    try:
        read_target(url, rules)
    except AddressRefused as error:
        errors["url"] = [str(error)]
    if not kinds or not set(kinds) <= {kind.value for kind in NOTICES}:
        errors["kinds"] = ["Choose at least one."]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)


def lock_webhook(session: Session, webhook_id: int) -> Webhook:
    """Return a webhook, locked.

    :raises NotFound: it was removed.
    """
    hook = session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())
    if hook is None:
        raise NotFound("That webhook does not exist.")
    return hook


def rotate_secret(session: Session, *, webhook_id: int, seal: Seal, now: datetime) -> str:
    """Set a new secret of a webhook, and return it. The old one signs beside it for a day."""
    hook = lock_webhook(session, webhook_id)
    secret = make_secret()
    hook.old_secret, hook.old_secret_until = hook.secret, now + ROTATION
    hook.secret = seal(secret)
    return secret


def switch_webhook(session: Session, *, webhook_id: int, is_active: bool) -> None:
    """Switch a webhook on or off. What waits for one that is off is not sent later."""
    hook = lock_webhook(session, webhook_id)
    hook.is_active, hook.off_reason, hook.failing_since = is_active, "", None
    if not is_active:
        _withdraw(session, webhook_id)


def remove_webhook(session: Session, *, webhook_id: int) -> None:
    """Forget a webhook with its deliveries."""
    session.delete(lock_webhook(session, webhook_id))


def send_test(session: Session, *, webhook_id: int, now: datetime) -> None:
    """Put a test in line.

    :raises Conflict: the webhook is switched off.
    """
    hook = lock_webhook(session, webhook_id)
    if not hook.is_active:
        raise Conflict("Switch the webhook on first.")
    row = NoticeDelivery(
        name=uuid4(),
        webhook_id=webhook_id,
        channel=Channel.WEBHOOK,
        state=DeliveryState.PENDING,
        created_at=now,
        next_at=now,
    )
    session.add(row)
    session.flush()
    enqueue(session, JobKind.WEBHOOK, row.id, 1, now=now)


def send_again(session: Session, *, webhook_id: int, delivery_id: int, now: datetime) -> None:
    """Put a delivery in line once more, under its name.

    :raises NotFound: this webhook has no such delivery.
    :raises Conflict: it is waiting already.
    """
    hook = lock_webhook(session, webhook_id)
    row = session.scalar(
        select(NoticeDelivery)
        .where(NoticeDelivery.id == delivery_id, NoticeDelivery.webhook_id == webhook_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("That delivery does not exist.")
    if row.state is DeliveryState.SENDING or not hook.is_active:
        raise Conflict("This is being sent now, or the webhook is switched off.")
    row.state, row.next_at, row.attempts, row.error = DeliveryState.PENDING, now, 0, ""
    enqueue(session, JobKind.WEBHOOK, row.id, now=now)


def valid_secrets(hook: Webhook, now: datetime) -> tuple[str, ...]:
    """Return the encrypted secrets that sign now, the newest first."""
    is_rotating = hook.old_secret_until is not None and now < hook.old_secret_until
    if hook.old_secret is not None and is_rotating:
        return hook.secret, hook.old_secret
    return (hook.secret,)


def note_answer(session: Session, *, webhook_id: int, status: int | None, now: datetime) -> None:
    """Note how a webhook answered. It is switched off when it is gone, or failed for five days.

    :param status: None: there was no answer.
    """
    hook = session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())
    if hook is None:
        return
    if status is not None and is_good(status):
        hook.failing_since = None
        return
    hook.failing_since = hook.failing_since or now
    if status == GONE:
        _switch_off(session, hook, "It answered 410: it is gone.", now)
    elif now - hook.failing_since >= SWITCH_OFF_AFTER:
        _switch_off(session, hook, "It failed for five days.", now)


GONE = 410


def is_good(status: int) -> bool:
    """Return whether a status says that a message arrived: 2xx, and nothing else."""
    return 200 <= status <= 299  # noqa: PLR2004 - RFC 9110, 15.3


def _switch_off(session: Session, hook: Webhook, reason: str, now: datetime) -> None:
    if not hook.is_active:
        return
    hook.is_active, hook.off_reason = False, reason
    _withdraw(session, hook.id)
    notice = delivery_failed(
        f"webhook:{hook.id}:{now.isoformat(timespec='seconds')}",
        what=f"Webhook {hook.name}",
        reason=f"{reason} It is switched off.",
    )
    raise_notice(session, notice, now=now)


def _withdraw(session: Session, webhook_id: int) -> None:
    session.execute(
        update(NoticeDelivery)
        .where(
            NoticeDelivery.webhook_id == webhook_id,
            NoticeDelivery.state.in_(OPEN_STATES),
        )
        .values(state=DeliveryState.WITHDRAWN, next_at=None)
    )
