"""The mail server, as a setting names it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SMTP, SUBMISSION, SMTPS = 25, 587, 465


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where messages are handed in.

    :param security: "tls" from the first byte, "starttls", or "none".
    """

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""


def read_server(url: str) -> MailServer:
    """Return the server of a setting such as smtp://user:password@mail.example.org:587.

    `smtps://` is encrypted from the start; `smtp://` must offer STARTTLS; `smtp+plain://` is sent
    as it is, for a relay on this machine.

    :raises ValueError: the message says what is wrong.
    """
    parts = urlsplit(url)
    kinds = {
        "smtp": ("starttls", SUBMISSION),
        "smtps": ("tls", SMTPS),
        "smtp+plain": ("none", SMTP),
    }
    if parts.scheme not in kinds or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be like smtp://user:password@mail.example.org:587")
    security, port = kinds[parts.scheme]
    return MailServer(
        parts.hostname,
        parts.port or port,
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
