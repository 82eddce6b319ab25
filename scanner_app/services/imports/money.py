"""One cell to one amount of money, with its currency where the cell names one.

Amounts are written in ways that contradict each other (1.234). So `AmountColumn` looks at a whole
column first, and then shows the decimal sign.
"""

# ruff: noqa: RUF001 - letters and signs of other scripts are what this module reads

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner_app.services.imports.cells import BadCell, is_blank_word, shorten

MAX_CENTS = 10**15
_SIGNS = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "NT$": "TWD", "MX$": "MXN", "R$": "BRL", "€": "EUR", "£": "GBP", "CHF": "CHF",
    "Fr.": "CHF", "SFr.": "CHF", "CN¥": "CNY", "JP¥": "JPY", "¥": "JPY", "元": "CNY", "円": "JPY",
    "₹": "INR", "Rs.": "INR", "Rs": "INR", "RM": "MYR", "TL": "TRY",
    "₽": "RUB", "руб.": "RUB", "₴": "UAH", "грн": "UAH", "₺": "TRY",
    "₩": "KRW", "₪": "ILS", "฿": "THB", "₫": "VND", "₦": "NGN", "₱": "PHP", "₡": "CRC", "Kč": "CZK",
    "zł": "PLN", "Ft": "HUF", "lei": "RON", "лв.": "BGN", "лв": "BGN",
    "грн.": "UAH", "Rp": "IDR", "đ": "VND", "บาท": "THB", "원": "KRW", "S/.": "PEN", "S/": "PEN",
    "B/.": "PAB", "د.إ": "AED", "KSh": "KES", "E£": "EGP", "kn": "HRK", "din.": "RSD",
    "Col$": "COP",
    "GH₵": "GHS", "₵": "GHS", "₸": "KZT", "₼": "AZN", "₾": "GEL", "֏": "AMD", "₲": "PYG",
    "EURO": "EUR", "Euros": "EUR", "euros": "EUR", "Euro": "EUR", "euro": "EUR",
}  # fmt: skip
# Longer signs first: R$ and CA$ hold a $, SFr. an Fr.
_CURRENCY_SIGNS = dict(sorted(_SIGNS.items(), key=lambda item: -len(item[0])))
# One letter is a currency only before a number.
_LETTERS = {"R": "ZAR", "Q": "GTQ"}
# Signs that several countries use; which one it is, the register's own currency or the file tells.
SHARED_SIGNS: Mapping[str, tuple[str, ...]] = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "¥": ("JPY", "CNY"),
}
_AMOUNT = re.compile(r"-?\d+(?:[.,]\d+)*")
_CODE = re.compile(r"^([A-Z]{3})\s*(?=[\d$€£¥-])|(?<=[\d-])\s*([A-Z]{3})$")
_LETTER = re.compile(r"^([RQ])\s*(?=\d)")


@dataclass(slots=True)
class AmountColumn:
    """Counts how the amounts of a column are written, which shows the decimal sign."""

    votes: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})

    def add(self, text: str) -> None:
        digits, _currency = _strip_currency(text)
        dot, comma = digits.rfind("."), digits.rfind(",")
        if dot >= 0 and comma >= 0:
            self.votes["." if dot > comma else ","] += 1
            return
        for sign, at in ((".", dot), (",", comma)):
            if at >= 0 and digits.count(sign) == 1 and not _is_thousands(digits, sign):
                self.votes[sign] += 1

    @property
    def decimal_sign(self) -> str | None:
        """The decimal sign that the column shows; None if it shows none, or both."""
        if self.votes["."] and not self.votes[","]:
            return "."
        if self.votes[","] and not self.votes["."]:
            return ","
        return None


