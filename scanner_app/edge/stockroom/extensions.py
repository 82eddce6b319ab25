"""Links in reminders that extend one loan once: signed, for one person, and only for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from itsdangerous import BadSignature, URLSafeSerializer

from scanner_app.domain.errors import NotFound
from scanner_app.edge.state import current_settings

SALT = "extend-a-loan"
MAX_TOKEN = 300
# How long after the reminder was written.
LASTS = timedelta(days=14)


class ExtensionLink(NamedTuple):
    """What a link extends: the loan of an asset to a person, while it is due when the link says.

    It names no row of the history: an undo and a late scan make those again.
    """

    asset_id: int
    person_id: int
    due_at: datetime
    until: datetime
    scan_id: UUID


def write_extension_path(
    asset_id: int, person_id: int, due_at: datetime, *, written_at: datetime
) -> str:
    """Return the path of the page where a person extends their loan."""
    until = written_at + LASTS
    said = [asset_id, person_id, due_at.isoformat(), until.isoformat(timespec="seconds")]
    token: str = _serializer().dumps(said)
    return f"/extend/{token}"


def read_extension(token: str, *, now: datetime) -> ExtensionLink:
    """Return what a link extends.

    :raises NotFound: it is not one of our links, or is too old.
    """
    try:
        asset_id, person_id, due_at, until = _serializer().loads(token[:MAX_TOKEN])
        # Not of the token: of two reminders of one date, one is used.
        name = f"{SALT}:{asset_id}:{person_id}:{due_at}:{current_settings().secret_key}"
        link = ExtensionLink(
            int(asset_id),
            int(person_id),
            datetime.fromisoformat(due_at).astimezone(UTC),
            datetime.fromisoformat(until),
            uuid5(NAMESPACE_URL, name),
        )
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("This link is not complete. Copy it whole.") from error
    if link.until <= now:
        raise NotFound("This link is too old. Ask the stockroom to extend the loan.")
    return link


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key, salt=SALT)
