"""The mail server that an admin's settings name."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage

from scanner_app.domain.notices.mail_server import MailServer

SECONDS = 20.0
REFUSED = 500


class MailNotSent(OSError):
    """A message was not taken.

    :ivar is_final: the server will never take it for this receiver (RFC 5321, 4.2.1: 5yz).
    """

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


def send(server: MailServer, message: EmailMessage, *, seconds: float = SECONDS) -> None:
    """Hand in one message.

    :raises MailNotSent: it was not taken.
    """
    try:
        link = _connect(server, seconds)
        try:
            link.send_message(message)
        finally:
            _leave(link)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise MailNotSent(_quote(code, said), is_final=code >= REFUSED) from error
    except smtplib.SMTPDataError as error:
        final = error.smtp_code >= REFUSED
        raise MailNotSent(_quote(error.smtp_code, error.smtp_error), is_final=final) from error
    except smtplib.SMTPResponseException as error:  # of the server, not of this receiver
        raise MailNotSent(_quote(error.smtp_code, error.smtp_error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(f"The mail server did not answer: {error}"[:300]) from error


def _connect(server: MailServer, seconds: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        link: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=seconds, context=context
        )
    else:
        link = smtplib.SMTP(server.host, server.port, timeout=seconds)
    try:
        if server.security == "starttls":
            link.starttls(context=context)
        if server.user:
            link.login(server.user, server.password)
    except BaseException:
        with suppress(OSError):
            link.close()
        raise
    return link


def _leave(link: smtplib.SMTP) -> None:
    """End a connection. A message that was taken stays taken, whatever is answered to QUIT."""
    with suppress(OSError):
        link.quit()
    link.close()


def _quote(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
