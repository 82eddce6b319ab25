"""Take exchange rates from a file: the history of the European Central Bank, or a plain list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import is_currency
from scanner_app.models import ExchangeRate

MAX_BYTES = 8 * 1024 * 1024
PLAIN = ["currency", "date", "per base"]
EURO = "EUR"
# Wider than any rate between two currencies. A number that is much smaller makes amounts of which
# nothing can be shown, and one of many digits takes long to read.
LEAST, MOST, MAX_DIGITS = Decimal(10) ** -10, Decimal(10) ** 10, 40
RateRow = tuple[str, date, str]


def read_rates(text: str, base: str) -> list[RateRow]:
    """Return currency, day and units per unit of the base, of each rate in a file.

    Two forms are understood: `eurofxref-hist.csv` of the European Central Bank (`Date,USD,JPY,...`
    per euro, only where the base is the euro), and `Currency,Date,Per Base`.

    :raises Invalid: the file has another form, or a line of it cannot be read; the line is named.
    """
    if len(text.encode()) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
    try:
        return _read_file(text, base)
    except csv.Error as error:
        raise Invalid("The file is not CSV. Save it again as CSV, in UTF-8.") from error


def _read_file(text: str, base: str) -> list[RateRow]:
    # With any line end that a program writes.
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    head = [cell.strip() for cell in next(lines, [])]
    lower = [cell.lower() for cell in head]
    if lower[:3] == PLAIN:
        rows = _read_plain(lines)
    elif lower[:1] == ["date"] and all(is_currency(cell) for cell in head[1:] if cell):
        if base != EURO:
            raise Invalid(f"This file has rates per euro, and the currency here is {base}.")
        rows = _read_table(head, lines)
    else:
        raise Invalid(
            "The first line is not known. Use “Currency,Date,Per Base”, or the bank's file."
        )
    found: dict[tuple[str, date], str] = {}
    for currency, day, rate in rows:
        if Decimal(found.setdefault((currency, day), rate)) != Decimal(rate):
            raise Invalid(f"The file has two rates of {currency} for {day}. Keep one.")
    if not found:
        raise Invalid("The file has no rates.")
    return [(currency, day, rate) for (currency, day), rate in found.items()]


def _read_plain(lines: Iterator[list[str]]) -> Iterator[RateRow]:
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(PLAIN) or not is_currency(cells[0].strip()):
            raise Invalid(f"Line {number} does not begin with a currency and a date.")
        yield cells[0].strip(), _read_day(cells[1], number), _read_rate(cells[2], number)


def _read_table(head: list[str], lines: Iterator[list[str]]) -> Iterator[RateRow]:
    for number, cells in enumerate(lines, 2):
        if not cells or not cells[0].strip():
            continue
        day = _read_day(cells[0], number)
        for currency, cell in zip(head[1:], cells[1:], strict=False):
            if currency and cell.strip() not in {"", "N/A"}:
                yield currency, day, _read_rate(cell, number)


def _read_day(text: str, number: int) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(f"Line {number}: “{text[:20]}” is not a date such as 2026-11-29.") from None


def is_rate(text: str) -> bool:
    """Return whether a text is a rate between two currencies."""
    try:
        rate = Decimal(text if len(text) <= MAX_DIGITS else "")
    except InvalidOperation:
        return False
    return rate.is_finite() and LEAST < rate < MOST


def _read_rate(text: str, number: int) -> str:
    text = text.strip()
    if not is_rate(text):
        raise Invalid(f"Line {number}: “{text[:20]}” is not a rate. Enter a number above 0.")
    return str(Decimal(text))


def keep_rates(
    session: Session, *, base: str, rows: list[RateRow], actor: Actor, now: datetime
) -> int:
    """Keep rates and return how many are new or were changed. The same file again changes none."""
    currencies = {currency for currency, _, _ in rows}
    known = {
        (row.currency, row.on_day): row
        for row in session.scalars(
            select(ExchangeRate).where(
                ExchangeRate.base == base, ExchangeRate.currency.in_(currencies)
            )
        )
    }
    changed = 0
    for currency, day, rate in rows:
        row = known.get((currency, day))
        if row is not None and Decimal(row.per_base) == Decimal(rate):
            continue
        if row is None:
            row = known[currency, day] = ExchangeRate(base=base, currency=currency, on_day=day)
            session.add(row)
        row.per_base, row.recorded_at, row.actor_name = rate, now, actor.name
        changed += 1
    session.flush()
    return changed
