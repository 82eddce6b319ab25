"""The shapes of licences in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.licences.metrics import MAX_CORES, MAX_PRODUCT, MAX_SEATS, Metric
from scanner_app.domain.money import MAX_AMOUNT_LENGTH, show_money
from scanner_app.queries.licences.licences import LicenceRow
from scanner_app.services.licences.software import MAX_PRODUCTS

METRICS = [one.value for one in Metric]


def _count(most: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(min=0, max=most), **kwargs)


class LicenceQuery(Schema):
    q = SafeText(limit=200, load_default="")
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = SafeText(limit=2000)


class LicenceInput(Schema):
    """A licence. A change names what it changes; the rest stays."""

    product = SafeText(limit=MAX_PRODUCT, blank=False)
    product_key = SafeText(
        limit=MAX_PRODUCT, metadata={"description": "Only its last five characters are kept."}
    )
    metric = fields.String(validate=validate.OneOf(METRICS))
    seats = _count(MAX_SEATS)
    min_free = _count(MAX_SEATS)
    min_cores = _count(MAX_CORES)
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True, metadata={"description": "null: perpetual."})
    maintained_until = fields.Date(allow_none=True)
    termination_on = fields.Date(allow_none=True)
    reassignable = fields.Boolean()
    allows_overuse = fields.Boolean()
    unit_price = SafeText(limit=MAX_AMOUNT_LENGTH, allow_none=True)
    currency = SafeText(limit=3, allow_none=True)
    accept_overuse = fields.Boolean(
        load_default=False, metadata={"description": "Fewer seats than are given are right."}
    )


class NewLicence(LicenceInput):
    """A licence to be added: an asset of kind software."""

    asset_tag = SafeText(limit=64, metadata={"description": "Empty: the next one."})
    supplier = SafeText(limit=200)
    product = SafeText(limit=MAX_PRODUCT, blank=False, required=True)
    seats = _count(MAX_SEATS, required=True)


class SeatInput(Schema):
    """Whom a seat is for: a person by number, or an asset by tag."""

    person = SafeText(limit=64, load_default="")
    asset = SafeText(limit=255, load_default="")
    quantity = fields.Integer(load_default=1, validate=validate.Range(min=1, max=MAX_SEATS))


class SeatSchema(Schema):
    id = fields.Integer(required=True)
    person = fields.String(required=True, allow_none=True)
    asset = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)
    last_used_on = fields.Date(required=True, allow_none=True)
    is_unused = fields.Boolean(required=True)


class LicenceSchema(Schema):
    asset_tag = fields.String(required=True)
    product = fields.String(required=True)
    key_hint = fields.String(required=True)
    metric = fields.String(required=True, validate=validate.OneOf(METRICS))
    seats = fields.Integer(required=True)
    given = fields.Integer(required=True)
    free = fields.Integer(required=True)
    over = fields.Integer(required=True)
    min_free = fields.Integer(required=True)
    min_cores = fields.Integer(required=True)
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    maintained_until = fields.Date(required=True, allow_none=True)
    termination_on = fields.Date(required=True, allow_none=True)
    reassignable = fields.Boolean(required=True)
    allows_overuse = fields.Boolean(required=True)
    unit_price = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    supplier = fields.String(required=True, allow_none=True)


class LicenceListSchema(Schema):
    items = fields.List(fields.Nested(LicenceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class LicenceDetailSchema(LicenceSchema):
    """A licence with who has its seats."""

    seat_holders = fields.List(fields.Nested(SeatSchema), required=True)


class PositionQuery(Schema):
    on = fields.Date(metadata={"description": "Default: today."})


class PositionSchema(Schema):
    product = fields.String(required=True)
    metric = fields.String(required=True, validate=validate.OneOf(METRICS))
    entitled = fields.Integer(required=True)
    assigned = fields.Integer(required=True)
    installed = fields.Integer(required=True)
    need = fields.Integer(required=True)
    free = fields.Integer(required=True)
    shortfall = fields.Integer(required=True)
    true_up = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)


class PositionListSchema(Schema):
    items = fields.List(fields.Nested(PositionSchema), required=True)


class InstalledInput(Schema):
    name = SafeText(limit=MAX_PRODUCT, blank=False, required=True)
    publisher = SafeText(limit=MAX_PRODUCT, load_default="")
    version = SafeText(limit=MAX_PRODUCT, load_default="")
    cores = fields.Integer(allow_none=True, validate=validate.Range(min=1, max=MAX_CORES))
    last_used_on = fields.Date(allow_none=True)


class InstallationsInput(Schema):
    """All that a device has installed: what is not named is taken for gone."""

    source = SafeText(limit=40, blank=False, required=True)
    items = fields.List(
        fields.Nested(InstalledInput), required=True, validate=validate.Length(max=MAX_PRODUCTS)
    )


class InstallationSchema(Schema):
    name = fields.String(required=True)
    publisher = fields.String(required=True)
    version = fields.String(required=True)
    cores = fields.Integer(required=True, allow_none=True)
    first_seen_on = fields.Date(required=True)
    last_seen_on = fields.Date(required=True)
    last_used_on = fields.Date(required=True, allow_none=True)
    source = fields.String(required=True)


class InstallationListSchema(Schema):
    items = fields.List(fields.Nested(InstallationSchema), required=True)


def show_licence(row: LicenceRow) -> dict[str, Any]:
    """Return a licence as programs read it."""
    names = (
        "asset_tag", "product", "key_hint", "metric", "seats", "given", "free", "over", "min_free",
        "min_cores", "starts_on", "ends_on", "maintained_until", "termination_on", "reassignable",
        "allows_overuse", "currency", "supplier",
    )  # fmt: skip
    price = None if row.unit_price_cents is None else show_money(row.unit_price_cents)
    return {**{name: getattr(row, name) for name in names}, "unit_price": price}


def read_texts(body: dict[str, Any], base: LicenceRow | None = None) -> dict[str, str]:
    """Return what a body says as the texts of a form; what it leaves out is as in `base`."""
    start = show_licence(base) if base else {}
    return {name: _write(value) for name, value in {**start, **body}.items()}


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else str(value)
