"""The shapes of costs in the API. Amounts are decimal texts."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from scanner_app.api.body import SafeText
from scanner_app.domain.costs.expenses import CostOfOwnership, ExpenseKind, ExpenseSource
from scanner_app.domain.costs.shares import Share
from scanner_app.domain.money import MAX_AMOUNT_LENGTH, is_currency, show_money
from scanner_app.queries.costs.lists import ListedExpense
from scanner_app.queries.costs.roadmap import DueRow, Roadmap
from scanner_app.services.costs.expenses import MAX_NOTE
from scanner_app.services.costs.rates import MAX_DIGITS, is_rate

KINDS = [one.value for one in ExpenseKind]
MAX_RATES = 1000
FIRST_YEAR, LAST_YEAR = 1970, 9999


def _limit() -> fields.Integer:
    return fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))


class CostShareSchema(Schema):
    """What an asset bears of a term of a contract, or of a licence."""

    contract = fields.String(required=True, allow_none=True)
    term = fields.Integer(required=True, allow_none=True)
    licence = fields.String(required=True, allow_none=True)
    days = fields.Integer(required=True)
    of_days = fields.Integer(required=True)
    of_amount = fields.String(required=True)
    amount = fields.String(required=True)


class CostsSchema(Schema):
    """What an asset has cost by today, in the currency of the organisation."""

    asset = fields.String(required=True)
    on = fields.Date(required=True)
    currency = fields.String(required=True)
    total = fields.String(required=True)
    per_month = fields.String(required=True)
    months = fields.Integer(required=True)
    by_kind = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    contracts = fields.String(required=True)
    licences = fields.String(required=True)
    passed_on = fields.String(
        required=True,
        metadata={"description": "Of a licence: what assets with a seat bear of it."},
    )
    shares = fields.List(fields.Nested(CostShareSchema), required=True)
    without_rate = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many amounts of each currency are left out."},
    )


class ValueQuery(Schema):
    on = fields.Date(metadata={"description": "Default: today."})


class BookValueSchema(Schema):
    asset = fields.String(required=True)
    on = fields.Date(required=True)
    value = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    cost = fields.String(required=True, allow_none=True)
    bought_on = fields.Date(required=True, allow_none=True)
    rule = fields.String(required=True, allow_none=True)
    method = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, metadata={"description": "Why there is no value."})


class ExpenseQuery(Schema):
    asset = SafeText(limit=255)
    kind = fields.String(validate=validate.OneOf(KINDS))
    since = fields.Date()
    until = fields.Date()
    limit = _limit()
    cursor = SafeText(limit=2000)


class NewExpense(Schema):
    """An expense of an asset. Sent again with its id, it is added once."""

    id = fields.UUID(required=True)
    asset = SafeText(limit=255, required=True, blank=False)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    on = fields.Date(required=True)
    amount = SafeText(
        limit=MAX_AMOUNT_LENGTH,
        required=True,
        metadata={"description": "Decimal text, such as 75.00; proceeds are positive too."},
    )
    currency = SafeText(limit=3, metadata={"description": "Default: that of the organisation."})
    note = SafeText(limit=MAX_NOTE, load_default="")


class ExpenseSchema(Schema):
    id = fields.UUID(required=True)
    asset = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    on = fields.Date(required=True)
    amount = fields.String(required=True)
    currency = fields.String(required=True)
    source = fields.String(
        required=True, validate=validate.OneOf([one.value for one in ExpenseSource])
    )
    note = fields.String(required=True)
    task = fields.String(required=True, allow_none=True)
    order = fields.String(required=True, allow_none=True)
    added_by = fields.String(required=True)
    is_withdrawn = fields.Boolean(required=True)


class ExpenseListSchema(Schema):
    items = fields.List(fields.Nested(ExpenseSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RateQuery(Schema):
    currency = SafeText(limit=3)
    since = fields.Date()
    until = fields.Date()
    limit = _limit()
    cursor = SafeText(limit=2000)


class RateSchema(Schema):
    """How many units of a currency one unit of the base bought on a day."""

    currency = SafeText(limit=3, required=True, blank=False)
    on = fields.Date(required=True)
    per_base = SafeText(
        limit=MAX_DIGITS, required=True, metadata={"description": "Decimal text above 0."}
    )

    @validates("currency")
    def _check_currency(self, value: str, **_kwargs: Any) -> None:
        if not is_currency(value):
            raise ValidationError("Enter three letters, such as USD.")

    @validates("per_base")
    def _check_rate(self, value: str, **_kwargs: Any) -> None:
        if not is_rate(value):
            raise ValidationError("Enter a number above 0.")


class RatesInput(Schema):
    items = fields.List(
        fields.Nested(RateSchema), required=True, validate=validate.Length(min=1, max=MAX_RATES)
    )


class RatesKept(Schema):
    changed = fields.Integer(required=True)


class RateListSchema(Schema):
    base = fields.String(required=True)
    items = fields.List(fields.Nested(RateSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RoadmapQuery(Schema):
    first = fields.Integer(data_key="from", validate=validate.Range(min=FIRST_YEAR, max=LAST_YEAR))
    last = fields.Integer(data_key="to", validate=validate.Range(min=FIRST_YEAR, max=LAST_YEAR))


class RoadmapYearSchema(Schema):
    year = fields.Integer(required=True)
    assets = fields.Integer(required=True)
    without_price = fields.Integer(required=True)
    cost = fields.String(required=True)
    by_category = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class RoadmapSchema(Schema):
    """The budget years; `made_at` says when that of a large register was computed."""

    currency = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True, allow_none=True)
    without_day = fields.Integer(required=True)
    items = fields.List(fields.Nested(RoadmapYearSchema), required=True)


class DueQuery(Schema):
    limit = _limit()


class DueAssetSchema(Schema):
    asset = fields.String(required=True)
    category = fields.String(required=True)
    due = fields.Date(required=True)
    why = fields.String(required=True)
    cost = fields.String(required=True, allow_none=True)
    points = fields.Integer(required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    decision = fields.String(required=True)


class DueListSchema(Schema):
    year = fields.Integer(required=True)
    assets = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True, allow_none=True)
    items = fields.List(fields.Nested(DueAssetSchema), required=True)


def show_total(total: CostOfOwnership) -> dict[str, Any]:
    """Return the sums of a total as JSON has them."""
    return {
        "total": show_money(total.total),
        "per_month": show_money(total.per_month),
        "months": total.months,
        "by_kind": {kind.value: show_money(cents) for kind, cents in total.by_kind.items()},
        "contracts": show_money(total.contracts),
        "licences": show_money(total.licences),
        "passed_on": show_money(total.passed_on),
        "without_rate": total.without_rate,
    }


def show_share(share: Share) -> dict[str, Any]:
    """Return a share as JSON has it."""
    is_contract = share.term is not None
    return {
        "contract": share.ref if is_contract else None,
        "term": share.term,
        "licence": None if is_contract else share.ref,
        "days": share.weight,
        "of_days": share.whole,
        "of_amount": show_money(share.spent),
        "amount": show_money(share.cents),
    }


def show_expense(one: ListedExpense) -> dict[str, Any]:
    """Return an expense as JSON has it."""
    row = one.row
    return {
        "id": row.uuid,
        "asset": one.asset_tag,
        "kind": row.kind.value,
        "on": row.on,
        "amount": show_money(row.cents),
        "currency": row.currency,
        "source": row.source.value,
        "note": row.note,
        "task": row.task or None,
        "order": row.order or None,
        "added_by": row.actor_name,
        "is_withdrawn": row.is_withdrawn,
    }


def show_year(roadmap: Roadmap, year: int) -> dict[str, Any]:
    """Return what falls due in a budget year as JSON has it."""
    by_category = roadmap.years[year]
    return {
        "year": year,
        "assets": roadmap.counts[year],
        "without_price": roadmap.unpriced.get(year, 0),
        "cost": show_money(sum(by_category.values())),
        "by_category": {name: show_money(cents) for name, cents in sorted(by_category.items())},
    }


def show_due(row: DueRow) -> dict[str, Any]:
    """Return one thing that falls due as JSON has it."""
    return {
        "asset": row.asset_tag,
        "category": row.category,
        "due": row.due,
        "why": row.reason.value,
        "cost": None if row.cents is None else show_money(row.cents),
        "points": row.points,
        "reasons": {sign.label: sign.points for sign in row.signs},
        "decision": row.decision,
    }
