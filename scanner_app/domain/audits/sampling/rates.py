"""Rates and levels of confidence: how people write them, and how they are shown."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_RATE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})\s*(%?)", re.ASCII)


def read_rate(text: str) -> Fraction:
    """Read a rate such as ``5 %`` or ``0.05``, exactly.

    :raises ValueError: it is not a rate from 0 to 1. The message says what to write instead.
    """
    match = _RATE.fullmatch(text.strip())
    rate = Fraction(Decimal(match[1])) / (100 if match[2] else 1) if match else None
    if rate is None or rate > 1:
        raise ValueError("Enter a rate from 0 to 100 %, such as 5% or 0.05.")
    return rate


def show_rate(rate: Fraction | float) -> str:
    """Return a rate in percent, with as many of two places as it needs: ``5 %``, ``2.5 %``."""
    return f"{float(rate) * 100:.2f}".rstrip("0").rstrip(".") + " %"


def show_share(part: float, whole: float) -> str:
    """Return a part of a whole in percent, with one place: ``4.9 %``."""
    return f"{part / whole * 100:.1f} %" if whole else "n/a"
