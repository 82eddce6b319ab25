"""One cell to one value: dates, amounts, months, texts; each refusal is a sentence about the cell.

Dates and amounts are written in ways that contradict each other (03/04/24; 1.234). So `DateColumn`
and `AmountColumn` look at a whole column first, and then show how it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from scanner_app.services.files.tables.source_row import MAX_CELL

MAX_TEXT = 255
FIRST_YEAR, LAST_YEAR = 1900, 2200
FIRST_OF_1900S = 69  # POSIX: the two digits 69 to 99 are years of the 1900s
MAX_CENTS = 10**15
MAX_MONTHS = 1200


class BadCell(ValueError):
    """The cell cannot be used; the message says why, without naming the column."""


class DateOrder(StrEnum):
    MDY = "mdy"
    DMY = "dmy"


def check_text(text: str, *, limit: int = MAX_TEXT, multiline: bool = False) -> str:
    """Return the text as it is kept.

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
    return text.replace("\r\n", "\n") if multiline else text


def check_code(text: str) -> str:
    """Return a code unchanged: nothing invisible in it, and at least one letter or digit.

    :raises BadCell: it could look like another code, or cannot be part of an address.
    """
    check_text(text)
    if not text.isprintable():
        raise BadCell("holds an invisible character")
    if not any(char.isalnum() for char in text):
        raise BadCell("has neither a letter nor a digit")
    return text


def check_note(text: str) -> str:
    """Return a long text, which may have several lines."""
    return check_text(text, limit=MAX_CELL, multiline=True)


# -- Dates ----------------------------------------------------------------------------------------

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_SHORT = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:,? \d{1,2}:\d{2}.*)?")
_NAMED_DAY_FIRST = re.compile(
    r"(?:[A-Za-z]{3,9},? +)?(\d{1,2})[ .\-]+([A-Za-z]{3,9})\.?,?[ \-]+(\d{4})"
)
_NAMED_MONTH_FIRST = re.compile(r"(?:[A-Za-z]{3,9},? +)?([A-Za-z]{3,9})\.? +(\d{1,2}),? +(\d{4})")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


def parse_date(text: str, order: DateOrder | None) -> date:
    """Return a date.

    :param order: which part of 3/4/2024 is the month; with dots, the day is always first.
    :raises BadCell: it is not a date, or not one in this order.
    """
    if found := _ISO.fullmatch(text):
        return _make_date(text, int(found[1]), int(found[2]), int(found[3]))
    if found := _SHORT.fullmatch(text):
        return _order_date(text, found, order)
    return _parse_named_date(text)


def _order_date(text: str, found: re.Match[str], order: DateOrder | None) -> date:
    """Return a date of three numbers, of which the year is the last."""
    first, second, year = int(found[1]), int(found[3]), _full_year(found[4])
    if found[2] == "." or order is DateOrder.DMY:
        return _make_date(text, year, second, first)
    if order is DateOrder.MDY:
        return _make_date(text, year, first, second)
    if first > 12 or first == second:  # noqa: PLR2004 - months
        return _make_date(text, year, second, first)
    if second > 12:  # noqa: PLR2004 - months
        return _make_date(text, year, first, second)
    raise BadCell(f"{text!r} can be read two ways: choose whether the day or the month is first")


def _parse_named_date(text: str) -> date:
    """Return a date whose month is a word, as Snipe-IT shows dates."""
    if (found := _NAMED_DAY_FIRST.fullmatch(text)) and (month := _MONTHS.get(found[2][:3].lower())):
        return _make_date(text, int(found[3]), month, int(found[1]))
    if (found := _NAMED_MONTH_FIRST.fullmatch(text)) and (
        month := _MONTHS.get(found[1][:3].lower())
    ):
        return _make_date(text, int(found[3]), month, int(found[2]))
    raise BadCell(f"{shorten(text)!r} is not a date; write 2024-03-31")


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - digits
        return year
    return year + (1900 if year >= FIRST_OF_1900S else 2000)


def _make_date(text: str, year: int, month: int, day: int) -> date:
    try:
        made = date(year, month, day)
    except ValueError:
        raise BadCell(f"{text!r} is not a date in the calendar") from None
    if not FIRST_YEAR <= made.year <= LAST_YEAR:
        raise BadCell(f"{text!r} is not a likely date")
    return made


