"""The board of an audit that is counted, whole each time."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.rounds.steps import PlaceState
from scanner_app.edge.audits.board import current_board
from scanner_app.edge.guard import allow, require_actor


class LiveQuery(Schema):
    have = SafeText(
        limit=64, load_default="",
        metadata={"description": "The revision that you have: 204 as long as it is the newest."},
    )  # fmt: skip


class BoardPlaceSchema(Schema):
    location = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in PlaceState]))
    round = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    seen = fields.Integer(required=True)
    people = fields.List(
        fields.String(), required=True,
        metadata={"description": "Who scanned there in the last five minutes."},
    )  # fmt: skip


class BoardFindingSchema(Schema):
    finding = fields.Integer(required=True)
    state = fields.String(required=True)
    thing = fields.String(required=True, metadata={"description": "Its tag, or its code."})
    recorded_location = fields.String(required=True, allow_none=True)
    seen_location = fields.String(required=True, allow_none=True)
    seen_at = fields.AwareDateTime(required=True)


class BoardSchema(Schema):
    """What a desk that watches an audit sees. Each answer is whole: nothing can be missed."""

    revision = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    seen_lately = fields.Integer(
        required=True,
        metadata={"description": "Expected assets first seen within the last half hour."},
    )
    unseen = fields.Integer(
        required=True,
        metadata={"description": "Still to be seen, in locations that are not signed off."},
    )
    per_minute = fields.Float(
        required=True, allow_none=True,
        metadata={"description": "Null below five in the last half hour."},
    )  # fmt: skip
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    places = fields.List(fields.Nested(BoardPlaceSchema), required=True)
    newest = fields.List(fields.Nested(BoardFindingSchema), required=True)


@blueprint.route("/<id:audit_id>/live")
class Live(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="Watch an audit while it is counted")
    @blueprint.arguments(LiveQuery, location="query")
    @blueprint.response(200, BoardSchema)
    @blueprint.alt_response(204, description="Nothing has changed.")
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> Response | dict[str, Any]:
        """Return the board, or 204 where `have` is its revision: made again after 2 s."""
        _, board = current_board(audit_id, require_actor(), now=g.now)
        if query["have"] == board.revision:
            return make_response("", 204)
        return board.to_json()
