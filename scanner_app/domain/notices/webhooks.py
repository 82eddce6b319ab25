"""Standard Webhooks: what is sent, how it is signed, and how a secret looks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from scanner_app.domain.notices.kinds import NOTICES, NoticeKind, Params, find_link

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
# For this long after a rotation both secrets sign, so that a receiver can change over in peace.
ROTATION = timedelta(hours=24)
TEST_EVENT = "test"


def make_secret() -> str:
    """Return a new secret: 32 random bytes in base64, as the standard writes them."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature by one secret: `v1,` and base64 ("Signature scheme" of the standard)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def write_headers(
    known: Sequence[str], *, name: UUID, now: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers of a message, signed by each secret that is valid now."""
    timestamp = int(now.timestamp())
    signatures = [
        sign(secret, message_id=str(name), timestamp=timestamp, body=body) for secret in known
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": str(name),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def write_body(kind: NoticeKind, params: Params, *, at: datetime, base_url: str) -> bytes:
    """Return the body of a notice's message: ids and a link, and nobody's name."""
    row = NOTICES[kind]
    data: dict[str, Any] = {name: params[name] for name in row.shares if name in params}
    if base_url:
        data["link"] = base_url.rstrip("/") + find_link(kind, params)
    return _write(row.event, at, data)


def write_test(*, at: datetime) -> bytes:
    """Return the body of a test."""
    return _write(TEST_EVENT, at, {"said": "This is a test."})


def _write(event: str, at: datetime, data: dict[str, Any]) -> bytes:
    timestamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": event, "timestamp": timestamp, "data": data}).encode()
