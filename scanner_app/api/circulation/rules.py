"""GET, POST, PUT and DELETE /api/v1/loan-rules: the rules of lending, and which one decides."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.circulation.loan_rules import Returns, Signature
from scanner_app.domain.circulation.rule_columns import RULE_COLUMNS, write_column
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.circulation.explain import explain
from scanner_app.queries.circulation.rule_rows import RuleRow, get_rule, list_rules
from scanner_app.queries.register.people import get_person
from scanner_app.services.circulation.rules import remove_rule, save_rule
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "loan-rules",
    __name__,
    url_prefix="/api/v1/loan-rules",
    description="Rules of lending: how long, how much and on which conditions things are lent.",
)


def _number(least: int, most: int) -> fields.Integer:
    return fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(min=least, max=min(most, MAX_ID))
    )


def _choice(kind: type[Signature | Returns]) -> fields.String:
    return fields.String(allow_none=True, validate=validate.OneOf([one.value for one in kind]))


class LoanRuleInput(Schema):
    """A rule. What is null or absent is left to a less specific rule."""

    place = SafeText(limit=200, allow_none=True)
    person_group = SafeText(limit=200, allow_none=True)
    category = SafeText(limit=200, allow_none=True)
    loan_days = _number(0, 3650)
    loan_hours = _number(1, 8760)
    due_at_hour = _number(0, 23)
    due_on = fields.Date(allow_none=True, format="iso")
    most_items = _number(0, 10_000)
    most_value_cents = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(min=0, max=10**12)
    )
    extensions = _number(0, 1000)
    extension_days = _number(1, 3650)
    grace_hours = _number(0, 8760)
    buffer_hours = _number(0, 8760)
    overdue_block_days = _number(0, 3650)
    signature = _choice(Signature)
    returns = _choice(Returns)


class LoanRuleSchema(LoanRuleInput):
    """A rule as it is kept. The default rule names no place, department or category."""

    id = fields.Integer(required=True)
    is_default = fields.Boolean(required=True)


class LoanRuleListSchema(Schema):
    items = fields.List(fields.Nested(LoanRuleSchema), required=True)


class ResolvedQuery(Schema):
    place = SafeText(limit=200)
    person = SafeText(limit=255)
    asset = SafeText(limit=255)


class DecidedSchema(Schema):
    column = fields.String(required=True)
    value = fields.String(required=True, metadata={"description": "In words."})
    rule = fields.Integer(required=True, allow_none=True)


class ResolvedSchema(Schema):
    """What holds for a place, a person and an asset, and which rule says so."""

    columns = fields.List(fields.Nested(DecidedSchema), required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    time_zone = fields.String(required=True)


def show_rule(row: RuleRow) -> dict[str, Any]:
    """Return a rule in the form of the API."""
    named = {"place": row.place, "person_group": row.person_group, "category": row.category}
    return {"id": row.id, "is_default": row.is_default, **named, **row.values}


def _texts(body: dict[str, Any]) -> dict[str, str]:
    named = {name: body.get(name) or "" for name in ("place", "person_group", "category")}
    return named | {name: write_column(name, body.get(name)) for name in RULE_COLUMNS}


@blueprint.route("")
class LoanRules(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List rules of lending")
    @blueprint.response(200, LoanRuleListSchema)
    def get(self) -> dict[str, Any]:
        """List all rules, the default first."""
        with reading() as session:
            return {"items": [show_rule(row) for row in list_rules(session)]}

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Add a rule of lending")
    @blueprint.arguments(LoanRuleInput)
    @blueprint.response(201, LoanRuleSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a rule for a place, a department or a category."""
        return _save(body, None)


@blueprint.route("/resolved")
class ResolvedRules(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Tell which rules decide")
    @blueprint.arguments(ResolvedQuery, location="query")
    @blueprint.response(200, ResolvedSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return what holds for a place, a person and an asset, with the deciding rules."""
        with reading() as session:
            found = explain(
                session,
                place=query.get("place", ""),
                person=get_person(session, query["person"]) if query.get("person") else None,
                asset_tag=query.get("asset", ""),
                zone=current_organisation().time_zone,
                now=g.now,
            )
        columns = [
            {"column": one.name, "value": one.value, "rule": one.rule_id} for one in found.columns
        ]
        return {"columns": columns, "due_at": found.due_at, "time_zone": found.zone}


@blueprint.route("/<id:rule_id>")
class OneLoanRule(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a rule of lending")
    @blueprint.response(200, LoanRuleSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, rule_id: int) -> dict[str, Any]:
        """Get one rule."""
        with reading() as session:
            return show_rule(get_rule(session, rule_id))

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Replace a rule of lending")
    @blueprint.arguments(LoanRuleInput)
    @blueprint.response(200, LoanRuleSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], rule_id: int) -> dict[str, Any]:
        """Replace a rule. What the body leaves out says nothing from then on."""
        return _save(body, rule_id)

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Delete a rule of lending")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, rule_id: int) -> None:
        """Delete a rule. The default rule stays."""
        actor = require_actor()
        transact(lambda s: remove_rule(s, rule_id=rule_id, actor=actor, now=g.now))


def _save(body: dict[str, Any], rule_id: int | None) -> dict[str, Any]:
    actor, texts = require_actor(), _texts(body)
    saved = transact(lambda s: save_rule(s, texts=texts, actor=actor, now=g.now, rule_id=rule_id))
    with reading() as session:
        return show_rule(get_rule(session, saved))
