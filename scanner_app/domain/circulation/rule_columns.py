"""The columns of a rule of lending: one row each, with what pages say and what they take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from scanner_app.domain.circulation.loan_rules import Returns, Signature
from scanner_app.domain.errors import Invalid


class ColumnKind(StrEnum):
    NUMBER = "number"
    DAY = "day"
    MONEY = "money"
    CHOICE = "choice"


class ColumnGroup(StrEnum):
    """A part of the form, in its order."""

    LENGTH = "How long"
    LIMITS = "How much"
    EXTENSIONS = "Extensions"
    LATE = "Late and reserved"
    PAPERS = "Signature and kits"


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """What is said about a column.

    :param least: the smallest number; `most` the largest.
    :param unit: what is counted, in a list: `14 days`.
    :param choices: by value, what a person reads.
    :param unset: what holds if no rule says anything.
    """

    label: str
    kind: ColumnKind
    group: ColumnGroup
    hint: str = ""
    unit: str = ""
    least: int = 0
    most: int = 0
    choices: Mapping[str, str] | None = None
    unset: str = "no limit"


_K, _G = ColumnKind, ColumnGroup

# In the order of the form.
RULE_COLUMNS: Mapping[str, ColumnRow] = {
    "loan_days": ColumnRow(
        "Days", _K.NUMBER, _G.LENGTH, "Or hours, not both.", "days", 0, 3650, unset="without an end"
    ),
    "loan_hours": ColumnRow(
        "Hours", _K.NUMBER, _G.LENGTH, "", "hours", 1, 8760, unset="without an end"
    ),
    "due_at_hour": ColumnRow(
        "Due at this hour",
        _K.NUMBER,
        _G.LENGTH,
        "By the location's clock, 0 to 23.",
        "o'clock",
        0,
        23,
        unset="18 o'clock",
    ),
    "due_on": ColumnRow(
        "Nothing later than",
        _K.DAY,
        _G.LENGTH,
        "Such as the end of a term. Once it is past, it says nothing.",
        unset="no such day",
    ),
    "most_items": ColumnRow("Things per person", _K.NUMBER, _G.LIMITS, "", "things", 0, 10_000),
    "most_value_cents": ColumnRow(
        "Value per person", _K.MONEY, _G.LIMITS, "In your own currency.", "", 0, 10**12
    ),
    "extensions": ColumnRow(
        "How often", _K.NUMBER, _G.EXTENSIONS, "0: never.", "times", 0, 1000, unset="no limit"
    ),
    "extension_days": ColumnRow(
        "Days each time", _K.NUMBER, _G.EXTENSIONS, "", "days", 1, 3650, unset="as long as a loan"
    ),
    "grace_hours": ColumnRow(
        "Hours of grace",
        _K.NUMBER,
        _G.LATE,
        "After a due time, before a thing is late.",
        "hours",
        0,
        8760,
        unset="none",
    ),
    "buffer_hours": ColumnRow(
        "Hours before a reservation",
        _K.NUMBER,
        _G.LATE,
        "A thing has to be back by then.",
        "hours",
        0,
        8760,
        unset="none",
    ),
    "overdue_block_days": ColumnRow(
        "Ask about people late by more than",
        _K.NUMBER,
        _G.LATE,
        "0: about anyone who is late.",
        "days",
        0,
        3650,
        unset="nobody is asked about",
    ),
    "signature": ColumnRow(
        "Signature",
        _K.CHOICE,
        _G.PAPERS,
        choices={
            Signature.NEVER: "Never",
            Signature.ASKED: "Asked for",
            Signature.NEEDED: "Needed",
        },
        unset="never",
    ),
    "returns": ColumnRow(
        "A kit comes back",
        _K.CHOICE,
        _G.PAPERS,
        choices={Returns.TRUST: "By its own code", Returns.EACH: "Piece by piece"},
        unset="piece by piece",
    ),
}
_DIGITS = re.compile(r"[0-9]{1,13}", re.ASCII)
_MONEY = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,2})?", re.ASCII)


def read_columns(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a rule's columns as they are kept; None where a text is empty.

    :raises Invalid: a text cannot be read, or both days and hours are given.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, row in RULE_COLUMNS.items():
        text = texts.get(name, "").strip()
        try:
            values[name] = _read(row, text) if text else None
        except ValueError as error:
            errors[name] = [str(error)]
    if not errors and values["loan_days"] is not None and values["loan_hours"] is not None:
        errors["loan_hours"] = ["Give days or hours, not both."]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return values


def _read(row: ColumnRow, text: str) -> Any:
    if row.kind is ColumnKind.DAY:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError("Enter the day as year-month-day.") from None
    if row.kind is ColumnKind.CHOICE:
        if text not in (row.choices or {}):
            raise ValueError("Choose one of the list.")
        return text
    if row.kind is ColumnKind.MONEY:
        try:
            return int(Decimal(text) * 100) if _MONEY.fullmatch(text) else _refuse_money()
        except InvalidOperation:
            return _refuse_money()
    if not _DIGITS.fullmatch(text) or not row.least <= int(text) <= row.most:
        raise ValueError(f"Enter a whole number from {row.least:,} to {row.most:,}.")
    return int(text)


def _refuse_money() -> int:
    raise ValueError("Enter an amount such as 1500.00.")


def write_column(name: str, value: Any) -> str:
    """Return a value as its field of the form holds it; empty for None."""
    if value is None:
        return ""
    if RULE_COLUMNS[name].kind is ColumnKind.MONEY:
        return f"{Decimal(value) / 100:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def show_column(name: str, value: Any) -> str:
    """Return a value in words, such as `14 days`."""
    row = RULE_COLUMNS[name]
    if value is None:
        return row.unset
    if row.kind is ColumnKind.CHOICE:
        return (row.choices or {})[value]
    if row.kind is ColumnKind.MONEY:
        return f"{Decimal(value) / 100:,.2f}"
    if row.kind is ColumnKind.DAY:
        return f"{value:%d %b %Y}".removeprefix("0")
    unit = row.unit.removesuffix("s") if value == 1 and row.unit != "o'clock" else row.unit
    return f"{value:,} {unit}".strip()
