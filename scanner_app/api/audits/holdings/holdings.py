"""Holdings of an audit for programs: list them, answer, decide."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.schemas import ListQuery
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.holdings.holdings import (
    HOLDING_PROPOSALS,
    MAX_QUANTITY,
    HoldingDecision,
    HoldingFlag,
    HoldingKind,
    HoldingState,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.holdings.holdings import HoldingRow, get_holding, list_holdings
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.services.audits.holdings.answer import (
    MAX_NOTE,
    HoldingAnswer,
    answer_holding,
    decide_holdings,
)
from scanner_app.services.audits.holdings.report_part import show_holding
from scanner_app.storage.database import reading, transact

HIDDEN = ("frozen_quantity", "holds", "counted", "recorded", "proposal", "note", "reason")
ONE_OF = validate.OneOf


class HoldingSchema(Schema):
    """What has no label: a licence, a cloud or data asset, or stock in one location."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=ONE_OF([*HoldingKind]))
    state = fields.String(required=True, validate=ONE_OF([*HoldingState]))
    flags = fields.List(fields.String(validate=ONE_OF([*HoldingFlag])), required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    location = fields.String(required=True, allow_none=True)
    custodian = fields.String(required=True, allow_none=True)
    frozen_quantity = fields.Integer(
        required=True, allow_none=True,
        metadata={"description": "Seats or pieces when the list was frozen."},
    )  # fmt: skip
    holds = fields.Boolean(required=True, allow_none=True)
    counted = fields.Integer(required=True, allow_none=True)
    recorded = fields.Integer(
        required=True, allow_none=True,
        metadata={"description": "What the books had when it was counted."},
    )  # fmt: skip
    note = fields.String(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    by_owner = fields.Boolean(required=True)
    proposal = fields.String(required=True, allow_none=True, validate=ONE_OF([*HOLDING_PROPOSALS]))
    decision = fields.String(required=True, allow_none=True, validate=ONE_OF([*HoldingDecision]))
    reason = fields.String(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class HoldingListSchema(Schema):
    items = fields.List(fields.Nested(HoldingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class HoldingAnswerInput(Schema):
    """What somebody says of a holding: it is there or not, and how many where that is counted."""

    holds = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    quantity = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_QUANTITY)
    )
    note = SafeText(limit=MAX_NOTE, multiline=True, load_default="")


class HoldingDecisionInput(Schema):
    decision = fields.String(required=True, validate=ONE_OF([*HoldingDecision]))
    reason = SafeText(limit=MAX_NOTE, multiline=True, load_default="")


def _show(audit: AuditRow, row: HoldingRow) -> dict[str, Any]:
    """Return a holding; who counts blind gets what is on the shelf, and no number."""
    shown = show_holding(row)
    shown |= {"answered_at": row.answered_at, "decided_at": row.decided_at}
    if may_see_expected(audit, require_actor()):
        return shown
    return shown | dict.fromkeys(HIDDEN) | {"state": HoldingState.OPEN.value, "flags": []}


def _show_one(audit_id: int, holding_id: int) -> dict[str, Any]:
    with reading() as session:
        audit, row = get_audit(session, audit_id), get_holding(session, audit_id, holding_id)
    return _show(audit, row)


@blueprint.route("/<id:audit_id>/holdings")
class Holdings(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List what an audit covers that has no label")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, HoldingListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List licences, cloud and data assets, and stock, with what people said of each."""
        limit = query["limit"]
        with reading() as session:
            audit = get_audit(session, audit_id)
            rows = list_holdings(
                session, audit_id, after_id=query.get("cursor", 0), limit=limit + 1
            )
        following = str(rows[limit - 1].id) if len(rows) > limit else None
        return {"items": [_show(audit, row) for row in rows[:limit]], "next": following}


@blueprint.route("/<id:audit_id>/holdings/<id:holding_id>/answers")
class HoldingAnswers(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="Answer for what has no label")
    @blueprint.arguments(HoldingAnswerInput)
    @blueprint.response(200, HoldingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int, holding_id: int) -> dict[str, Any]:
        """Record that it is there, or how many. The newest answer holds, and all are acts."""
        actor, now = require_actor(), g.now
        given = HoldingAnswer(body["holds"], body["quantity"], body["note"])
        transact(
            lambda session: answer_holding(
                session, audit_id=audit_id, holding_id=holding_id, given=given, actor=actor,
                now=now,
            )
        )  # fmt: skip
        return _show_one(audit_id, holding_id)


@blueprint.route("/<id:audit_id>/holdings/<id:holding_id>/decision")
class HoldingDecisions(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Accept or reject what an answer proposes")
    @blueprint.arguments(HoldingDecisionInput)
    @blueprint.response(200, HoldingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], audit_id: int, holding_id: int) -> dict[str, Any]:
        """Decide while the audit is reconciled; closing applies what was accepted."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: decide_holdings(
                session, audit_id=audit_id, holding_ids=[holding_id],
                decision=HoldingDecision(body["decision"]), reason=body["reason"], actor=actor,
                now=now,
            )
        )  # fmt: skip
        return _show_one(audit_id, holding_id)
