"""The one form of an e-mail address and of a name that an account is kept by."""

from __future__ import annotations

import unicodedata

from scanner_app.domain.errors import Invalid

LONGEST_EMAIL = 254
LONGEST_NAME = 200
# Joiners that some scripts are written with; every other invisible character is refused.
JOINERS = frozenset("\u200c\u200d")


def normalize_email(email: str) -> str:
    """Give the one form of an address that an account is found by.

    NFKC and case folding, then ASCII only: `ADMIN`, full-width letters and trailing blanks are one
    account, and an address that only looks like another is refused, not made a second one.

    :raises Invalid: it is no address we can take.
    """
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    name, at, host = text.partition("@")
    if (
        not at
        or not name
        or not host
        or "@" in host
        or len(text) > LONGEST_EMAIL
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise Invalid(
            "That is not an e-mail address.",
            errors={"email": ["Give an address such as ana@example.org, in plain letters."]},
        )
    return text


def read_name(text: str, *, field: str = "name") -> str:
    """Give a name as it is kept: trimmed, composed, nothing invisible in it.

    :raises Invalid: it holds control characters or is too long.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > LONGEST_NAME:
        problem = f"Use at most {LONGEST_NAME} characters."
    elif any(not (c.isprintable() or c in JOINERS) for c in name):
        problem = "Leave out control characters and invisible ones."
    else:
        return name
    raise Invalid("That name cannot be used.", errors={field: [problem]})
