"""One cell to one date: as the world's spreadsheets and programs write it.

Dates are written in ways that contradict each other (03/04/24). So `DateColumn` looks at a whole
column first, and then shows which part is the month.
"""

# ruff: noqa: RUF001 - letters and signs of other scripts are what this module reads

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from scanner_app.services.imports.cells import BadCell, is_blank_word, shorten
from scanner_app.services.imports.months import EITHER, month_of

FIRST_YEAR, LAST_YEAR = 1900, 2200
FIRST_OF_1900S = 69  # POSIX: the two digits 69 to 99 are years of the 1900s
# Day numbers of spreadsheets that are likely dates: from 1968 to 2119.
FIRST_SERIAL, LAST_SERIAL = 25_000, 80_000
_DAY_ZERO = date(1899, 12, 30)


class DateOrder(StrEnum):
    MDY = "mdy"
    DMY = "dmy"


# A time of the day may follow a date and says nothing here.
_TIME = r"(?:[T,]? *(?:klo|kl\.|um|à|at|в|о)? *\d{1,2}[:.]\d{2}.*)?"
_ISO = re.compile(rf"(\d{{4}})([-/.]) ?(\d{{1,2}})\2 ?(\d{{1,2}})\.?{_TIME}")
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})(?:T?\d{4,6})?")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?.*")
_SHORT = re.compile(
    rf"(\d{{1,2}})([-/.]) ?(\d{{1,2}})\2 ?(\d{{4}}|\d{{2}})\.?(?: ?[гr]\.?)?{_TIME}"
)
# A word is a month, a name of a weekday, or a word between: "de", "of".
_MARKS = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31-\u0e3a\u0e47-\u0e4e"  # vowels above and below
)
_WORDED = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*\.?|\d+")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# What programs write for "no date"; a spreadsheet shows its day zero as 1/0/1900.
_NO_DATE = re.compile(r"0000-00-00.*|0?0[-/.]0?0[-/.]0{2,4}.*|0?1/0?0/1900.*|0?0/0?1/1900.*|0"
                      r"|00:00:00|1900-01-00.*|0001-01-01.*|0?1/0?1/0001.*")  # fmt: skip
_FILLERS = frozenset(
    (
        "de",
        "del",
        "of",
        "den",
        "der",
        "the",
        "d",
        "di",
        "do",
        "da",
        "г",
        "r",
        "år",
        "m",
        "р",
        "року",
    )
)
_SUFFIXES = frozenset(("st", "nd", "rd", "th", "er", "ª", "º", "e", "te", "ten"))


def parse_date(text: str, order: DateOrder | None) -> date | None:
    """Return a date; None for a word or a number that says that there is none.

    :param order: which part of 3/4/2024 is the month; with dots, the day is always first.
    :raises BadCell: it is not a date, or not one in this order.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if is_no_date(text):
        return None
    if found := _ISO.fullmatch(text):
        return _make_date(text, int(found[1]), int(found[3]), int(found[4]))
    for pattern in (_EAST_ASIAN, _COMPACT):
        if found := pattern.fullmatch(text):
            return _make_date(text, int(found[1]), int(found[2]), int(found[3]))
    if found := _SHORT.fullmatch(text):
        return _order_date(text, found, order)
    if (found := _SERIAL.fullmatch(text)) and FIRST_SERIAL <= int(found[1]) <= LAST_SERIAL:
        return _DAY_ZERO + timedelta(days=int(found[1]))
    return _parse_worded_date(text)


def is_no_date(text: str) -> bool:
    """Return whether a cell says that there is no date: `0000-00-00`, `1/0/1900`, `N/A`."""
    return is_blank_word(text) or _NO_DATE.fullmatch(text) is not None


def is_day_number(text: str) -> bool:
    """Return whether a date is written as the day number of a spreadsheet."""
    found = _SERIAL.fullmatch(text)
    return found is not None and FIRST_SERIAL <= int(found[1]) <= LAST_SERIAL


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


def _parse_worded_date(text: str) -> date:
    """Return a date whose month is a word of any of the languages above."""
    parts = [part.rstrip(".").casefold() for part in _WORDED.findall(text.partition(":")[0])]
    if ":" in text:
        parts = parts[:-1]  # the hour
    for part in parts:
        if part in EITHER:
            raise BadCell(f"{part!r} is {EITHER[part]}; write the month as a number")
    months = [month for part in parts if (month := month_of(part)) is not None]
    numbers = [part for part in parts if part.isdecimal()]
    words = [
        part for part in parts
        if not part.isdecimal() and part not in _FILLERS and part not in _SUFFIXES
    ]  # fmt: skip
    # A weekday may come first; anything else beside the month is not understood.
    if len(months) == 1 and len(numbers) == 2 and len(words) <= 2:  # noqa: PLR2004 - day and year
        first, second = numbers
        if len(first) == 4:  # noqa: PLR2004 - a year
            return _make_date(text, int(first), months[0], int(second))
        if len(first) <= 2 and len(second) in {2, 4}:  # noqa: PLR2004 - digits
            return _make_date(text, _full_year(second), months[0], int(first))
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
        if found is None or found[2] == "." or is_no_date(text):
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
