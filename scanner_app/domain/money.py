"""Amounts of money: hundredths of a currency, as whole numbers, and how people write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MAX_CENTS = 10**15
_CURRENCY = re.compile(r"[A-Z]{3}")
# No amount below `MAX_CENTS` is longer, however it is written.
MAX_AMOUNT_LENGTH = 24


def is_currency(text: str) -> bool:
    """Return whether a text has the form of a currency's code: three capital letters (ISO 4217)."""
    return _CURRENCY.fullmatch(text) is not None


def round_cents(amount: Decimal) -> int:
    """Return hundredths as a whole number, halves rounded up. It is done once, at the end."""
    return int(amount.to_integral_value(ROUND_HALF_UP))


def show_money(cents: int) -> str:
    """Return hundredths as a decimal number, exactly: 123450 is ``1234.50``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def say_money(cents: int) -> str:
    """Return hundredths as people read them: 123456789 is ``1,234,567.89``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def read_money(text: str) -> int:
    """Read a decimal number as hundredths, exactly.

    :raises ValueError: it is not an amount of 0 or more with at most two decimals. The message says
        what to write instead.
    """
    text = text.strip()
    try:
        amount = Decimal(text) if len(text) <= MAX_AMOUNT_LENGTH and text.isascii() else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or abs(amount.adjusted()) > MAX_AMOUNT_LENGTH:
        raise ValueError("Enter an amount such as 1234.50.")
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError("Enter at most two digits after the point.")
    if not 0 <= cents < MAX_CENTS:
        raise ValueError("Enter an amount of 0 or more, below ten trillion.")
    return int(cents)
