"""How requests, quotes and budgets are written in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.api.procurement.schemas import LINE_KINDS, CursorQuery
from scanner_app.api.register.fields import Money
from scanner_app.domain.money import show_money
from scanner_app.domain.procurement.approved import say_amount
from scanner_app.domain.procurement.quotes import Score, say_score
from scanner_app.domain.procurement.requests import ApprovalDecision, Purpose, RequestState
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.queries.procurement.budgets import BudgetRow
from scanner_app.queries.procurement.quotes import QuoteRow
from scanner_app.queries.procurement.requests import RequestRow
from scanner_app.services.procurement.look_at_request import Look

STATES = [one.value for one in RequestState]
PURPOSES = [one.value for one in Purpose]
DECISIONS = [one.value for one in ApprovalDecision]


class RequestQuery(CursorQuery):
    state = fields.String(validate=validate.OneOf(STATES))


class RequestInput(Schema):
    """What somebody needs. The first three are enough; `estimate` is for the whole quantity."""

    title = SafeText(limit=200, blank=False)
    quantity = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY))
    justification = SafeText(limit=2000, blank=False, multiline=True)
    estimate = Money(attribute="estimate_cents", allow_none=True)
    currency = SafeText(limit=3)
    kind = fields.String(validate=validate.OneOf(LINE_KINDS))
    model = SafeText(limit=200)
    manufacturer = SafeText(limit=200)
    needed_on = fields.Date(allow_none=True)
    requested_for = SafeText(limit=64, metadata={"description": "The number of a person."})
    purpose = fields.String(validate=validate.OneOf(PURPOSES))
    budget = SafeText(limit=100)
    replaces = SafeText(limit=64, metadata={"description": "The tag of the old one."})


class NewRequest(RequestInput):
    """`is_draft` keeps it until it is sent: POST /requests/{id}/submission."""

    title = SafeText(limit=200, required=True, blank=False)
    quantity = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY)
    )
    justification = SafeText(limit=2000, required=True, blank=False, multiline=True)
    is_draft = fields.Boolean(load_default=False)


class RequestDecisionInput(Schema):
    """A refusal needs a reason. With `amount`, it is refused if the price changed meanwhile."""

    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    reason = SafeText(limit=500, load_default="")
    amount = SafeText(
        limit=200, metadata={"description": "What you decide about, as the request's `amount`."}
    )


class RequestApprovalSchema(Schema):
    by = fields.String(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    reason = fields.String(required=True)
    at = fields.DateTime(required=True)
    amount = fields.String(required=True)


class QuoteInput(Schema):
    """`price` is for the whole quantity, all in. A supplier that is not known yet is added."""

    supplier = SafeText(limit=200, required=True, blank=False)
    price = Money(attribute="price_cents", required=True)
    currency = SafeText(limit=3, required=True)
    quality = fields.Integer(allow_none=True, strict=True, validate=validate.Range(min=1, max=5))
    warranty_months = fields.Integer(allow_none=True, strict=True)
    sla_hours = fields.Integer(allow_none=True, strict=True)
    delivery_days = fields.Integer(allow_none=True, strict=True)
    ends_on = fields.Date(allow_none=True)


class QuoteSchema(Schema):
    """`score` is of 100 points: 40 price, 30 quality, 15 warranty, 15 service."""

    id = fields.Integer(required=True)
    supplier = fields.String(required=True)
    price = fields.String(required=True)
    currency = fields.String(required=True)
    quality = fields.Integer(required=True, allow_none=True)
    warranty_months = fields.Integer(required=True, allow_none=True)
    sla_hours = fields.Integer(required=True, allow_none=True)
    delivery_days = fields.Integer(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    is_chosen = fields.Boolean(required=True)
    reason = fields.String(required=True)
    score = fields.String(required=True)


class FulfilmentInput(Schema):
    from_stock = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY)
    )


class RequestOrderInput(Schema):
    """What is left out comes from the chosen quote, else from the request.

    `order` is the number of a draft that takes the line; without it, a new order is written.
    """

    order = SafeText(limit=64)
    supplier = SafeText(limit=200)
    currency = SafeText(limit=3)
    quantity = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_QUANTITY))
    unit_price = Money(attribute="unit_price_cents")
    model = SafeText(limit=200)
    stock_item = SafeText(limit=64)
    model_code = SafeText(limit=64)


class RequestSchema(Schema):
    """`needed` approvals is what its amount asks for; `left` is neither given nor ordered."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    kind = fields.String(required=True, validate=validate.OneOf(LINE_KINDS))
    model = fields.String(required=True)
    quantity = fields.Integer(required=True)
    from_stock = fields.Integer(required=True)
    idle = fields.Integer(required=True, metadata={"description": "Of its model, in stock."})
    needed_on = fields.Date(required=True, allow_none=True)
    estimate = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    budget = fields.String(required=True)
    justification = fields.String(required=True)
    requested_for = fields.String(required=True)
    replaces = fields.String(required=True)
    asked_by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    asked_again_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when it comes to more than was approved."},
    )
    orders = fields.List(fields.String(), required=True)
    approvals = fields.List(fields.Nested(RequestApprovalSchema), required=True)


