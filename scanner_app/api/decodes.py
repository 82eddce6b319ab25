"""POST /api/v1/decodes: every symbol in a picture, and what it means. Nothing is recorded."""

from __future__ import annotations

import base64
from typing import Any

from flask import g, request
from flask.views import MethodView
from marshmallow import Schema, fields

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.register.identify import IdentifierSchema, ThingSchema
from scanner_app.decoding.codes.parts import PartKind, sort_parts
from scanner_app.decoding.codes.read import read_code
from scanner_app.decoding.picture.decode import Decoded
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.uploads import decode_upload
from scanner_app.queries.register.describe import describe_readings
from scanner_app.storage.database import reading

blueprint = Blueprint(
    "decodes", __name__, url_prefix="/api/v1/decodes", description="Codes in pictures."
)


class PartSchema(Schema):
    kind = fields.Enum(PartKind, by_value=True, required=True)
    value = fields.String(required=True)


class SymbolSchema(Schema):
    text = fields.String(required=True)
    bytes_base64 = fields.String(required=True)
    symbology = fields.String(required=True)
    aim = fields.String(
        allow_none=True,
        required=True,
        metadata={
            "description": "The AIM identifier (ISO/IEC 15424). Put that of GS1 data, such as"
            " `]C1`, before the text if you send it as a scan."
        },
    )
    add_on = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "The two or five digits beside an EAN or UPC."},
    )
    problem = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "What is wrong with it as a label; `secret`: never show it."},
    )
    polygon = fields.List(fields.List(fields.Float()), required=True)
    identifier = fields.Nested(IdentifierSchema, allow_none=True)
    kind = fields.String(required=True)
    asset = fields.Nested(ThingSchema, allow_none=True)
    location = fields.Nested(ThingSchema, allow_none=True)
    person = fields.Nested(ThingSchema, allow_none=True)
    parts = fields.List(
        fields.Nested(PartSchema),
        required=True,
        metadata={
            "description": "What the code holds of a device, for its fields: a tag, a serial"
            " number, a model number. `other` may be any of them."
        },
    )


class DecodedSchema(Schema):
    symbols = fields.List(fields.Nested(SymbolSchema), required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    elapsed_ms = fields.Float(required=True)


@blueprint.route("")
class Decodes(MethodView):
    @allow(Action.DECODE)
    @blueprint.doc(
        summary="Read the codes in a picture",
        requestBody={
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["image"],
                        "properties": {"image": {"type": "string", "format": "binary"}},
                    }
                }
            },
        },
    )
    @blueprint.response(200, DecodedSchema)
    @blueprint.alt_response(413, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(429, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(503, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(507, schema=ProblemSchema, content_type="application/problem+json")
    def post(self) -> dict[str, Any]:
        """Return every symbol in a picture once, in the coordinates of the upright picture.

        Each user or token may have two pictures decoded at once; more get 429 with Retry-After.
        """
        files = request.files.getlist("image")
        if len(files) != 1:
            raise Invalid(
                "Send one picture in the multipart field `image`.",
                errors={"image": ["Missing." if not files else "Send one picture at a time."]},
                code="one_image",
            )
        return describe_picture(decode_upload(files[0].read()))


def describe_picture(decoded: Decoded) -> dict[str, Any]:
    """Return a decoded picture in the form of the API, each symbol with its meaning."""
    rules = tag_rules()
    readings = [
        read_code(symbol.code, symbology=symbol.symbology, rules=rules)
        for symbol in decoded.symbols
    ]
    with reading() as session:
        described = describe_readings(session, readings=readings, at=g.now)
    parts = sort_parts(readings, [symbol.symbology for symbol in decoded.symbols], rules)
    symbols = [
        {
            "text": symbol.text,
            "bytes_base64": base64.b64encode(symbol.bytes).decode(),
            "symbology": symbol.symbology,
            "aim": symbol.aim,
            "add_on": symbol.add_on,
            "problem": reading_.problem,
            "polygon": [list(point) for point in symbol.polygon],
            "identifier": meaning["identifier"],
            "kind": meaning["kind"],
            "asset": meaning["asset"],
            "location": meaning["location"],
            "person": meaning["person"],
            "parts": [part._asdict() for part in held],
        }
        for symbol, reading_, meaning, held in zip(
            decoded.symbols, readings, described, parts, strict=True
        )
    ]
    return {
        "symbols": symbols,
        "width": decoded.width,
        "height": decoded.height,
        "elapsed_ms": decoded.elapsed_ms,
    }
