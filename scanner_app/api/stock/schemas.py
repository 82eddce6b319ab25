"""How stock items, levels and moves are written in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from scanner_app.api.body import SafeText
from scanner_app.api.register.fields import Money, PageQuery
from scanner_app.domain.money import show_money
from scanner_app.domain.stock.items import MAX_CODE, MAX_NAME, MAX_QUANTITY, StockClass
from scanner_app.queries.stock.items import ItemRow
from scanner_app.queries.stock.moves import LevelRow, MoveRow, RuleRow, show_account

CLASSES = [one.value for one in StockClass]


class PackCodeSchema(Schema):
    """A code besides the item's own; `quantity` is how many pieces it stands for."""

    code = SafeText(limit=MAX_CODE, required=True, blank=False)
    quantity = fields.Integer(
        strict=True, load_default=1, validate=validate.Range(min=1, max=MAX_QUANTITY)
    )
    location = SafeText(
        limit=64,
        allow_none=True,
        load_default=None,
        metadata={"description": "Of the label of a bin: the location that it names too."},
    )


class StockItemInput(Schema):
    """The fields that a program may set. Any other field is refused as unknown."""

    code = SafeText(limit=MAX_CODE, blank=False)
    name = SafeText(limit=MAX_NAME, blank=False)
    stock_class = fields.String(validate=validate.OneOf(CLASSES))
    category = SafeText(limit=MAX_NAME, allow_none=True)
    manufacturer = SafeText(limit=MAX_NAME)
    unit = SafeText(limit=20, metadata={"description": "Such as box; empty for pieces."})
    returns = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "Whether its pieces come back."}
    )
    lead_days = fields.Integer(strict=True, allow_none=True)
    safety_quantity = fields.Integer(strict=True)
    supplier = SafeText(limit=MAX_NAME)
    supplier_code = SafeText(limit=100)
    pack_quantity = fields.Integer(strict=True)
    unit_cost = Money(attribute="unit_cost_cents", allow_none=True)
    currency = SafeText(limit=3, allow_none=True)
    notes = SafeText(limit=2000, multiline=True)
    is_active = fields.Boolean(truthy={True}, falsy={False})
    codes = fields.List(fields.Nested(PackCodeSchema), validate=validate.Length(max=20))

    @post_load
    def _no_nulls(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {**data, "currency": data["currency"] or ""} if "currency" in data else data


class NewStockItem(StockItemInput):
    name = SafeText(limit=MAX_NAME, blank=False, required=True)
    stock_class = fields.String(required=True, validate=validate.OneOf(CLASSES))


class StockRuleInput(Schema):
    """A minimum and a target; without a location, of the item as a whole."""

    location = SafeText(limit=64, allow_none=True, load_default=None)
    min_quantity = fields.Integer(strict=True, allow_none=True, load_default=None)
    target_quantity = fields.Integer(strict=True, allow_none=True, load_default=None)


class AdjustmentInput(Schema):
    """A correction by hand. The same `id` again changes nothing."""

    id = fields.UUID(required=True)
    location = SafeText(limit=64, required=True, blank=False)
    difference = fields.Integer(
        strict=True, required=True, validate=validate.Range(min=-MAX_QUANTITY, max=MAX_QUANTITY)
    )
    reason = SafeText(limit=500, required=True, blank=False)


class StockRuleSchema(Schema):
    location = fields.String(required=True, allow_none=True)
    min_quantity = fields.Integer(required=True, allow_none=True)
    target_quantity = fields.Integer(required=True, allow_none=True)
    is_low = fields.Boolean(required=True)
    episode = fields.Integer(
        required=True, metadata={"description": "How often it became low so far."}
    )


class StockSummarySchema(Schema):
    """A stock item of a list; `level` lies at locations, `held` is with people and in assets."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    stock_class = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    level = fields.Integer(required=True)
    held = fields.Integer(required=True)
    least = fields.Integer(required=True, allow_none=True)
    target = fields.Integer(required=True, allow_none=True)
    is_low = fields.Boolean(required=True)
    is_contested = fields.Boolean(
        required=True, metadata={"description": "A late move found too little: count it."}
    )


class StockListSchema(Schema):
    items = fields.List(fields.Nested(StockSummarySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class StockItemSchema(Schema):
    """A stock item with its codes and its minimums."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    stock_class = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    manufacturer = fields.String(required=True)
    unit = fields.String(required=True)
    returns = fields.Boolean(required=True)
    lead_days = fields.Integer(required=True, allow_none=True)
    safety_quantity = fields.Integer(required=True)
    supplier = fields.String(required=True)
    supplier_code = fields.String(required=True)
    pack_quantity = fields.Integer(required=True)
    unit_cost = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    notes = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    codes = fields.List(fields.Nested(PackCodeSchema), required=True)
    rules = fields.List(fields.Nested(StockRuleSchema), required=True)


class StockQuery(PageQuery):
    low = fields.Boolean()
    contested = fields.Boolean()
    stock_class = fields.String(validate=validate.OneOf(CLASSES))
    location = SafeText(limit=64)
    sort = fields.String(load_default="name")


class LevelQuery(Schema):
    item = SafeText(limit=MAX_CODE)
    location = SafeText(limit=64)
    limit = fields.Integer(load_default=100, strict=False, validate=validate.Range(min=1, max=500))
    cursor = SafeText(limit=2000)


class MoveQuery(Schema):
    limit = fields.Integer(load_default=100, strict=False, validate=validate.Range(min=1, max=500))
    cursor = SafeText(limit=2000)


class LevelSchema(Schema):
    """How many pieces of an item a location, a person or an asset has."""

    code = fields.String(required=True)
    holder_kind = fields.String(required=True)
    holder = fields.String(required=True)
    holder_name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    counted_at = fields.AwareDateTime(required=True, allow_none=True)
    contested_at = fields.AwareDateTime(required=True, allow_none=True)


class LevelListSchema(Schema):
    items = fields.List(fields.Nested(LevelSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class MoveSchema(Schema):
    """A move, or a count with what was expected."""

    act = fields.String(required=True)
    quantity = fields.Integer(required=True)
    expected = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True)
    target = fields.String(required=True)
    used_for = fields.String(required=True, allow_none=True)
    effective_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    actor = fields.String(required=True)
    is_undone = fields.Boolean(required=True)
    is_undo = fields.Boolean(required=True)
    is_in_count = fields.Boolean(required=True)
    scan_id = fields.UUID(required=True, allow_none=True)


class MoveListSchema(Schema):
    items = fields.List(fields.Nested(MoveSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_item(item: ItemRow, rules: list[RuleRow]) -> dict[str, Any]:
    """Return an item in the form of the API."""
    shown = {name: getattr(item, name, None) for name in StockItemSchema().fields}
    cost = item.unit_cost_cents
    shown["stock_class"] = item.stock_class.value
    shown["unit_cost"] = show_money(cost) if cost is not None else None
    shown["codes"] = [
        {"code": one.value, "quantity": one.quantity, "location": one.bin_code}
        for one in item.codes
    ]
    names = StockRuleSchema().fields
    shown["rules"] = [{name: getattr(rule, name) for name in names} for rule in rules]
    return shown


def show_level(row: LevelRow) -> dict[str, Any]:
    """Return a level in the form of the API."""
    return {
        "code": row.code,
        "holder_kind": row.kind.value,
        "holder": row.ref,
        "holder_name": row.name,
        "quantity": row.quantity,
        "counted_at": row.counted_at,
        "contested_at": row.contested_at,
    }


def show_move(row: MoveRow) -> dict[str, Any]:
    """Return a move or a count in the form of the API."""
    shown = {name: getattr(row, name, None) for name in MoveSchema().fields}
    return {
        **shown,
        "act": row.act.value,
        "source": show_account(row.source),
        "target": show_account(row.target),
        "used_for": row.for_name,
        "actor": row.actor_name,
    }
