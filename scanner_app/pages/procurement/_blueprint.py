"""The blueprint that the pages of orders, deliveries and suppliers share."""

from __future__ import annotations

from datetime import date

from flask import Blueprint

from scanner_app.domain import days
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money

MAX_DIGITS = 9

blueprint = Blueprint("procurement", __name__)


def read_day(text: str, field: str) -> date | None:
    """Return the day that a field says, None if it is empty.

    :raises Invalid: it is not a day.
    """
    errors: dict[str, list[str]] = {}
    day = days.read_day({field: text}, field, errors)
    if errors:
        raise Invalid(errors[field][0], errors=errors)
    return day


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
