"""The one form of an account's e-mail address, and of its name."""

from __future__ import annotations

import unicodedata

from scanner_app.domain.errors import Invalid

MAX_EMAIL = 254
MAX_NAME = 200
# Joiners that some scripts need. Every other invisible character is refused.
JOINERS = frozenset("\u200c\u200d")


def normalize_email(email: str) -> str:
    """Return the one form of an address by which an account is found.

    NFKC and case folding, then ASCII only: `ADMIN`, full-width letters and trailing blanks lead to
    one account. An address that only looks like another one is refused; it does not become a second
    account.

    :raises Invalid: this is not an address that can be used.
    """
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    name, at, host = text.partition("@")
    if (
        not at
        or not name
        or not host
        or "@" in host
        or len(text) > MAX_EMAIL
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise Invalid(
            "That is not an e-mail address.",
            errors={"email": ["Enter an address such as ana@example.org, in plain letters."]},
        )
    return text


def read_name(text: str, *, field: str = "name") -> str:
    """Return a name as it is stored: trimmed and composed, without invisible characters.

    :raises Invalid: it contains control characters or is too long.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > MAX_NAME:
        problem = f"Use at most {MAX_NAME} characters."
    elif any(not (c.isprintable() or c in JOINERS) for c in name):
        problem = "Leave out control characters and invisible ones."
    else:
        return name
    raise Invalid("That name cannot be used.", errors={field: [problem]})
