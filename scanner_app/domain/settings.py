"""What an admin may set on the settings page: one frozen row for each setting.

What the environment sets holds: the page shows it and does not change it. Everything else is a row
of the table `setting`, or the default here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from scanner_app.domain.money import is_currency
from scanner_app.domain.text import is_storable

MAX_TEXT = 80
_PREFIX = re.compile(r"[!-~]{0,16}")
_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


class SettingKind(StrEnum):
    TEXT = "text"
    ZONE = "zone"
    LANGUAGE = "language"
    CURRENCY = "currency"
    PREFIX = "prefix"
    NUMBER = "number"
    YES_NO = "yes_no"


class SettingGroup(StrEnum):
    """A card of the page, in its order."""

    ORGANISATION = "Organisation"
    REGION = "Time and money"
    REGISTER = "Register"
    AUDITS = "Audits"
    RETENTION = "What is kept"


# Pages are in English so far. A translation adds its row here.
LANGUAGES: dict[str, str] = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """Everything that any layer says about a setting.

    :param default: its value where neither the environment nor an admin has set one.
    :param least: the smallest number; `most` the largest.
    :param unit: what is counted.
    :param zero: what 0 means.
    """

    label: str
    help: str
    kind: SettingKind
    group: SettingGroup
    default: Any
    least: int = 0
    most: int = 0
    unit: str = ""
    zero: str = ""


_K, _G = SettingKind, SettingGroup

# By key: a field of `Organisation`, and the variable of the environment in lower case. In the order
# of the page.
SETTINGS: dict[str, SettingRow] = {
    "organisation_name": SettingRow(
        "Name",
        "Shown in the head of each page and on reports.",
        _K.TEXT,
        _G.ORGANISATION,
        "",
    ),
    "time_zone": SettingRow(
        "Time zone",
        "For pages without script; with script, each reader sees their own time. Reports say UTC.",
        _K.ZONE,
        _G.REGION,
        "UTC",
    ),
    "language": SettingRow(
        "Language", "Of pages, for people who chose none.", _K.LANGUAGE, _G.REGION, "en"
    ),
    "currency": SettingRow(
        "Currency",
        "Of amounts that name none, as three letters (ISO 4217).",
        _K.CURRENCY,
        _G.REGION,
        "EUR",
    ),
    "fiscal_month": SettingRow(
        "Budget years begin in",
        "The number of the month: 1 is January. A year is named by the year it ends in.",
        _K.NUMBER,
        _G.REGION,
        1,
        least=1,
        most=12,
        unit="(month)",
    ),
    "discount_percent": SettingRow(
        "Interest",
        "A year, by which keeping, upgrading and replacing are compared.",
        _K.NUMBER,
        _G.REGION,
        8,
        most=50,
        unit="percent",
        zero="none",
    ),
    "inflation_percent": SettingRow(
        "Rise of prices",
        "A year, by which the roadmap plans what new things cost.",
        _K.NUMBER,
        _G.REGION,
        0,
        most=50,
        unit="percent",
        zero="none",
    ),
    "tag_prefix": SettingRow(
        "Asset tags begin with",
        "A scanned bare number is read as this prefix and the number.",
        _K.PREFIX,
        _G.REGISTER,
        "",
    ),
    "tag_digits": SettingRow(
        "Digits of an asset tag",
        "A shorter number is padded with zeros.",
        _K.NUMBER,
        _G.REGISTER,
        0,
        most=12,
        unit="digits",
        zero="as it is",
    ),
    "due_days": SettingRow(
        "Due back after",
        "The due date that a check-out starts with; the person at the desk may change it.",
        _K.NUMBER,
        _G.REGISTER,
        0,
        most=3650,
        unit="days",
        zero="no due date",
    ),
    "closure_needs_two": SettingRow(
        "Closing needs a second person",
        "A person who counted in an audit may not close it.",
        _K.YES_NO,
        _G.AUDITS,
        default=False,
    ),
    "keep_import_files_days": SettingRow(
        "Import files",
        "Files and their rows. What an import changed stays in the history of each asset.",
        _K.NUMBER,
        _G.RETENTION,
        30,
        most=3650,
        unit="days",
        zero="for good",
    ),
    "keep_shelf_pictures_days": SettingRow(
        "Shelf photos outside audits",
        "A photo that is evidence of a finding is never deleted.",
        _K.NUMBER,
        _G.RETENTION,
        0,
        most=3650,
        unit="days",
        zero="for good",
    ),
    "keep_sign_ins_days": SettingRow(
        "Sign-in records",
        "Sessions that ended and attempts: the browser, the network address and the time.",
        _K.NUMBER,
        _G.RETENTION,
        30,
        least=1,
        most=3650,
        unit="days",
    ),
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """The settings in force: from the environment, else from the table, else the default.

    :param logo_version: changes with the logo; empty if there is none.
    """

    organisation_name: str = ""
    time_zone: str = "UTC"
    language: str = "en"
    currency: str = "EUR"
    fiscal_month: int = 1
    discount_percent: int = 8
    inflation_percent: int = 0
    tag_prefix: str = ""
    tag_digits: int = 0
    due_days: int = 0
    closure_needs_two: bool = False
    keep_import_files_days: int = 30
    keep_shelf_pictures_days: int = 0
    keep_sign_ins_days: int = 30
    logo_version: str = ""

    @property
    def name(self) -> str:
        """The organisation's name, or the product's."""
        return self.organisation_name or "scanner-app"

    @property
    def logo(self) -> str:
        """The address of the logo; empty if there is none."""
        return f"/organisation/logo.jpg?v={self.logo_version}" if self.logo_version else ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def read_setting(key: str, text: str) -> Any:
    """Return the value of a setting from its text in a form, the table or the environment.

    :raises ValueError: it cannot be used. The message says what to write instead.
    """
    row, text = SETTINGS[key], text.strip()
    return _READERS[row.kind](row, text)


def write_setting(value: Any) -> str:
    """Return the text of a value, as the table keeps it and forms show it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def show_setting(key: str, text: str) -> str:
    """Return a value's text as people read it in a sentence."""
    row = SETTINGS.get(key)
    if row is not None and row.kind is SettingKind.NUMBER:
        return row.zero if text == "0" and row.zero else f"{text} {row.unit}"
    if row is not None and row.kind is SettingKind.LANGUAGE:
        return LANGUAGES.get(text, text)
    return text or "empty"


