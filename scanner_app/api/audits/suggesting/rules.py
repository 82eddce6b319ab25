"""GET, POST and PATCH /api/v1/suggestion-rules: rules by which decisions are suggested."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.suggesting.fields import FIELDS, Op
from scanner_app.domain.audits.suggesting.rules import (
    MAX_CONDITIONS,
    MAX_NAME,
    MAX_REASON,
    SUGGESTS,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.suggesting.rules import RuleRow, get_rule, list_rules
from scanner_app.services.audits.suggesting.rules import add_rule, change_rule, set_rule_active
from scanner_app.storage.database import reading, transact

blueprint = Blueprint(
    "suggestion-rules",
    __name__,
    url_prefix="/api/v1/suggestion-rules",
    description="Rules by which decisions of an audit are suggested. A person takes a suggestion.",
)


class ConditionSchema(Schema):
    field = fields.String(required=True, validate=validate.OneOf(list(FIELDS)))
    op = fields.String(required=True, validate=validate.OneOf([op.value for op in Op]))
    value = fields.Raw(
        required=True,
        metadata={"description": "A text, a whole number, true or false; for `in` a list of them."},
    )


class RuleChange(Schema):
    """What is changed: a text makes the next version; `active` turns the newest on or off."""

    conditions = fields.List(
        fields.Nested(ConditionSchema), validate=validate.Length(1, MAX_CONDITIONS)
    )
    suggest = fields.String(validate=validate.OneOf(list(SUGGESTS)))
    reason = SafeText(limit=MAX_REASON, blank=False)
    active = fields.Boolean(truthy={True}, falsy={False})


class RuleInput(Schema):
    name = SafeText(required=True, limit=MAX_NAME, blank=False)
    conditions = fields.List(
        fields.Nested(ConditionSchema), required=True, validate=validate.Length(1, MAX_CONDITIONS)
    )
    suggest = fields.String(required=True, validate=validate.OneOf(list(SUGGESTS)))
    reason = SafeText(required=True, limit=MAX_REASON, blank=False)


class RuleSchema(RuleInput):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)


class RuleListSchema(Schema):
    items = fields.List(fields.Nested(RuleSchema), required=True)


def show_rule(row: RuleRow) -> dict[str, Any]:
    """Return a rule as the API writes it."""
    return {
        **row.rule.to_json(),
        "id": row.id,
        "active": row.is_active,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


@blueprint.route("")
class SuggestionRules(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List rules of suggestions")
    @blueprint.response(200, RuleListSchema)
    def get(self) -> dict[str, Any]:
        """List the newest version of each rule, in the order in which they are asked."""
        with reading() as session:
            return {"items": [show_rule(row) for row in list_rules(session)]}

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Add a rule of suggestions")
    @blueprint.arguments(RuleInput)
    @blueprint.response(201, RuleSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a rule. It suggests nothing until it is made active."""
        actor, now = require_actor(), g.now
        return show_rule(transact(lambda s: add_rule(s, **body, actor=actor, now=now)))


@blueprint.route("/<id:rule_id>")
class OneSuggestionRule(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Change a rule of suggestions")
    @blueprint.arguments(RuleChange)
    @blueprint.response(200, RuleSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], rule_id: int) -> dict[str, Any]:
        """Add the next version of a rule, or turn it on or off."""
        who: dict[str, Any] = {"actor": require_actor(), "now": g.now}
        is_active = body.pop("active", None)

        def carry_out(session: Any) -> RuleRow:
            row = get_rule(session, rule_id)
            if body:
                was = row.rule.to_json()
                text = {name: body.get(name, was[name]) for name in RULE_TEXT}
                row = change_rule(session, rule_id=rule_id, **text, **who)
            if is_active is not None:
                row = set_rule_active(session, rule_id=row.id, is_active=is_active, **who)
            return row

        return show_rule(transact(carry_out))


RULE_TEXT = ("conditions", "suggest", "reason")
