"""GET, POST and PATCH /api/v1/locations: the tree of locations."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, post_load, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.register.fields import AssetCodeSchema, PageQuery, codes_of
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow
from scanner_app.queries.register import locations as queries
from scanner_app.queries.register.locations import LocationRow
from scanner_app.services.register.locations import create_location, edit_location
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "locations", __name__, url_prefix="/api/v1/locations", description="The tree of locations."
)


class LocationInput(Schema):
    """The fields that a program may set. Any other field is refused as unknown."""

    code = SafeText(limit=64, blank=False)
    name = SafeText(limit=200, blank=False)
    kind = SafeText(limit=40)
    parent = SafeText(
        limit=64, allow_none=True, metadata={"description": "The code of the outer location."}
    )
    is_active = fields.Boolean(truthy={True}, falsy={False})
    latitude = fields.Float(
        allow_none=True,
        validate=validate.Range(-90, 90),
        metadata={"description": "In degrees, north is positive; with `longitude`, or neither."},
    )
    longitude = fields.Float(
        allow_none=True,
        validate=validate.Range(-180, 180),
        metadata={"description": "In degrees, east is positive."},
    )
    identifiers = fields.List(fields.Nested(AssetCodeSchema), validate=validate.Length(max=50))

    @post_load
    def _to_pairs(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        if "identifiers" in data:
            # The list of identifiers also contains the location's code, but only the field `code`
            # changes it.
            data["identifiers"] = [
                item for item in data["identifiers"] if item["scheme"] != "location_code"
            ]
        return codes_of(data)


class NewLocation(LocationInput):
    code = SafeText(limit=64, allow_none=True)
    name = SafeText(limit=200, blank=False, required=True)


class LocationSchema(Schema):
    """A location."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(AssetCodeSchema), required=True)


class LocationListSchema(Schema):
    items = fields.List(fields.Nested(LocationSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_location(row: LocationRow) -> dict[str, Any]:
    """Return a location in the form of the API."""
    return {
        **{name: getattr(row, name) for name in LocationSchema().fields if name != "identifiers"},
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in row.identifiers],
    }


@blueprint.route("")
class Locations(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List locations")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, LocationListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List locations by code."""
        with reading() as session:
            found = queries.list_locations(
                session,
                query=query.get("q", ""),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_location(row) for row in found.rows], "next": found.next}

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Create a location")
    @blueprint.arguments(NewLocation)
    @blueprint.response(201, LocationSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Create a location. Without a code, one is made from its name."""
        fields_of_it = ("name", "code", "kind", "parent", "latitude", "longitude")
        values = {name: body[name] for name in fields_of_it if name in body}
        codes = body.get("identifiers", ())
        location_id = transact(lambda s: create_location(s, **values, identifiers=codes, now=g.now))
        with reading() as session:
            return show_location(queries.get_location_by_id(session, location_id))


@blueprint.route("/<path:code>")
class OneLocation(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a location")
    @blueprint.response(200, LocationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, code: str) -> dict[str, Any]:
        """Get one location by its code."""
        with reading() as session:
            return show_location(queries.get_location(session, code))

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Change a location")
    @blueprint.arguments(LocationInput)
    @blueprint.response(200, LocationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], code: str) -> dict[str, Any]:
        """Rename a location, or move it into another one."""
        location_id = transact(lambda s: edit_location(s, code=code, values=body, now=g.now))
        with reading() as session:
            return show_location(queries.get_location_by_id(session, location_id))