def combine(fixed: Mapping[str, Any], stored: Mapping[str, str], *, logo: str = "") -> Organisation:
    """Return the settings in force.

    :param fixed: what the environment set.
    :param stored: the texts of the table. A text that no longer fits counts as not set.
    """
    values: dict[str, Any] = {"logo_version": logo}
    for key, row in SETTINGS.items():
        values[key] = row.default
        if key in fixed:
            values[key] = fixed[key]
        elif key in stored:
            try:
                values[key] = read_setting(key, stored[key])
            except ValueError:
                continue
    return Organisation(**values)


def _read_text(_row: SettingRow, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"Use at most {MAX_TEXT} characters.")
    if not is_storable(text) or not text.isprintable():
        raise ValueError("Leave out control characters.")
    return text


def _read_zone(_row: SettingRow, text: str) -> str:
    if _ZONE.fullmatch(text):
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return text
    raise ValueError("Choose a time zone from the list, such as Europe/Berlin.")


def _read_language(_row: SettingRow, text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError("Choose a language from the list.")
    return text


def _read_currency(_row: SettingRow, text: str) -> str:
    code = text.upper()
    if not is_currency(code):
        raise ValueError("Enter three letters, such as EUR.")
    return code


def _read_prefix(_row: SettingRow, text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError("Use at most 16 letters, digits and signs, without blanks.")
    return text


def _read_number(row: SettingRow, text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1  # noqa: PLR2004 - no setting has more digits
    if not row.least <= number <= row.most:
        raise ValueError(f"Enter a whole number from {row.least} to {row.most:,}.")
    return number


def _read_yes_no(_row: SettingRow, text: str) -> bool:
    return text in {"yes", "true", "on", "1"}


_READERS = {
    SettingKind.TEXT: _read_text,
    SettingKind.ZONE: _read_zone,
    SettingKind.LANGUAGE: _read_language,
    SettingKind.CURRENCY: _read_currency,
    SettingKind.PREFIX: _read_prefix,
    SettingKind.NUMBER: _read_number,
    SettingKind.YES_NO: _read_yes_no,
}

assert {f.name for f in fields(Organisation)} == {*SETTINGS, "logo_version"}  # noqa: S101 - checked once, at import
