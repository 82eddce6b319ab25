"""Months of the calendar, and the years by which an organisation plans and reports."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta

MONTHS_A_YEAR = 12


def add_months(day: date, months: int) -> date:
    """Return a day some months later or earlier; the last day of a month that is shorter.

    What lies past the first or last day that a date can be is that day: a mistyped year of one
    asset must not stop a list of all.
    """
    index = day.month - 1 + months
    year, month = day.year + index // MONTHS_A_YEAR, index % MONTHS_A_YEAR + 1
    if not MINYEAR <= year <= MAXYEAR:
        return date.max if year > MAXYEAR else date.min
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(first: date, last: date) -> int:
    """Return how many months of the calendar have passed; negative before the first day.

    It is the largest number that, added to the first day, does not lead past the last.
    """
    months = (last.year - first.year) * MONTHS_A_YEAR + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


def fiscal_year(day: date, first_month: int) -> int:
    """Return the fiscal year of a day, named by the calendar year in which it ends.

    :param first_month: the month it begins in, 1 to 12; with 1 it is the calendar year.
    """
    return day.year + (first_month > 1 and day.month >= first_month)


def count_year_ends(first: date, last: date, first_month: int) -> int:
    """Return how many last days of fiscal years lie from one day to another, both included."""
    following = min(last, date.max - timedelta(days=1)) + timedelta(days=1)
    return max(0, fiscal_year(following, first_month) - fiscal_year(first, first_month))
