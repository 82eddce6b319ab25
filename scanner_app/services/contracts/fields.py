"""What a form says of a contract, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.contracts.states import ContractKind, Period, Renewal
from scanner_app.domain.contracts.terms import (
    MAX_NAME,
    MAX_NOTICE_DAYS,
    MAX_RENEWAL_MONTHS,
    MAX_SLA_HOURS,
    NUMBER,
)
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import is_currency, read_money
from scanner_app.domain.text import is_storable
from scanner_app.models import User

MAX_NOTES = 2000
Errors = dict[str, list[str]]
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ContractFields:
    """A contract as a form describes it, with the term that the form is about."""

    number: str
    name: str
    kind: ContractKind
    supplier: str
    starts_on: date
    ends_on: date | None
    notice_days: int
    renewal: Renewal
    renewal_months: int | None
    price_cents: int | None
    period: Period
    currency: str | None
    sla_response_hours: int | None
    sla_resolution_hours: int | None
    owner_id: int | None
    notes: str


def read_contract(
    session: Session, values: Mapping[str, str], *, currency: str = ""
) -> ContractFields:
    """Return what the texts of a form say.

    :param currency: of a price that names none.
    :raises Invalid: a text cannot be used; each field is named.
    """
    errors: Errors = {}
    starts_on = read_day(values, "starts_on", errors)
    if starts_on is None and "starts_on" not in errors:
        errors["starts_on"] = ["Enter its first day."]
    ends_on = read_day(values, "ends_on", errors)
    renewal = _choose(Renewal, values, "renewal", Renewal.NONE, errors)
    notice_days = _number(values, "notice_days", MAX_NOTICE_DAYS, errors, least=0) or 0
    months = _number(values, "renewal_months", MAX_RENEWAL_MONTHS, errors)
    if renewal is Renewal.TACIT and months is None and "renewal_months" not in errors:
        errors["renewal_months"] = ["Say by how many months it goes on."]
    check_days(starts_on, ends_on, notice_days, renewal, errors)
    price, unit = read_price(values, errors, currency=currency)
    number = values.get("number", "").strip()
    if number and NUMBER.fullmatch(number) is None:
        errors["number"] = ["Use up to 40 letters, digits, dots, dashes or underscores."]
    name = _text(values, "name", MAX_NAME, errors)
    if not name and "name" not in errors:
        errors["name"] = ["Say what it is."]
    found: dict[str, Any] = {
        "supplier": _text(values, "supplier", MAX_NAME, errors),
        "kind": _choose(ContractKind, values, "kind", ContractKind.SUPPORT, errors),
        "period": _choose(Period, values, "period", Period.YEAR, errors),
        "sla_response_hours": _number(values, "sla_response_hours", MAX_SLA_HOURS, errors),
        "sla_resolution_hours": _number(values, "sla_resolution_hours", MAX_SLA_HOURS, errors),
        "owner_id": _find_owner(session, values.get("owner", "").strip(), errors),
        "notes": _text(values, "notes", MAX_NOTES, errors, is_long=True),
    }
    if errors or starts_on is None:
        raise Invalid("This contract cannot be saved. Check the fields.", errors=errors)
    return ContractFields(
        number=number,
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        notice_days=notice_days,
        renewal=renewal,
        renewal_months=months,
        price_cents=price,
        currency=unit,
        **found,
    )


def check_days(
    starts_on: date | None, ends_on: date | None, notice_days: int, renewal: Renewal, errors: Errors
) -> None:
    """Note beside its field what does not fit in the days of a term."""
    if ends_on is None:
        if renewal is not Renewal.NONE and "ends_on" not in errors:
            errors["ends_on"] = ["A term that is renewed needs a last day."]
        return
    if starts_on is None:
        return
    if ends_on < starts_on:
        errors["ends_on"] = ["This is before its first day."]
    elif notice_days > (ends_on - starts_on).days + 1:
        errors["notice_days"] = ["The notice is longer than the term."]


def read_price(
    values: Mapping[str, str], errors: Errors, *, currency: str
) -> tuple[int | None, str | None]:
    """Return a price with its currency; two None where the form has none."""
    text = values.get("price", "").strip()
    if not text:
        return None, None
    unit = values.get("currency", "").strip().upper() or currency
    if not is_currency(unit):
        errors["currency"] = ["Use three letters, such as EUR."]
    try:
        return read_money(text), unit
    except ValueError as error:
        errors["price"] = [str(error)]
        return None, None


def read_reason(text: str) -> str:
    """Return why somebody did a thing.

    :raises Invalid: nothing is said, or too much.
    """
    reason = " ".join(text.split())
    if not reason or len(reason) > MAX_NAME or not is_storable(reason):
        problem = f"Say why, in 1 to {MAX_NAME} characters."
        raise Invalid(problem, errors={"reason": [problem]})
    return reason


def _text(
    values: Mapping[str, str], name: str, most: int, errors: Errors, *, is_long: bool = False
) -> str:
    text = values.get(name, "").replace("\r\n", "\n").strip()
    text = text if is_long else " ".join(text.split())
    if len(text) > most or not is_storable(text.replace("\n", " ").replace("\t", " ")):
        errors[name] = [f"Use at most {most:,} characters."]
        return ""
    return text


def _number(
    values: Mapping[str, str], name: str, most: int, errors: Errors, *, least: int = 1
) -> int | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not least <= int(text) <= most:
        errors[name] = [f"Give a whole number from {least} to {most:,}."]
        return None
    return int(text)


def _choose(
    kind: type[_Choice], values: Mapping[str, str], name: str, default: _Choice, errors: Errors
) -> _Choice:
    text = values.get(name, "").strip()
    if not text:
        return default
    if text not in set(kind):
        errors[name] = ["Choose one of the list."]
        return default
    return kind(text)


def _find_owner(session: Session, email: str, errors: Errors) -> int | None:
    if not email:
        return None
    found = session.scalar(select(User.id).where(User.email == email[:254], User.is_active))
    if found is None:
        errors["owner"] = ["No active user has this e-mail address."]
    return found
