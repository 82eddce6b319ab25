"""How this service sends notices, from its settings; links that stop them without signing in."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from scanner_app.domain.errors import NotFound
from scanner_app.domain.notices.kinds import NOTICES, NoticeKind
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.notices.deliver import SendingRules
from scanner_app.storage.sealed_text import SealedText

SALT = "stop-notices"


def current_sending() -> SendingRules:
    """Return how this service names and addresses messages."""
    settings = current_settings()
    return SendingRules(
        secret=settings.secret_key,
        organisation=current_organisation(),
        has_mail=bool(settings.smtp_url),
    )


def current_seal() -> SealedText:
    """Return what encrypts the secrets of webhooks."""
    return SealedText(current_settings().secret_key)


@dataclass(frozen=True, slots=True)
class Stop:
    """What a link stops: one kind for a user, or everything for a person without an account."""

    kind: NoticeKind
    user_id: int | None = None
    person_id: int | None = None


def write_stop_url(stop: Stop) -> str:
    """Return the address that stops such e-mails; empty if the service does not know its own."""
    base = current_settings().base_url.rstrip("/")
    if not base:
        return ""
    return f"{base}/notices/stop/{write_stop_token(stop)}"


def write_stop_token(stop: Stop) -> str:
    """Return what a link must hold to stop something: nobody can make one for somebody else."""
    values = [stop.kind.value, stop.user_id or 0, stop.person_id or 0]
    token: str = _serializer().dumps(values)
    return token


def read_stop(token: str) -> Stop:
    """Return what a link stops.

    :raises NotFound: it is not one of our links.
    """
    try:
        kind, user_id, person_id = _serializer().loads(token[:400])
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("This link is not complete. Copy it whole from the e-mail.") from error
    if kind not in NOTICES:
        raise NotFound("This kind of notice does not exist any more.")
    return Stop(NoticeKind(kind), user_id or None, person_id or None)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key, salt=SALT)