class RequestDetailSchema(RequestSchema):
    """`amount` is what it comes to, and `given` how many people approved that much.

    `is_short`: it was approved, and comes to more since; nothing of it is ordered until as many
    people as are `needed` approve that.
    """

    amount = fields.String(required=True)
    needed = fields.Integer(required=True)
    given = fields.Integer(required=True)
    is_short = fields.Boolean(required=True)
    left = fields.Integer(required=True)
    quotes = fields.List(fields.Nested(QuoteSchema), required=True)


class RequestListSchema(Schema):
    items = fields.List(fields.Nested(RequestSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class BudgetInput(Schema):
    """`ends_on` is the last day. `owner` is the e-mail address of a user."""

    name = SafeText(limit=100, blank=False)
    starts_on = fields.Date()
    ends_on = fields.Date()
    amount = Money(attribute="amount_cents")
    currency = SafeText(limit=3)
    category = SafeText(limit=255)
    owner = SafeText(limit=254)


class NewBudget(BudgetInput):
    name = SafeText(limit=100, required=True, blank=False)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    amount = Money(attribute="amount_cents", required=True)
    currency = SafeText(limit=3, required=True)


class LeftOutSchema(Schema):
    currency = fields.String(required=True)
    amounts = fields.Integer(required=True)


class BudgetSchema(Schema):
    """`left` is `amount` less `committed` and `spent`; amounts without a rate are left out."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    currency = fields.String(required=True)
    category = fields.String(required=True)
    owner = fields.String(required=True)
    amount = fields.String(required=True)
    reserved = fields.String(required=True)
    committed = fields.String(required=True)
    spent = fields.String(required=True)
    left = fields.String(required=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), required=True)


class BudgetListSchema(Schema):
    items = fields.List(fields.Nested(BudgetSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_request(row: RequestRow) -> dict[str, Any]:
    """Return a request as JSON has it in lists."""
    names = (
        *("id", "number", "title", "model", "quantity", "from_stock", "idle", "needed_on"),
        *("currency", "budget", "justification", "requested_for", "replaces", "reason"),
        "asked_again_at",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "state": row.state.value,
        "purpose": row.purpose.value,
        "kind": row.kind.value,
        "estimate": None if row.estimate_cents is None else show_money(row.estimate_cents),
        "asked_by": row.created_by,
        "orders": list(row.orders),
        "approvals": [
            {
                "by": one.actor_name,
                "decision": one.decision.value,
                "reason": one.reason,
                "at": one.at,
                "amount": one.amount,
            }
            for one in row.approvals
            if one.is_current
        ],
    }


def show_detail(
    row: RequestRow, look: Look, quotes: list[QuoteRow], scores: list[Score]
) -> dict[str, Any]:
    """Return a request as JSON has it alone."""
    return {
        **show_request(row),
        "amount": say_amount(look.amount),
        "needed": look.needed,
        "given": look.given,
        "is_short": look.is_short,
        "left": look.coverage.left,
        "quotes": [
            {
                **{name: getattr(one, name) for name in _QUOTE},
                "price": show_money(one.price_cents),
                "score": say_score(score.total),
            }
            for one, score in zip(quotes, scores, strict=True)
        ],
    }


def show_budget(row: BudgetRow) -> dict[str, Any]:
    """Return a budget as JSON has it."""
    names = ("id", "name", "starts_on", "ends_on", "currency", "category", "owner")
    sums = ("amount", "reserved", "committed", "spent", "left")
    return {
        **{name: getattr(row, name) for name in names},
        **{name: show_money(getattr(row.usage, name)) for name in sums},
        "left_out": [
            {"currency": currency, "amounts": count} for currency, count in row.usage.unknown
        ],
    }


_QUOTE = (
    *("id", "supplier", "currency", "quality", "warranty_months", "sla_hours", "delivery_days"),
    *("ends_on", "is_chosen", "reason"),
)
