"""What a form says of a licence, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Invalid
from scanner_app.domain.licences.metrics import (
    MAX_CORES,
    MAX_PRODUCT,
    MAX_SEATS,
    METRICS,
    Metric,
    hint_of,
)
from scanner_app.domain.text import is_storable
from scanner_app.services.contracts.fields import Errors, read_price

DAYS = ("starts_on", "ends_on", "maintained_until", "termination_on")


@dataclass(frozen=True, slots=True)
class LicenceFields:
    """A licence as a form describes it.

    :param key_hint: None: as before.
    """

    product: str
    key_hint: str | None
    metric: Metric
    seats: int
    min_free: int
    min_cores: int
    starts_on: date | None
    ends_on: date | None
    maintained_until: date | None
    termination_on: date | None
    reassignable: bool
    allows_overuse: bool
    unit_price_cents: int | None
    currency: str | None


def read_licence(values: Mapping[str, str], *, currency: str = "") -> LicenceFields:
    """Return what the texts of a form say.

    :param currency: of a price that names none.
    :raises Invalid: a text cannot be used; each field is named.
    """
    errors: Errors = {}
    product = " ".join(values.get("product", "").split())
    if not product or len(product) > MAX_PRODUCT or not is_storable(product):
        errors["product"] = [f"Name the product, in 1 to {MAX_PRODUCT} characters."]
    key = values.get("product_key", "").strip()
    if key and (len(key) > MAX_PRODUCT or not is_storable(key)):
        errors["product_key"] = [f"Use at most {MAX_PRODUCT} characters."]
    metric = values.get("metric", "") or Metric.USER.value
    if metric not in METRICS:
        errors["metric"] = ["Choose one of the list."]
    days = {name: read_day(values, name, errors) for name in DAYS}
    starts_on, ends_on = days["starts_on"], days["ends_on"]
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        errors["ends_on"] = ["This is before its first day."]
    seats = read_count(values, "seats", MAX_SEATS, errors)
    if not values.get("seats", "").strip():
        errors["seats"] = ["Say how many seats were bought."]
    min_free = read_count(values, "min_free", MAX_SEATS, errors)
    min_cores = read_count(values, "min_cores", MAX_CORES, errors)
    price, unit = read_price(
        {"price": values.get("unit_price", ""), "currency": values.get("currency", "")},
        errors,
        currency=currency,
    )
    if "price" in errors:
        errors["unit_price"] = errors.pop("price")
    if errors:
        raise Invalid("This licence cannot be saved. Check the fields.", errors=errors)
    return LicenceFields(
        product=product,
        key_hint=hint_of(key) if key else None,
        metric=Metric(metric),
        seats=seats,
        min_free=min_free,
        min_cores=min_cores,
        starts_on=starts_on,
        ends_on=ends_on,
        maintained_until=days["maintained_until"],
        termination_on=days["termination_on"],
        reassignable=values.get("reassignable", "on") == "on",
        allows_overuse=values.get("allows_overuse", "") == "on",
        unit_price_cents=price,
        currency=unit,
    )


def read_count(
    values: Mapping[str, str], name: str, most: int, errors: Errors, *, least: int = 0
) -> int:
    """Return a whole number of a form, 0 where it has none."""
    text = values.get(name, "").strip()
    if not text:
        return 0
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not least <= int(text) <= most:
        errors[name] = [f"Give a whole number from {least} to {most:,}."]
        return 0
    return int(text)
