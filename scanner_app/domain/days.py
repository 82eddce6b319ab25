"""Days as forms say them, within the years that anything here can mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

FIRST_YEAR, LAST_YEAR = 1990, 2200


def read_day(values: Mapping[str, str], name: str, errors: dict[str, list[str]]) -> date | None:
    """Return a day of a form, None where it has none; a day that cannot be is an error."""
    text = values.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = ["Enter the day as year-month-day."]
        return None
    if day is not None and not FIRST_YEAR <= day.year < LAST_YEAR:
        errors[name] = [f"Enter a day from {FIRST_YEAR} to {LAST_YEAR - 1}."]
        return None
    return day
