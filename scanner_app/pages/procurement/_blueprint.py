"""The blueprint that the pages of orders, deliveries and suppliers share."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, g

from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money
from scanner_app.edge.organisation import current_organisation

MAX_DIGITS = 9

blueprint = Blueprint("procurement", __name__)


def today() -> date:
    """Return the day in the organisation's time zone."""
    now: datetime = g.now
    return now.astimezone(current_organisation().zone).date()


def read_day(text: str, field: str) -> date | None:
    """Return the day that a field says, None if it is empty.

    :raises Invalid: it is not a day.
    """
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        problem = "Enter the day as year-month-day."
        raise Invalid(problem, errors={field: [problem]}) from None


def read_amount(text: str, field: str) -> int:
    """Return the hundredths that a field says, 0 if it is empty.

    :raises Invalid: it is not an amount.
    """
    try:
        return read_money(text) if text.strip() else 0
    except ValueError as error:
        raise Invalid(str(error), errors={field: [str(error)]}) from None


def read_count(text: str) -> int | None:
    """Return the whole number that a field says, None if it says none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
