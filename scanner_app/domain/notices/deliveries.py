"""What becomes of a message on its way: its states, when it is tried again, when it is given up."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from scanner_app.domain.jobs import JobKind

# The pauses after each failure. After the last, a message is given up: some three days in all.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# A pause is longer by up to this share, so that what failed together does not come back together.
JITTER = 0.1
# A webhook that failed for this long is switched off.
SWITCH_OFF_AFTER = timedelta(days=5)
MAX_ERROR = 500


class Channel(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """What is said about a channel.

    :param job: the job that sends one message.
    """

    job: JobKind


CHANNELS: dict[Channel, ChannelRow] = {
    Channel.MAIL: ChannelRow(JobKind.MAIL),
    Channel.WEBHOOK: ChannelRow(JobKind.WEBHOOK),
}


class DeliveryState(StrEnum):
    PENDING = "pending"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What is said about a state.

    :param is_final: nothing is sent any more.
    """

    label: str
    tone: str
    is_final: bool = False


DELIVERY_STATES: dict[DeliveryState, DeliveryRow] = {
    DeliveryState.PENDING: DeliveryRow("Waiting", "note"),
    # For quiet hours or a digest; without a time, until an admin decides after a restore.
    DeliveryState.HELD: DeliveryRow("Held", "idle"),
    DeliveryState.SENDING: DeliveryRow("Being sent", "accent"),
    DeliveryState.SENT: DeliveryRow("Delivered", "good", is_final=True),
    DeliveryState.FAILED: DeliveryRow("Not delivered", "bad", is_final=True),
    DeliveryState.WITHDRAWN: DeliveryRow("No longer needed", "idle", is_final=True),
}
OPEN_STATES = tuple(state for state, row in DELIVERY_STATES.items() if not row.is_final)


def name_delivery(secret: str, *parts: str) -> UUID:
    """Return the name of a delivery: the same for the same notice, channel and receiver.

    A message that is sent twice, after a crash or after a restore, has one name, by which its
    receiver knows it again.
    """
    key = hmac.new(secret.encode(), b"deliveries", hashlib.sha256).digest()
    return uuid5(UUID(bytes=key[:16]), "\x1f".join(parts))


def next_attempt(now: datetime, *, attempts: int, name: UUID) -> datetime | None:
    """Return when a message that failed is tried again; None if it is given up.

    :param attempts: how often it was tried.
    """
    if attempts > len(RETRIES):
        return None
    share = (name.int % 1000) / 1000 * JITTER
    return now + RETRIES[max(attempts, 1) - 1] * (1 + share)
