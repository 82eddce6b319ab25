"""Consignments for programs: open one and read how far each is. Scans pack them (POST /scans)."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.disposal.consignments import (
    METHODS,
    Confirmed,
    ConsignmentState,
    ItemDecision,
)
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.disposal.consignments import (
    ConsignmentRow,
    get_consignment,
    list_consigned,
    page_consignments,
)
from scanner_app.services.disposal.consignments import open_consignment
from scanner_app.services.disposal.shared import MAX_WORDS
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "consignments", __name__, url_prefix="/api/v1", description="What leaves together."
)


def _one_of(kind: Any, **rules: Any) -> fields.String:
    return fields.String(validate=validate.OneOf([one.value for one in kind]), **rules)


class NewConsignment(Schema):
    """A consignment to one recipient. The same `id` again opens nothing."""

    id = fields.UUID(required=True)
    method = _one_of(METHODS, required=True)
    recipient = SafeText(limit=MAX_WORDS, required=True, blank=False)
    carrier = SafeText(limit=MAX_WORDS, load_default="")
    pickup_on = fields.Date(allow_none=True)
    scheme = SafeText(
        limit=MAX_WORDS,
        load_default="",
        metadata={"description": "What the recipient is certified by, such as R2v3."},
    )
    scheme_number = SafeText(limit=MAX_WORDS, load_default="")
    scheme_ends_on = fields.Date(allow_none=True)


class ConsignedSchema(Schema):
    code = fields.String(required=True)
    asset = fields.String(required=True, allow_none=True)
    serial_number = fields.String(required=True, allow_none=True)
    box = fields.String(required=True, allow_none=True)
    weight_g = fields.Integer(required=True, allow_none=True)
    is_out = fields.Boolean(required=True)
    confirmed = _one_of(Confirmed, required=True, allow_none=True)
    decision = _one_of(ItemDecision, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class ConsignmentSummarySchema(Schema):
    number = fields.String(required=True)
    state = _one_of(ConsignmentState, required=True)
    method = _one_of(METHODS, required=True)
    recipient = fields.String(required=True)
    carrier = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    certificate = fields.String(required=True, allow_none=True)


class ConsignmentSchema(ConsignmentSummarySchema):
    """A consignment with what is in it, and what only the recipient's list has."""

    items = fields.List(fields.Nested(ConsignedSchema), required=True)


class ConsignmentListSchema(Schema):
    items = fields.List(fields.Nested(ConsignmentSummarySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ConsignmentQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


def _summarize(row: ConsignmentRow) -> dict[str, Any]:
    names = ("number", "recipient", "carrier", "count", "opened_at", "closed_at", "certificate")
    return {
        **{name: getattr(row, name) for name in names},
        "state": row.state.value,
        "method": row.method.value,
    }


def _show(session: Session, number: str) -> dict[str, Any]:
    row = get_consignment(session, number)
    items = [
        {
            "code": one.code,
            "asset": one.asset_tag,
            "serial_number": one.serial_number,
            "box": one.box,
            "weight_g": one.weight_g,
            "is_out": one.out_at is not None,
            "confirmed": one.confirmed and one.confirmed.value,
            "decision": one.decision and one.decision.value,
            "reason": one.reason,
        }
        for one in list_consigned(session, row.id)
    ]
    return {**_summarize(row), "items": items}


@blueprint.route("/consignments")
class Consignments(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List consignments")
    @blueprint.arguments(ConsignmentQuery, location="query")
    @blueprint.response(200, ConsignmentListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List consignments, the oldest first."""
        limit = query["limit"]
        with reading() as session:
            rows = page_consignments(session, after_id=query.get("cursor"), limit=limit + 1)
        more = len(rows) > limit
        return {
            "items": [_summarize(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if more else None,
        }

    @allow(Action.DISPOSE)
    @blueprint.doc(summary="Open a consignment")
    @blueprint.arguments(NewConsignment)
    @blueprint.response(201, ConsignmentSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Open a consignment. Scans with intent `pack` and its number as `task` fill it."""
        actor = require_actor()
        values = {name: str(value) for name, value in body.items() if value is not None}

        def add(session: Session) -> dict[str, Any]:
            number = open_consignment(session, values, uuid=body["id"], actor=actor, now=g.now)
            return _show(session, f"C{number}")

        return transact(add)


@blueprint.route("/consignments/<number>")
class OneConsignment(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a consignment")
    @blueprint.response(200, ConsignmentSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get one consignment by its number, with what is in it."""
        with reading() as session:
            return _show(session, number)
