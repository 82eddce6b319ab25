"""How suppliers, orders and deliveries are written in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.api.register.fields import Money
from scanner_app.domain.money import show_money
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.procurement.deliveries import (
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
)
from scanner_app.domain.procurement.orders import LineKind, OrderState
from scanner_app.domain.procurement.suppliers import SupplierRole
from scanner_app.domain.scanning.new_scan import CONDITIONS
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.queries.procurement.deliveries import DeliveryRow, ReceiptRow
from scanner_app.queries.procurement.orders import LineRow, OrderRow
from scanner_app.queries.procurement.suppliers import SupplierRow
from scanner_app.services.register.fields import MAX_MONTHS

ORDER_STATES = [one.value for one in OrderState]
LINE_KINDS = [one.value for one in LineKind]
ROLES = [one.value for one in SupplierRole]
DECISIONS = [one.value for one in ReceiptDecision]


class CursorQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class OrderQuery(CursorQuery):
    state = fields.String(validate=validate.OneOf(ORDER_STATES))


class SchemeSchema(Schema):
    """A certificate of a supplier, such as R2v3, and the last day on which it holds."""

    scheme = SafeText(limit=200, required=True, blank=False)
    number = SafeText(limit=200, load_default="")
    ends_on = fields.Date(allow_none=True, load_default=None)


class SupplierInput(Schema):
    name = SafeText(limit=200, blank=False)
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)), validate=validate.Length(max=10)
    )
    contact = SafeText(limit=500, multiline=True)
    notes = SafeText(limit=2000, multiline=True)
    schemes = fields.List(fields.Nested(SchemeSchema), validate=validate.Length(max=20))


class NewSupplier(SupplierInput):
    name = SafeText(limit=200, required=True, blank=False)


class SupplierSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    contact = fields.String(required=True)
    notes = fields.String(required=True)
    schemes = fields.List(fields.Nested(SchemeSchema), required=True)


class SupplierListSchema(Schema):
    items = fields.List(fields.Nested(SupplierSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OrderInput(Schema):
    number = SafeText(limit=64, metadata={"description": "Empty for the next one of the year."})
    supplier = SafeText(limit=200, blank=False)
    currency = SafeText(limit=3)
    promised_on = fields.Date(allow_none=True)
    delivery_cost = Money(attribute="delivery_cents")
    notes = SafeText(limit=2000, multiline=True)


class NewOrder(OrderInput):
    """A draft. A supplier that is not known yet is added."""

    supplier = SafeText(limit=200, required=True, blank=False)
    currency = SafeText(limit=3, required=True)


class OrderLineInput(Schema):
    """A line of hardware names its model, one of stock its stock item, any other has a text.

    `model_code` is what the box says, a GTIN or a part number.
    """

    kind = fields.String(required=True, validate=validate.OneOf(LINE_KINDS))
    model = SafeText(limit=200)
    manufacturer = SafeText(limit=200)
    stock_item = SafeText(limit=64)
    text = SafeText(limit=200)
    model_code = SafeText(limit=64)
    quantity = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY)
    )
    unit_price = Money(attribute="unit_price_cents", required=True)
    warranty_months = fields.Integer(
        allow_none=True, strict=True, validate=validate.Range(min=0, max=MAX_MONTHS)
    )


class StepInput(Schema):
    reason = SafeText(limit=500, load_default="")


class OrderLineSchema(Schema):
    """`open` is what is not booked; `received` and `over` lie in deliveries that are not booked."""

    position = fields.Integer(required=True)
    kind = fields.String(required=True)
    what = fields.String(required=True)
    model_code = fields.String(required=True)
    quantity = fields.Integer(required=True)
    booked = fields.Integer(required=True)
    open = fields.Integer(required=True)
    received = fields.Integer(required=True)
    over = fields.Integer(required=True)
    unit_price = fields.String(required=True)
    warranty_months = fields.Integer(required=True, allow_none=True)
    spent = fields.String(required=True)


class OrderSchema(Schema):
    number = fields.String(required=True)
    supplier = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(ORDER_STATES))
    currency = fields.String(required=True)
    delivery_cost = fields.String(required=True)
    placed_on = fields.Date(required=True, allow_none=True)
    promised_on = fields.Date(required=True, allow_none=True)
    notes = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    total = fields.String(required=True)
    committed = fields.String(required=True)
    spent = fields.String(required=True)
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)


class OrderListSchema(Schema):
    items = fields.List(fields.Nested(OrderSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class NewDelivery(Schema):
    """The same `id` again returns the delivery that it started."""

    id = fields.UUID(required=True)
    location = SafeText(limit=64, required=True, blank=False)


class NewReceiptSchema(Schema):
    """What is on a box: the code of its product, or a serial number. The same id again is one."""

    scan_id = fields.UUID(required=True)
    code = SafeText(limit=4096, required=True, blank=False)
    line = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_ID))
    quantity = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY))
    label = SafeText(limit=64, metadata={"description": "The asset tag that was stuck on it."})
    condition = fields.String(validate=validate.OneOf(CONDITIONS))


class NewReceiptsSchema(Schema):
    receipts = fields.List(
        fields.Nested(NewReceiptSchema), required=True, validate=validate.Length(min=1, max=500)
    )


class ReceiptResultSchema(Schema):
    """What became of one code, as of a scan."""

    scan_id = fields.UUID(required=True)
    outcome = fields.String(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)


class ReceivedSchema(Schema):
    results = fields.List(fields.Nested(ReceiptResultSchema), required=True)
    delivery = fields.Nested("DeliverySchema", required=True)


class ReceiptInput(Schema):
    """A decision, or null to take it back; or the label that was stuck on it.

    `line` is the line that something not ordered belongs to; `as_new` makes another asset of what
    has a known serial number.
    """

    decision = fields.String(allow_none=True, validate=validate.OneOf(DECISIONS))
    reason = SafeText(limit=500, load_default="")
    line = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_ID))
    as_new = fields.Boolean(load_default=False)
    label = SafeText(limit=64)


class BookingInput(Schema):
    """`first_tag` is the tag of the first asset without a label; the others count up from it."""

    first_tag = SafeText(limit=64, load_default="")


class ReceiptSchema(Schema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    serial_number = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    line = fields.Integer(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    condition = fields.String(required=True, allow_none=True)
    state = fields.String(
        required=True, validate=validate.OneOf([one.value for one in ReceiptState])
    )
    decision = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([*DECISIONS, None])
    )
    reason = fields.String(required=True)
    is_booked = fields.Boolean(required=True)
    asset = fields.String(required=True, allow_none=True)


class LateScanSchema(Schema):
    code = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)


class DeliverySchema(Schema):
    number = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([one.value for one in DeliveryState])
    )
    order = fields.String(required=True)
    supplier = fields.String(required=True)
    location = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    undecided = fields.Integer(required=True)
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
    late = fields.List(fields.Nested(LateScanSchema), required=True)


class ExpectedLineSchema(Schema):
    position = fields.Integer(required=True)
    what = fields.String(required=True)
    has_serials = fields.Boolean(required=True)
    model_code = fields.String(required=True)
    key = fields.String(
        required=True, metadata={"description": "How codes of its product are compared."}
    )
    stock_item = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    open = fields.Integer(required=True, metadata={"description": "Pieces that are not booked."})
    before = fields.Integer(
        required=True, metadata={"description": "Pieces that came by other deliveries."}
    )
    serials = fields.List(
        fields.String(), required=True, metadata={"description": "Announced for the order."}
    )


class ExpectedReceiptSchema(Schema):
    serial = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    state = fields.String(required=True)
    stays = fields.Boolean(required=True)
    is_accepted = fields.Boolean(required=True)


class ExpectedSchema(Schema):
    """What a delivery still expects, and what came."""

    number = fields.String(required=True)
    order = fields.String(required=True)
    lines = fields.List(fields.Nested(ExpectedLineSchema), required=True)
    receipts = fields.List(fields.Nested(ExpectedReceiptSchema), required=True)


class BookedSchema(Schema):
    """How many assets a booking made."""

    assets = fields.Integer(required=True)
    delivery = fields.Nested(DeliverySchema, required=True)


def show_supplier(row: SupplierRow) -> dict[str, Any]:
    """Return a supplier in the form of the API."""
    return {
        "id": row.id,
        "name": row.name,
        "roles": [role.value for role in row.roles],
        "contact": row.contact,
        "notes": row.notes,
        "schemes": [
            {"scheme": one.scheme, "number": one.number, "ends_on": one.ends_on}
            for one in row.schemes
        ],
    }


def show_line(row: LineRow) -> dict[str, Any]:
    """Return a line in the form of the API."""
    return {
        "position": row.position,
        "kind": row.kind.value,
        "what": row.what,
        "model_code": row.model_code,
        "quantity": row.count.ordered,
        "booked": row.count.booked,
        "open": row.count.open,
        "received": row.count.received,
        "over": row.count.over,
        "unit_price": show_money(row.unit_price_cents),
        "warranty_months": row.warranty_months,
        "spent": show_money(row.spent_cents),
    }


def show_order(row: OrderRow) -> dict[str, Any]:
    """Return an order in the form of the API."""
    return {
        "number": row.number,
        "supplier": row.supplier,
        "state": row.state.value,
        "currency": row.currency,
        "delivery_cost": show_money(row.delivery_cents),
        "placed_on": row.placed_on,
        "promised_on": row.promised_on,
        "notes": row.notes,
        "reason": row.reason,
        "total": show_money(row.total_cents),
        "committed": show_money(row.committed_cents),
        "spent": show_money(row.spent_cents),
        "lines": [show_line(line) for line in row.lines],
    }


def show_receipt(row: ReceiptRow) -> dict[str, Any]:
    """Return a receipt in the form of the API."""
    return {
        "id": row.id,
        "code": row.code,
        "serial_number": row.serial,
        "quantity": row.quantity,
        "line": row.position,
        "label": row.label,
        "condition": row.condition,
        "state": row.state.value,
        "decision": row.decision.value if row.decision else None,
        "reason": row.reason,
        "is_booked": row.is_booked,
        "asset": row.asset_tag,
    }


def show_delivery(row: DeliveryRow) -> dict[str, Any]:
    """Return a delivery in the form of the API."""
    return {
        "number": row.number,
        "state": row.state.value,
        "order": row.order_number,
        "supplier": row.supplier,
        "location": row.location,
        "started_at": row.started_at,
        "closed_at": row.closed_at,
        "undecided": row.undecided,
        "lines": [show_line(line) for line in row.lines],
        "receipts": [show_receipt(one) for one in row.receipts],
        "late": [{"code": one.code, "at": one.at, "actor": one.actor_name} for one in row.late],
    }
