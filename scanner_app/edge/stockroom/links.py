"""Links to accept a hand-over: their address, which only this service can make."""

from __future__ import annotations

from uuid import UUID

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from scanner_app.domain.errors import NotFound
from scanner_app.edge.state import current_settings

SALT = "accept-a-handover"
MAX_TOKEN = 200


def write_link_path(link_id: int, handover_id: UUID) -> str:
    """Return the path of the page that a link opens: nobody can make one without our secret.

    It names the hand-over too: after a restore from a backup, the id may be given a second time.
    """
    token: str = _serializer().dumps([link_id, handover_id.hex])
    return f"/accept/{token}"


def write_link_url(link_id: int, handover_id: UUID) -> str:
    """Return the whole address of a link, for a page that shows it."""
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    return f"{base}{write_link_path(link_id, handover_id)}"


def read_link(token: str) -> tuple[int, UUID]:
    """Return the id of a link, and the hand-over that it is for.

    :raises NotFound: it is not one of our links.
    """
    try:
        link_id, handover_id = _serializer().loads(token[:MAX_TOKEN])
        return int(link_id), UUID(handover_id)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("This link is not complete. Copy it whole.") from error


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key, salt=SALT)
