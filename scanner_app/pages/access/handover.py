"""What an admin passes on once: a link or a token, as text to copy, as a code, in a message."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import segno
from markupsafe import Markup

from scanner_app.edge.organisation import current_organisation


@dataclass(frozen=True, slots=True)
class Handover:
    """A secret that is shown this once.

    :param code: a QR code of it, for a phone beside this screen.
    :param message: a text with it that can be sent as it is; empty for a token.
    :param mail: the address that opens the message in a mail program.
    """

    value: str
    code: Markup
    message: str = ""
    mail: str = ""


def hand_over_token(secret: str) -> Handover:
    """Return what is shown of a new token."""
    return Handover(secret, _draw(secret))


def hand_over_link(url: str, *, name: str, email: str) -> Handover:
    """Return what is shown of a new one-time link."""
    place = current_organisation().name
    message = (
        f"Hello {name},\n\nopen this link to choose your password for {place}:\n\n{url}\n\n"
        "It works once, within 24 hours. If it has ended, ask for a new one.\n"
    )
    subject = f"Your account at {place}"
    mail = f"mailto:{quote(email)}?subject={quote(subject)}&body={quote(message)}"
    return Handover(url, _draw(url), message, mail)


def _draw(text: str) -> Markup:
    drawn = segno.make_qr(text, error="m").svg_inline(scale=4, border=4, light="#fff")
    return Markup(drawn)  # noqa: S704 - our own drawing, which holds no text