def _strip_currency(text: str) -> tuple[str, str | None]:
    currency = None
    rest = text
    if found := _CODE.search(rest):
        currency = found[1] or found[2]
        rest = _CODE.sub("", rest)
    for sign, code in _CURRENCY_SIGNS.items():
        if sign in rest:
            rest, currency = rest.replace(sign, "", 1), code
            break
    if found := _LETTER.match(rest):
        rest, currency = rest[found.end() :], _LETTERS[found[1]]
    rest = re.sub(r"(?<![a-z])kr\.?(?![a-z])", "", rest, flags=re.IGNORECASE)
    rest = re.sub(r"[\s\u00a0\u202f'\u2019$]", "", rest)
    return re.sub(r"(?<=\d)(?:[.,][-–—]|/[-=])$", "", rest), currency


def shared_sign(text: str) -> tuple[str, ...]:
    """Return the currencies that the sign of an amount may mean; none where it is clear."""
    if _strip_currency(text)[1] not in {None, "JPY"}:
        return ()
    word = text.casefold()
    return next((codes for sign, codes in SHARED_SIGNS.items() if sign in word), ())


def guess_currency(text: str, own: str) -> tuple[str | None, str]:
    """Return the currency of an amount that names none, and what its row notes about it.

    It is the register's own, unless the sign of the amount is another's.
    """
    possible = shared_sign(text)
    if not possible or own in possible:
        return own, ""
    if possible[0] == "SEK":  # kr: no country uses it more than the others
        return None, f"kr may be {', '.join(possible)}: the currency is left blank"
    return possible[0], f"the amount is taken as {possible[0]}; a column Currency would tell"


def is_no_amount(text: str) -> bool:
    """Return whether a cell says that there is no amount: `N/A`, `-`, `- €`."""
    return is_blank_word(text) or _strip_currency(text)[0] in {"-", "–", ""}


def parse_amount(text: str, decimal_sign: str | None) -> tuple[int, str | None]:
    """Return an amount of money in hundredths, rounded, and the currency if the cell names one.

    :param decimal_sign: the column's; with None, a last group of three digits is thousands.
    :raises BadCell: it is not an amount, or is below zero.
    """
    text = unicodedata.normalize("NFKC", text)
    digits, currency = _strip_currency(text)
    if digits.startswith("(") and digits.endswith(")"):
        raise BadCell(f"{text!r} is below zero")
    if not _AMOUNT.fullmatch(digits):
        raise BadCell(f"{shorten(text)!r} is not an amount; write 1299.90")
    if digits.startswith("-"):
        raise BadCell(f"{text!r} is below zero")
    sign = decimal_sign or _guess_sign(digits)
    thousands = "," if sign == "." else "."
    whole, _, part = digits.partition(sign)
    if sign in part or thousands in part:
        raise BadCell(f"{text!r} is not an amount with {sign!r} before the cents")
    groups = whole.split(thousands)
    if len(groups) > 1 and (
        not 1 <= len(groups[0]) <= 3 or any(len(group) not in {2, 3} for group in groups[1:])  # noqa: PLR2004 - in India, 12,34,567
    ):
        raise BadCell(f"{text!r} is not an amount with {sign!r} before the cents")
    cents = int("".join(groups)) * 100 + int(part[:2].ljust(2, "0"))
    # What a formula worked out has parts of a cent, which the sheet does not show.
    cents += part[2:3] >= "5"
    if cents > MAX_CENTS:
        raise BadCell(f"{shorten(text)!r} is too large")
    return cents, currency


def _guess_sign(digits: str) -> str:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    for sign, other in ((",", "."), (".", ",")):
        if sign in digits:
            return other if _is_thousands(digits, sign) else sign
    return "."


def _is_thousands(digits: str, sign: str) -> bool:
    """Return whether the sign separates thousands: used twice, or before a last group of three.

    A leading zero has no thousands: 0.125 is an eighth.
    """
    if digits.count(sign) > 1:
        return True
    whole, _, part = digits.partition(sign)
    return len(part) == 3 and whole.strip("-0") != "" and len(whole.lstrip("-")) <= 3  # noqa: PLR2004 - a group of thousands


def parse_currency(text: str) -> str:
    """Return a currency code (ISO 4217).

    :raises BadCell: it does not have three letters.
    """
    code = _CURRENCY_SIGNS.get(text.upper(), text.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadCell(f"{shorten(text)!r} is not a currency; write a code such as EUR")
    return code
