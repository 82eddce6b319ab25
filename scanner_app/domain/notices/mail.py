"""E-mails of notices: one template, as plain text and as simple HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from uuid import UUID
from zoneinfo import ZoneInfo

from scanner_app.domain.text import ENGLISH, Voice

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}", re.ASCII)
MAX_SUBJECT = 150
MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


class AddressUnusable(ValueError):
    """An address to which nothing can be sent as it is written."""


@dataclass(frozen=True, slots=True)
class MailItem:
    """One notice in an e-mail.

    :param link: where to look after it; empty if the service does not know its own address.
    :param extend: where the receiver extends the loan that it is about; empty if they may not.
    """

    sentence: str
    link: str
    at: datetime
    extend: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that an e-mail is made of.

    :param name: names the message: the same again after a crash.
    :param voice: of the receiver's language; the notices themselves are English here.
    :param stop_url: where one press stops such e-mails; empty if there is no such address.
    """

    name: UUID
    to: str
    sender: str
    organisation: str
    zone: ZoneInfo
    items: Sequence[MailItem]
    stop_url: str = ""
    why: str = ""
    voice: Voice = ENGLISH


def check_address(text: str) -> str:
    """Return an address as the header takes it.

    :raises AddressUnusable: it is more than one address, or holds what a header must not.
    """
    text = text.strip()
    _, plain = parseaddr(text)
    local, at, domain = plain.rpartition("@")
    is_one = plain == text and at and local and _HOST.fullmatch(domain)
    if not is_one or len(text) > MAX_ADDRESS or not text.isprintable() or set(text) & set(' ,;<>"'):
        raise AddressUnusable("This is not an e-mail address that can be used.")
    return text


def host_of(base_url: str, sender: str) -> str:
    """Return the host that names our messages: of the service's address, else of the sender's."""
    from urllib.parse import urlsplit

    host = (urlsplit(base_url).hostname if base_url else "") or sender.rpartition("@")[2].strip(">")
    return host if _HOST.fullmatch(host or "") else "scanner-app.invalid"


def write_local(sentence: str, zone: ZoneInfo, voice: Voice = ENGLISH) -> str:
    """Return a sentence with its moments in a person's zone: 2 Mar 2026, 10:00 CET."""

    def local(found: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(found[0]).astimezone(zone)
        except ValueError:  # what somebody named a thing looks like a moment
            return found[0]
        return f"{voice.write_day(at.date())}, {at:%H:%M %Z}"

    return _MOMENT.sub(local, sentence)


def _one_line(text: str) -> str:
    """Return a text that a header can carry: what somebody typed must not begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def write_letter(letter: Letter, *, host: str, now: datetime) -> EmailMessage:
    """Return the message.

    :param host: names our messages, after the @ of the Message-ID.
    :raises AddressUnusable: the receiver's address cannot be written into a header.
    """
    message = EmailMessage()
    voice = letter.voice
    sentences = [write_local(voice.say(item.sentence), letter.zone, voice) for item in letter.items]
    subject = _one_line(
        sentences[0]
        if len(sentences) == 1
        else voice.say(f"{len(sentences)} notices from {letter.organisation}")
    )
    message["Subject"] = (
        subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 1] + "…"
    )
    message["From"] = _sender(letter)
    message["To"] = check_address(letter.to)
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = f"<{letter.name}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058, 3.1
    message.set_content(_plain(letter, sentences))
    message.add_alternative(_html(letter, sentences), subtype="html")
    return message


def _sender(letter: Letter) -> Address:
    name, plain = parseaddr(letter.sender)
    return Address(_one_line(name or letter.organisation), addr_spec=check_address(plain))


def _plain(letter: Letter, sentences: Sequence[str]) -> str:
    parts = [
        _one_line(text)
        + (f"\n{item.link}" if item.link else "")
        + ("\n" + letter.voice.say(f"To extend the loan: {item.extend}") if item.extend else "")
        for text, item in zip(sentences, letter.items, strict=True)
    ]
    foot = [
        "-- ",
        letter.organisation,
        letter.voice.say(letter.why),
        letter.voice.say(f"Stop these e-mails: {letter.stop_url}") if letter.stop_url else "",
    ]
    return "\n\n".join(parts) + "\n\n" + "\n".join(line for line in foot if line) + "\n"


def _html(letter: Letter, sentences: Sequence[str]) -> str:
    say = letter.voice.say
    rows = "".join(
        f"<p>{escape(text)}"
        + (f'<br><a href="{escape(item.link, quote=True)}">{say("Open")}</a>' if item.link else "")
        + (
            f'<br><a href="{escape(item.extend, quote=True)}">{say("Extend")}</a>'
            if item.extend
            else ""
        )
        + "</p>\n"
        for text, item in zip(sentences, letter.items, strict=True)
    )
    stop = (
        f'<br><a href="{escape(letter.stop_url, quote=True)}">{say("Stop these e-mails")}</a>'
        if letter.stop_url
        else ""
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{letter.voice.language}"><body>\n'
        f"{rows}<hr><p><small>{escape(letter.organisation)}<br>{escape(say(letter.why))}{stop}</small></p>\n"
        "</body></html>\n"
    )
