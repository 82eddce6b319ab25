"""Audits of one scope over time."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow
from scanner_app.queries.audits.seeing.trends import list_closed, load_trend
from scanner_app.storage.database import reading


class TrendsQuery(Schema):
    audit = fields.Integer(
        load_default=None, validate=validate.Range(min=1, max=MAX_ID),
        metadata={"description": "Audits of the scope of this one, else of the newest."},
    )  # fmt: skip


class LossSchema(Schema):
    currency = fields.String(required=True)
    missing_cents = fields.Integer(required=True)
    expected_cents = fields.Integer(required=True)
    shrinkage = fields.Float(required=True, allow_none=True)


class FiguresSchema(Schema):
    audit = fields.Integer(required=True)
    name = fields.String(required=True)
    closed_at = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    accuracy = fields.Dict(
        keys=fields.String(), values=fields.Float(allow_none=True), required=True
    )
    discrepancies_per_100 = fields.Float(required=True, allow_none=True)
    losses = fields.List(
        fields.Nested(LossSchema), required=True,
        metadata={"description": "The value of what was accepted as missing, by currency."},
    )  # fmt: skip
    minutes_per_place = fields.Float(required=True, allow_none=True)


class ChangesSchema(Schema):
    both_expected = fields.Integer(required=True)
    missing_again = fields.List(fields.String(), required=True)
    found_again = fields.List(fields.String(), required=True)
    newly_missing = fields.List(fields.String(), required=True)


class OffenderSchema(Schema):
    """Worse than its audit in two audits running: the lower bounds lie above the audits' rates."""

    by = fields.String(required=True)
    name = fields.String(required=True)
    wrong = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    lower = fields.Float(required=True)
    wrong_before = fields.Integer(required=True)
    expected_before = fields.Integer(required=True)
    lower_before = fields.Float(required=True)


class TrendsSchema(Schema):
    audits = fields.List(fields.Nested(FiguresSchema), required=True)
    changes = fields.Nested(
        ChangesSchema, required=True, allow_none=True,
        metadata={"description": "Between the newest two; null where there is one."},
    )  # fmt: skip
    repeat_offenders = fields.List(fields.Nested(OffenderSchema), required=True)


@blueprint.route("/trends")
class Trends(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="Compare the closed audits of one scope")
    @blueprint.arguments(TrendsQuery, location="query")
    @blueprint.response(200, TrendsSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return figures of the newest twelve, what changed since, and what is wrong each time."""
        with reading() as session:
            closed = list_closed(session)
            wanted = query["audit"]
            shown = next((one for one in closed if wanted in (None, one.id)), None)
            if shown is None and wanted is not None:
                raise NotFound(f"There is no closed audit {wanted}.")
            same = [one for one in closed if shown and one.scope == shown.scope]
            trend = load_trend(session, same)
        return {
            "audits": [one.to_json() for one in trend.figures],
            "changes": trend.changes.to_json() if trend.changes else None,
            "repeat_offenders": [one.to_json() for one in trend.offenders],
        }
