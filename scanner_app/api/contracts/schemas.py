"""The shapes of contracts in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.contracts.states import ContractKind, ContractState, Period, Renewal
from scanner_app.domain.contracts.terms import (
    MAX_NAME,
    MAX_NOTICE_DAYS,
    MAX_RENEWAL_MONTHS,
    MAX_SLA_HOURS,
)
from scanner_app.domain.money import MAX_AMOUNT_LENGTH, show_money
from scanner_app.queries.contracts.contracts import TermRow
from scanner_app.services.contracts.fields import MAX_NOTES

KINDS = [one.value for one in ContractKind]
STATES = [one.value for one in ContractState]
RENEWALS = [one.value for one in Renewal]
PERIODS = [one.value for one in Period]


def _money() -> SafeText:
    return SafeText(
        limit=MAX_AMOUNT_LENGTH,
        allow_none=True,
        metadata={"description": "Decimal text, such as 1200.00."},
    )


def _hours() -> fields.Integer:
    return fields.Integer(allow_none=True, validate=validate.Range(min=1, max=MAX_SLA_HOURS))


class ContractQuery(Schema):
    q = SafeText(limit=200, load_default="")
    kind = fields.String(validate=validate.OneOf(KINDS))
    state = fields.String(validate=validate.OneOf(STATES))
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = SafeText(limit=2000)


class ContractInput(Schema):
    """A contract with its newest term. A change names what it changes; the rest stays."""

    name = SafeText(limit=MAX_NAME, blank=False)
    kind = fields.String(validate=validate.OneOf(KINDS))
    supplier = SafeText(limit=MAX_NAME)
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True, metadata={"description": "null: open."})
    notice_days = fields.Integer(validate=validate.Range(min=0, max=MAX_NOTICE_DAYS))
    renewal = fields.String(validate=validate.OneOf(RENEWALS))
    renewal_months = fields.Integer(
        allow_none=True, validate=validate.Range(min=1, max=MAX_RENEWAL_MONTHS)
    )
    price = _money()
    period = fields.String(validate=validate.OneOf(PERIODS))
    currency = SafeText(limit=3, allow_none=True)
    sla_response_hours = _hours()
    sla_resolution_hours = _hours()
    owner = SafeText(
        limit=254,
        allow_none=True,
        metadata={"description": "The e-mail address of a user; null for nobody."},
    )
    notes = SafeText(limit=MAX_NOTES, multiline=True)


class NewContract(ContractInput):
    """A contract to be added, as a draft or active at once."""

    number = SafeText(limit=40, metadata={"description": "Empty: the next one."})
    name = SafeText(limit=MAX_NAME, blank=False, required=True)
    starts_on = fields.Date(required=True)
    state = fields.String(
        load_default=ContractState.ACTIVE.value, validate=validate.OneOf(["draft", "active"])
    )


class StateInput(Schema):
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    reason = SafeText(limit=MAX_NAME, load_default="")


class RenewalInput(Schema):
    """Until when it goes on, and its price; what is left out is as before."""

    ends_on = fields.Date()
    price = _money()
    currency = SafeText(limit=3)


class NoticeInput(Schema):
    reason = SafeText(limit=MAX_NAME, blank=False, required=True)


class CoverInput(Schema):
    assets = fields.List(
        SafeText(limit=255, blank=False), required=True, validate=validate.Length(min=1, max=1000)
    )
    from_on = fields.Date()
    until_on = fields.Date(allow_none=True)


class CoveredSchema(Schema):
    asset = fields.String(required=True)
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True, allow_none=True)


class CoveredListSchema(Schema):
    items = fields.List(fields.Nested(CoveredSchema), required=True)
    warnings = fields.List(fields.String(), required=True)


class TermSchema(Schema):
    number = fields.String(required=True)
    term = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    supplier = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    act_by = fields.Date(required=True, allow_none=True)
    is_undecided = fields.Boolean(required=True)
    notice_days = fields.Integer(required=True)
    renewal = fields.String(required=True, validate=validate.OneOf(RENEWALS))
    renewal_months = fields.Integer(required=True, allow_none=True)
    price = fields.String(required=True, allow_none=True)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    currency = fields.String(required=True, allow_none=True)
    sla_response_hours = fields.Integer(required=True, allow_none=True)
    sla_resolution_hours = fields.Integer(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    notes = fields.String(required=True)


class ContractSchema(TermSchema):
    """A contract by its newest term, with all its terms, the newest first."""

    terms = fields.List(fields.Nested(TermSchema), required=True)


class ContractListSchema(Schema):
    items = fields.List(fields.Nested(TermSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RenewalQuery(Schema):
    until = fields.Date(metadata={"description": "Default: 12 months from today."})


class RenewalListSchema(Schema):
    items = fields.List(fields.Nested(TermSchema), required=True)


def show_term(row: TermRow) -> dict[str, Any]:
    """Return a term as programs read it."""
    names = (
        "number", "term", "name", "kind", "supplier", "state", "starts_on", "ends_on", "act_by",
        "is_undecided", "notice_days", "renewal", "renewal_months", "period", "currency",
        "sla_response_hours", "sla_resolution_hours", "notes",
    )  # fmt: skip
    found = {name: getattr(row, name) for name in names}
    price = None if row.price_cents is None else show_money(row.price_cents)
    return {**found, "price": price, "owner": row.owner_email}


def read_texts(body: dict[str, Any], base: TermRow | None = None) -> dict[str, str]:
    """Return what a body says as the texts of a form; what it leaves out is as in `base`."""
    start = show_term(base) if base else {}
    return {name: "" if value is None else str(value) for name, value in {**start, **body}.items()}
