"""One cell to one value: texts, codes, blanks; each refusal is a sentence about the cell.

Dates are read in `dates`, amounts of money in `money`.
"""

from __future__ import annotations

import re
import unicodedata

from scanner_app.services.files.tables.source_row import MAX_CELL
from scanner_app.services.imports.blanks import BLANKS, NO_TAGS, NOT_YET, TOTALS

MAX_TEXT = 255
MAX_MONTHS = 1200
EXACT_DIGITS = 15  # a spreadsheet keeps no more of a number


class BadCell(ValueError):
    """The cell cannot be used; the message says why, without naming the column."""


def check_text(text: str, *, limit: int = MAX_TEXT, multiline: bool = False) -> str:
    """Return the text as it is kept: without characters that nobody can see.

    :raises BadCell: it is too long or holds control characters.
    """
    if len(text) > limit:
        raise BadCell(f"is longer than {limit:,} characters")
    if not text.isprintable():
        allowed = "\t\n\r" if multiline else ""
        for char in text:
            if (char < " " or char == "\x7f") and char not in allowed:
                raise BadCell(f"holds a control character (U+{ord(char):04X})")
            if "\ud800" <= char <= "\udfff":
                raise BadCell("holds half a character (a lone surrogate)")
        text = _drop_invisible(text)
    return text.replace("\r\n", "\n") if multiline else text


# These join letters of Persian, of Indian scripts, and the parts of an emoji.
_JOINERS = "\u200c\u200d"


def _drop_invisible(text: str) -> str:
    """Return a text without format characters, such as direction marks from a web page."""
    kept = "".join(char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return kept.strip(f" \t\r\n\u00a0{_JOINERS}")


_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
# A number of these digits that ends in zeros where a spreadsheet loses digits.
_ROUNDED = re.compile(rf"[1-9]\d{{{EXACT_DIGITS - 1}}}00+")


def lost_digits(text: str) -> bool:
    """Return whether a spreadsheet rounded a number: 8.93901E+18, 8939010102358480000."""
    return bool(
        (_SCIENTIFIC.fullmatch(text) and ("+" in text or "." in text or "," in text))
        or _ROUNDED.fullmatch(text)
    )


def check_code(text: str) -> str:
    """Return a code in its normal form: full-width and composed letters are like the others.

    :raises BadCell: it lost digits, has invisible characters, or cannot be part of an address.
    """
    if lost_digits(text):
        raise BadCell(
            f"{shorten(text)!r} is a rounded number: the spreadsheet kept {EXACT_DIGITS} digits. "
            "Format the column as text there, and enter the code again"
        )
    check_text(text)
    if not text.isprintable():
        raise BadCell("holds an invisible character")
    text = unicodedata.normalize("NFKC", text)
    if not any(char.isalnum() for char in text):
        raise BadCell("has neither a letter nor a digit")
    return text


def clean_code(text: str) -> str:
    """Return a maker's code in its normal form, without what was copied along with it.

    :raises BadCell: it lost digits, or holds control characters.
    """
    return check_code(check_text(text))


def check_note(text: str) -> str:
    """Return a long text, which may have several lines."""
    return check_text(text, limit=MAX_CELL, multiline=True)


# -- Blanks in words -------------------------------------------------------------------------------


def is_blank_word(text: str) -> bool:
    """Return whether a text says that nothing is known: `N/A`, `none`, `TBC`, `#REF!`."""
    return text.casefold() in BLANKS


def check_tag(text: str) -> str:
    """Return an asset tag in its normal form.

    :raises BadCell: it is not a code, or a word for "no tag" or for the last line of a table.
    """
    if is_blank_word(text) or text.casefold() in NOT_YET or NO_TAGS.fullmatch(text):
        raise BadCell(f"{text!r} says that there is no tag. Enter a tag, or leave the row out")
    if TOTALS.fullmatch(text):
        raise BadCell(f"{text!r} looks like the last line of a table. Leave the row out")
    return check_code(text)


def is_true(text: str) -> bool:
    """Return whether a cell of yes or no, or of a date, says yes: anything but no, 0 and blank."""
    word = text.casefold()
    return not (
        not text
        or is_blank_word(text)
        or word in {"no", "n", "false", "0", "0.0", "nein", "non", "f", "active", "falsch", "faux"}
        or re.fullmatch(r"[0\-/.: ]+", word)
    )


# -- Months ---------------------------------------------------------------------------------------

_MONTHS_TEXT = re.compile(
    r"(\d{1,4})(?:\.0+)?\s*(m|mo|mos|mon|months?|monate?|y|yrs?|years?|jahre?)?\.?", re.IGNORECASE
)


def parse_months(text: str) -> int:
    """Return a duration in months: `36`, `36 months`, `3 years`.

    :raises BadCell: it is not a duration.
    """
    found = _MONTHS_TEXT.fullmatch(text)
    if found is None:
        raise BadCell(f"{shorten(text)!r} is not a number of months; write 36")
    unit = (found[2] or "m").lower()
    months = int(found[1]) * (12 if unit[0] in "yj" else 1)
    if months > MAX_MONTHS:
        raise BadCell(f"{text!r} is more than a hundred years")
    return months


def looks_like_months(text: str) -> bool:
    """Return whether a cell of an end-of-life column is a duration instead of a date."""
    return _MONTHS_TEXT.fullmatch(text) is not None


def as_reason(sentence: str) -> str:
    """Return a sentence as the list of reasons shows it, which ends each with a full stop."""
    return (sentence[:1].lower() + sentence[1:]).removesuffix(".")


def shorten(text: str, limit: int = 60) -> str:
    """Return a text that may be long, short enough for a sentence."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