@dataclass(slots=True)
class DateColumn:
    """Counts how the short dates of a column are written, which shows which part is the month."""

    month_first: int = 0
    day_first: int = 0
    either: int = 0
    example: str = ""

    def add(self, text: str) -> None:
        found = _SHORT.fullmatch(text)
        if found is None or found[2] == ".":
            return
        first, second = int(found[1]), int(found[3])
        if first > 12:  # noqa: PLR2004 - months
            self.day_first += 1
        elif second > 12:  # noqa: PLR2004 - months
            self.month_first += 1
        elif first != second:
            self.either += 1
            self.example = self.example or text

    @property
    def order(self) -> DateOrder | None:
        """The order that the column shows; None if it shows none, or both."""
        if self.month_first and not self.day_first:
            return DateOrder.MDY
        if self.day_first and not self.month_first:
            return DateOrder.DMY
        return None

    @property
    def is_ambiguous(self) -> bool:
        """Whether a person has to choose which part is the month."""
        return self.either > 0 and self.order is None


# -- Amounts --------------------------------------------------------------------------------------

_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "CHF": "CHF", "¥": "JPY"}
_AMOUNT = re.compile(r"-?\d+(?:[.,]\d+)*")
_CODE = re.compile(r"^([A-Z]{3})\s*(?=[\d-])|(?<=[\d-])\s*([A-Z]{3})$")


@dataclass(slots=True)
class AmountColumn:
    """Counts how the amounts of a column are written, which shows the decimal sign."""

    votes: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})

    def add(self, text: str) -> None:
        digits, _currency = _strip_currency(text)
        dot, comma = digits.rfind("."), digits.rfind(",")
        if dot >= 0 and comma >= 0:
            self.votes["." if dot > comma else ","] += 1
            return
        for sign, at in ((".", dot), (",", comma)):
            if at >= 0 and digits.count(sign) == 1 and not _is_thousands(digits, sign):
                self.votes[sign] += 1

    @property
    def decimal_sign(self) -> str | None:
        """The decimal sign that the column shows; None if it shows none, or both."""
        if self.votes["."] and not self.votes[","]:
            return "."
        if self.votes[","] and not self.votes["."]:
            return ","
        return None


def _strip_currency(text: str) -> tuple[str, str | None]:
    currency = None
    rest = text
    if found := _CODE.search(rest):
        currency = found[1] or found[2]
        rest = _CODE.sub("", rest)
    for sign, code in _CURRENCY_SIGNS.items():
        if sign in rest:
            rest, currency = rest.replace(sign, ""), code
    rest = re.sub(r"[\s\u00a0\u202f'\u2019$]", "", rest)
    return rest.removesuffix(".-").removesuffix(",-"), currency


def parse_amount(text: str, decimal_sign: str | None) -> tuple[int, str | None]:
    """Return an amount of money in hundredths, and the currency if the cell names one.

    :param decimal_sign: the column's; with None, a last group of three digits is thousands.
    :raises BadCell: it is not an amount, is below zero, or has parts of a cent.
    """
    digits, currency = _strip_currency(text)
    if not _AMOUNT.fullmatch(digits):
        raise BadCell(f"{shorten(text)!r} is not an amount; write 1299.90")
    if digits.startswith("-"):
        raise BadCell(f"{text!r} is below zero")
    sign = decimal_sign or _guess_sign(digits)
    thousands = "," if sign == "." else "."
    whole, _, part = digits.partition(sign)
    if sign in part or thousands in part:
        raise BadCell(f"{text!r} is not an amount with {sign!r} before the cents")
    groups = whole.split(thousands)
    if len(groups) > 1 and (
        not 1 <= len(groups[0]) <= 3 or any(len(group) not in {2, 3} for group in groups[1:])  # noqa: PLR2004 - in India, 12,34,567
    ):
        raise BadCell(f"{text!r} is not an amount with {sign!r} before the cents")
    part = part.rstrip("0")
    if len(part) > 2:  # noqa: PLR2004 - cents
        raise BadCell(f"{text!r} has parts of a cent")
    cents = int("".join(groups)) * 100 + int(part.ljust(2, "0") if part else 0)
    if cents > MAX_CENTS:
        raise BadCell(f"{shorten(text)!r} is too large")
    return cents, currency


def _guess_sign(digits: str) -> str:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    for sign, other in ((",", "."), (".", ",")):
        if sign in digits:
            return other if _is_thousands(digits, sign) else sign
    return "."


def _is_thousands(digits: str, sign: str) -> bool:
    """Return whether the sign separates thousands: used twice, or before a last group of three.

    A leading zero has no thousands: 0.125 is an eighth.
    """
    if digits.count(sign) > 1:
        return True
    whole, _, part = digits.partition(sign)
    return len(part) == 3 and whole.strip("-0") != ""  # noqa: PLR2004 - a group of thousands


def parse_currency(text: str) -> str:
    """Return a currency code (ISO 4217).

    :raises BadCell: it does not have three letters.
    """
    code = _CURRENCY_SIGNS.get(text.upper(), text.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadCell(f"{shorten(text)!r} is not a currency; write a code such as EUR")
    return code


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


def shorten(text: str, limit: int = 60) -> str:
    """Return a text that may be long, short enough for a sentence."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
