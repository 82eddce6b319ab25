"""What narrows a scope beyond lists of names: value, last sighting, earlier audits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner_app.domain.audits.holdings.holdings import KINDS, say_kinds
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, say_money, show_money

MAX_DAYS = 36_500
VALUES = ("value_from", "value_to")
CURRENCY = "currency"
DAYS = "not_seen_for_days"
NEVER = "never_audited"
NARROWING = (*VALUES, CURRENCY, DAYS, NEVER)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a scope leaves out beside its lists; nothing by default.

    :param value_from, value_to: cents in `currency`; an asset without a value is left out then.
    :param not_seen_for_days: only what was last seen earlier than that, or never.
    :param never_audited: only what no closed audit expected.
    """

    value_from: int | None = None
    value_to: int | None = None
    currency: str | None = None
    not_seen_for_days: int | None = None
    never_audited: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as the scope of an audit keeps it: only what it says."""
        kept: dict[str, Any] = {
            name: show_money(cents) for name in VALUES if (cents := getattr(self, name)) is not None
        }
        if kept:
            kept[CURRENCY] = self.currency
        if self.not_seen_for_days is not None:
            kept[DAYS] = self.not_seen_for_days
        return {**kept, NEVER: True} if self.never_audited else kept

    @property
    def sentences(self) -> list[str]:
        """What it says in words, for pages and the PDF."""
        said = []
        if self.value_from is not None:
            said.append(f"worth at least {say_money(self.value_from)} {self.currency}")
        if self.value_to is not None:
            said.append(f"worth at most {say_money(self.value_to)} {self.currency}")
        if self.not_seen_for_days is not None:
            days = "day" if self.not_seen_for_days == 1 else "days"
            said.append(f"not seen for {self.not_seen_for_days:,} {days}, or never")
        return [*said, "expected by no closed audit"] if self.never_audited else said


def read_narrowing(scope: Mapping[str, Any]) -> Narrowing:
    """Return what narrows a scope beside its lists.

    :raises Invalid: a part of it cannot be used.
    """
    errors: dict[str, list[str]] = {}
    amounts = {name: _read_amount(scope.get(name), f"scope.{name}", errors) for name in VALUES}
    low, high = amounts["value_from"], amounts["value_to"]
    if low is not None and high is not None and low > high:
        errors["scope.value_to"] = ["Enter an amount that is not below the first one."]
    currency = str(scope.get(CURRENCY) or "").strip().upper() or None
    if currency is None and (low is not None or high is not None):
        errors["scope.currency"] = ["Enter the currency of the amounts, such as EUR."]
    if currency is not None and re.fullmatch("[A-Z]{3}", currency) is None:
        errors["scope.currency"] = ["Enter a currency of three letters, such as EUR."]
    days = _read_days(scope.get(DAYS), errors)
    if errors:
        raise Invalid("This scope cannot be used.", errors=errors)
    return Narrowing(low, high, currency, days, bool(scope.get(NEVER)))


def _read_amount(given: Any, key: str, errors: dict[str, list[str]]) -> int | None:
    if given in (None, ""):
        return None
    try:
        return read_money(str(given))
    except ValueError as error:
        errors[key] = [str(error)]
        return None


def _read_days(given: Any, errors: dict[str, list[str]]) -> int | None:
    if given in (None, ""):
        return None
    text = str(given).strip()
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MAX_DAYS:
        errors[f"scope.{DAYS}"] = [f"Enter a number of days from 1 to {MAX_DAYS:,}."]
        return None
    return int(text)


def say_narrowing(scope: Mapping[str, Any]) -> list[str]:
    """Return what narrows a scope beside its lists, in words."""
    return read_narrowing(scope).sentences


def say_scope(scope: Mapping[str, Any]) -> str:
    """Return a scope in one line, as the PDF of a report prints it."""
    said = [
        f"{name}: {', '.join(map(str, part))}"
        for name, part in scope.items()
        if isinstance(part, list) and part and name != KINDS
    ]
    said += say_narrowing(scope)
    said += ["what is lost, too"] if scope.get("lost") else []
    kinds = say_kinds(scope)
    said += [f"kinds: {kinds}"] if kinds else []
    return "; ".join(said) or "everything that is not retired or disposed"
