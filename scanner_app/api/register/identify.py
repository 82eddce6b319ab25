"""GET /api/v1/identify: what a code means. Changes nothing."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.new_scan import Refused, parse_code
from scanner_app.edge.guard import allow
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.queries.register.describe import describe_code
from scanner_app.storage.database import reading

blueprint = Blueprint(
    "identify", __name__, url_prefix="/api/v1/identify", description="What a code means."
)


class CodeQuery(Schema):
    code = fields.String(required=True, metadata={"maxLength": 4096, "minLength": 1})
    symbology = SafeText(limit=40)


class IdentifierSchema(Schema):
    scheme = fields.String(required=True)
    value = fields.String(required=True)


class ThingSchema(Schema):
    """One item that a code may mean."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    asset_tag = fields.String()
    code = fields.String()
    number = fields.String(allow_none=True)
    status = fields.String()
    location = fields.String(allow_none=True)
    location_name = fields.String(allow_none=True)
    custodian = fields.String(allow_none=True)
    quantity = fields.Integer(metadata={"description": "Of a stock item: pieces in that pack."})


class IdentifySchema(Schema):
    identifier = fields.Nested(IdentifierSchema, allow_none=True, required=True)
    kind = fields.String(required=True)
    asset = fields.Nested(ThingSchema, allow_none=True)
    location = fields.Nested(ThingSchema, allow_none=True)
    person = fields.Nested(ThingSchema, allow_none=True)
    stock_item = fields.Nested(ThingSchema)
    kit = fields.Nested(ThingSchema)
    task = fields.Nested(ThingSchema, allow_none=True)
    options = fields.List(fields.Nested(ThingSchema))
    text = fields.String()
    problem = fields.String(allow_none=True)


@blueprint.route("")
class Identify(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Look up what a code means")
    @blueprint.arguments(CodeQuery, location="query")
    @blueprint.response(200, IdentifySchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return what a code means. Changes nothing."""
        try:
            code = parse_code(query["code"])
        except Refused as error:
            raise Invalid("The code cannot be read.", errors={"code": [str(error)]}) from None
        with reading() as session:
            return describe_code(
                session,
                code=code,
                symbology=query.get("symbology"),
                rules=tag_rules(),
                at=g.now,
            )
