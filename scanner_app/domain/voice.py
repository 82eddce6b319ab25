"""How what is written for people outside of pages says things: e-mails, calendars and papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


def _keep(text: str) -> str:
    return text


def _write_day(day: date) -> str:
    return day.strftime("%d %b %Y").removeprefix("0")


@dataclass(frozen=True, slots=True)
class Voice:
    """One language.

    :param say: returns a text or a sentence of this program in it; what people typed stays.
    :param write_day: returns a day as the language writes it.
    """

    language: str = "en"
    say: Callable[[str], str] = _keep
    write_day: Callable[[date], str] = _write_day


ENGLISH = Voice()
