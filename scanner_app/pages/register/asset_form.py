"""The asset form: its texts become the values that the services take, or errors by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, show_money
from scanner_app.domain.register.lifecycle import LABELS, STEPS, Stage
from scanner_app.domain.text import is_storable
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.services.register.fields import MAX_MONTHS, MAX_TAG

# The fields of the form, and the maximum number of characters of each.
TEXTS = {
    "asset_tag": MAX_TAG,
    "name": 255,
    "serial_number": 255,
    "category": 100,
    "manufacturer": 100,
    "model": 200,
    "model_number": 100,
    "location": 255,
    "home_location": 255,
    "custodian": 255,
    "supplier": 255,
    "order_number": 255,
    "notes": 10_000,
}
CUSTOM = "custom:"


def read_form(form: MultiDict[str, str], *, was: AssetRow | None) -> dict[str, Any]:
    """Return the values of a submitted form. For an existing asset, only the changed ones.

    :raises Invalid: the reasons by field.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    readers: Mapping[str, Callable[[str], Any]] = {
        **{name: _reader_of(limit) for name, limit in TEXTS.items()},
        "status": Stage,
        "purchase_date": _read_day,
        "eol_date": _read_day,
        "purchase_cost": read_money,
        "currency": _read_currency,
        "warranty_months": _read_months,
        "identifiers": _read_codes,
    }
    for name, read in readers.items():
        if name not in form:
            continue
        text = form[name].replace("\r\n", "\n").strip()
        try:
            values[name] = read(text) if text else None
        except ValueError as error:
            message = str(error) if name != "status" else "Choose a status."
            errors[name] = [message]
    values["custom"] = _read_custom(form, errors)
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    if was is None:
        values = {name: value for name, value in values.items() if value is not None}
    else:
        before = show_form(was)
        values = {
            name: value
            for name, value in values.items()
            if name == "custom" or form[name].replace("\r\n", "\n").strip() != before[name]
        }
    if "purchase_cost" in values:
        values["purchase_cost_cents"] = values.pop("purchase_cost")
    if values.get("identifiers", ()) is None:
        values["identifiers"] = []
    if values.get("status", ...) is None:
        del values["status"]
    return values


def show_form(asset: AssetRow) -> dict[str, str]:
    """Return an asset as the texts with which its form starts."""
    own = {"tag", "serial"}
    cost = asset.purchase_cost_cents
    texts = {
        "asset_tag": asset.asset_tag,
        "name": asset.name,
        "serial_number": asset.serial_number,
        "category": asset.category,
        "manufacturer": asset.manufacturer,
        "model": asset.model,
        "model_number": asset.model_number,
        "status": asset.status,
        "location": asset.location,
        "home_location": asset.home_location,
        "custodian": asset.custodian,
        "purchase_date": asset.purchase_date.isoformat() if asset.purchase_date else None,
        "eol_date": asset.eol_date.isoformat() if asset.eol_date else None,
        "purchase_cost": show_money(cost) if cost is not None else None,
        "currency": asset.currency,
        "supplier": asset.supplier,
        "order_number": asset.order_number,
        "warranty_months": str(asset.warranty_months)
        if asset.warranty_months is not None
        else None,
        "notes": asset.notes,
        "identifiers": "\n".join(
            f"{scheme}:{value}" for scheme, value in asset.identifiers if scheme not in own
        ),
    }
    return {name: text or "" for name, text in texts.items()}


def offer_stages(current: str | None) -> list[tuple[str, str]]:
    """Return the statuses that a person may set from the current one."""
    if current is None:
        stages = list(Stage)
    else:
        stage = Stage(current)
        stages = [s for s in Stage if s is stage or s in STEPS[stage]]
    return [(stage.value, LABELS[stage]) for stage in stages]


def _reader_of(limit: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"Use at most {limit:,} characters.")
        if not is_storable(text) or any((c < " " and c not in "\n\t") or c == "\x7f" for c in text):
            raise ValueError("Leave out control characters.")
        return text

    return read


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Enter the day as year-month-day, such as 2026-03-31.") from None


def _read_currency(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise ValueError("Enter three letters such as EUR.")
    return text.upper()


def _read_months(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= MAX_MONTHS):  # noqa: PLR2004 - digits of MAX_MONTHS
        raise ValueError(f"Enter whole months, at most {MAX_MONTHS}.")
    return int(text)


def _read_codes(text: str) -> list[tuple[str, str]]:
    codes = []
    for line in text.splitlines():
        scheme, colon, value = line.strip().partition(":")
        if not line.strip():
            continue
        if not colon or not value.strip():
            raise ValueError(
                "Write one code in each line, as scheme:value; use alias:… for any other code."
            )
        codes.append((scheme.strip().lower(), _reader_of(255)(value.strip())))
    return codes


def _read_custom(form: MultiDict[str, str], errors: dict[str, list[str]]) -> dict[str, str | None]:
    """Return the custom fields: those that the form shows by name, and one that it adds."""
    custom: dict[str, str | None] = {}
    added = form.get("custom_name", "").strip(), form.get("custom_value", "")
    named = [
        (key.removeprefix(CUSTOM), text) for key, text in form.items() if key.startswith(CUSTOM)
    ]
    if added[0] and added[1].strip():
        named.append(added)
    elif added[1].strip():
        errors["custom"] = ["The further field needs a name."]
    for name, text in named:
        try:
            read = _reader_of(2000)
            custom[_reader_of(100)(name)] = read(text.replace("\r\n", "\n").strip()) or None
        except ValueError as error:
            errors["custom"] = [f"{name[:40]}: {error}"]
    return custom
