"""What monitoring says of a device: names of facts, and how a fact is compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
OTHER_PREFIX = "x_"
MAX_FACT_VALUE = 200
# How much of a text is compared as numbers.
_MAX_PARTS = 8


class FactShape(StrEnum):
    """How the value of a fact is written."""

    TEXT = "text"
    YES_NO = "yes_no"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was said of a device, in the one way in which it is kept."""

    name: str
    value: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class FactRow:
    """What pages say of a fact."""

    label: str
    shape: FactShape = FactShape.TEXT
    unit: str = ""


_T, _B, _N, _M = FactShape.TEXT, FactShape.YES_NO, FactShape.NUMBER, FactShape.MOMENT
FACTS: Mapping[str, FactRow] = {
    "os": FactRow("Operating system"),
    "os_version": FactRow("Version of it"),
    "edition": FactRow("Edition"),
    "last_seen_at": FactRow("Last contact", _M),
    "patched_on": FactRow("Patched", _M),
    "encrypted": FactRow("Disk encrypted", _B),
    "antivirus_on": FactRow("Antivirus on", _B),
    "firewall_on": FactRow("Firewall on", _B),
    "compliant": FactRow("Compliant", _B),
    "memory_bytes": FactRow("Memory", _N, "bytes"),
    "disk_bytes": FactRow("Disk", _N, "bytes"),
    "disk_free_percent": FactRow("Disk free", _N, "%"),
    "battery_percent": FactRow("Battery health", _N, "%"),
    "battery_cycles": FactRow("Battery cycles", _N),
    "cpu_percent": FactRow("Processor load", _N, "%"),
    "boot_seconds": FactRow("Start", _N, "s"),
    "crashes": FactRow("Crashes", _N),
    "cores": FactRow("Cores", _N),
}
_YES = {"yes", "true", "1", "y", "on", "encrypted", "enabled", "compliant"}
_NO = {"no", "false", "0", "n", "off", "not encrypted", "disabled", "noncompliant", "not compliant"}


def read_fact_value(name: str, value: object) -> str:
    """Return a value as it is kept: `yes` or `no`, a plain number, or the words themselves.

    :raises ValueError: the name is not known, or the value is not one of its kind.
    """
    row = FACTS.get(name)
    if row is None and not (name.startswith(OTHER_PREFIX) and FACT_NAME.fullmatch(name[2:])):
        raise ValueError(
            f"No fact is called {name[:40]!r}. Use one of the list, or a name of your own that"
            f" begins with {OTHER_PREFIX}."
        )
    shape = row.shape if row else FactShape.TEXT
    text = ("yes" if value else "no") if isinstance(value, bool) else " ".join(str(value).split())
    if not text or len(text) > MAX_FACT_VALUE:
        raise ValueError(f"Give 1 to {MAX_FACT_VALUE} characters.")
    if shape is FactShape.YES_NO:
        if text.casefold() not in _YES | _NO:
            raise ValueError("Give yes or no.")
        return "yes" if text.casefold() in _YES else "no"
    if shape is FactShape.NUMBER:
        number = _read_number(text)
        if number is None or number < 0:
            raise ValueError("Give a number that is not below 0.")
        return f"{number.normalize():f}"
    return text


def meets(fact: Fact, sign: str, wanted: str) -> bool:
    """Return whether a fact is what was wanted: equal, at least (`>=`) or at most (`<=`)."""
    wanted = wanted.strip()
    row = FACTS.get(fact.name)
    if row is not None and row.shape is FactShape.YES_NO:
        return sign == "=" and fact.value == ("yes" if wanted.casefold() in _YES else "no")
    if sign == "=":
        return fact.value.casefold() == wanted.casefold()
    ours, theirs = _read_parts(fact.value), _read_parts(wanted)
    if not ours or not theirs:
        return False
    length = max(len(ours), len(theirs))
    ours += [Decimal(0)] * (length - len(ours))
    theirs += [Decimal(0)] * (length - len(theirs))
    return ours >= theirs if sign == ">=" else ours <= theirs


def _read_parts(text: str) -> list[Decimal]:
    """Return the numbers of a version: 14.2 is below 14.10."""
    found = re.findall(r"\d{1,18}", text, re.ASCII)
    return [Decimal(one) for one in found[:_MAX_PARTS]]


def _read_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS else None


MAX_DIGITS = 18
