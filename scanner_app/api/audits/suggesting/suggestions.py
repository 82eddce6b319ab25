"""What rules suggest in an audit, and decisions about many findings at once."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.schemas import FilterSchema, ListQuery
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.suggesting.rules import SUGGESTS
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.findings import list_finding_ids
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.wanted import read_wanted
from scanner_app.queries.audits.suggesting.facts import list_suggested
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.audits.suggesting.take import take_suggestions
from scanner_app.storage.database import reading, transact

MAX_IDS = 1000


class SuggestionSchema(Schema):
    finding = fields.Integer(required=True)
    suggest = fields.String(required=True, validate=validate.OneOf(list(SUGGESTS)))
    rule = fields.String(required=True, metadata={"description": "Name and version."})
    why = fields.String(required=True)
    alone = fields.Boolean(
        required=True, metadata={"description": "Taken one at a time, never among many."}
    )


class SuggestionListSchema(Schema):
    items = fields.List(fields.Nested(SuggestionSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class ManyFilter(FilterSchema):
    """Which findings are meant; what is left out asks for nothing."""


class ManyInput(Schema):
    """Which findings, by `ids` or by `filter`, and how: `decision`, or what a `rule` suggests."""

    ids = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, MAX_ID)),
        validate=validate.Length(1, MAX_IDS),
    )
    filter = fields.Nested(ManyFilter)
    decision = fields.String(validate=validate.OneOf([one.value for one in Decision]))
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)
    rule = SafeText(
        limit=120, metadata={"description": "As `rule` of a suggestion: `Same building v1`."}
    )


class ManySchema(Schema):
    decided = fields.Integer(required=True)


@blueprint.route("/<id:audit_id>/suggestions")
class Suggestions(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List what rules suggest")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, SuggestionListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List what the active rules suggest of findings that nobody decided."""
        limit = query["limit"]
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), require_actor())
            found = list_suggested(session, audit_id, after_id=query.get("cursor"), limit=limit + 1)
        return {
            "items": [
                {
                    "finding": id_,
                    "suggest": one.rule.suggest,
                    "rule": one.rule.label,
                    "why": one.why,
                    "alone": one.is_alone,
                }
                for id_, one in found[:limit]
            ],
            "next": str(found[limit - 1][0]) if len(found) > limit else None,
        }


@blueprint.route("/<id:audit_id>/decisions")
class Decisions(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Decide about many findings")
    @blueprint.arguments(ManyInput)
    @blueprint.response(200, ManySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Decide about findings with one reason, or as a rule suggests. All or none.

        What somebody has decided by now is left out. An unknown label is added one at a time.
        """
        _require_one(body, "ids", "filter")
        _require_one(body, "decision", "rule")
        who: dict[str, Any] = {"audit_id": audit_id, "actor": require_actor(), "now": g.now}

        def carry_out(session: Session) -> int:
            ids, asked = body.get("ids"), None
            if ids is None:
                wanted = read_wanted(session, body["filter"], undecided="rule" not in body)
                ids, asked = list_finding_ids(session, audit_id, wanted), wanted.show(session)
            if "rule" in body:
                return take_suggestions(
                    session, finding_ids=ids, rule=body["rule"], asked=asked, **who
                )
            decision = Decision(body["decision"])
            return decide_findings(
                session,
                finding_ids=ids,
                decision=decision,
                reason=body["reason"],
                only_open=True,
                asked=asked,
                **who,
            )

        return {"decided": transact(carry_out)}


def _require_one(body: dict[str, Any], one: str, other: str) -> None:
    """Raise unless a body names exactly one of two things.

    :raises Invalid: it names both, or neither.
    """
    if (one in body) == (other in body):
        text = f"Give either {one} or {other}."
        raise Invalid(text, errors={one: [text]})
