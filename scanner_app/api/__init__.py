"""The JSON API under /api/v1: one module for each noun. A view translates and calls a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask_smorest
from flask import Flask, Request, request
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser

from scanner_app.api.body import parse_json
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.numbers import RowIdConverter

JSON_LIMIT = 5_000_000


class ProblemSchema(Schema):
    """RFC 9457 problem+json."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    request_id = fields.String()


class OptionalBody(Schema):
    """A body that may be left out: a call that had none at first still works without."""


class Parser(FlaskParser):
    """Read JSON with our own parser, and answer its refusals with our own problem documents."""

    DEFAULT_VALIDATION_STATUS = 422

    def load_json(self, req: Request, schema: Schema) -> Any:
        if not req.is_json and not req.content_length and isinstance(schema, OptionalBody):
            return {}
        if not req.is_json:
            raise Invalid("Send the body as application/json.", code="not_json")
        return parse_json(req.get_data(cache=False), limit=JSON_LIMIT)

    def handle_error(  # type: ignore[override] # webargs types the answer as NoReturn per framework
        self,
        error: Any,
        req: Request,  # noqa: ARG002 - webargs' own signature
        schema: Schema,  # noqa: ARG002 - webargs' own signature
        *,
        error_status_code: int | None,  # noqa: ARG002 - always 422
        error_headers: Mapping[str, str] | None,  # noqa: ARG002 - none are set
    ) -> None:
        raise Invalid("Some fields cannot be used.", errors=flatten(error.messages)) from error


def flatten(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages as one list for each field, such as ``scans.0.code``."""
    if isinstance(messages, dict):
        flat: dict[str, list[str]] = {}
        for key, value in messages.items():
            # The first level only names where the value came from: json, query or files.
            name = str(key) if not prefix else f"{prefix}.{key}"
            at_top = not prefix and key in {"json", "query", "form", "files", "headers"}
            flat.update(flatten(value, "" if at_top else name))
        return flat
    texts = messages if isinstance(messages, list) else [messages]
    return {prefix or "body": [str(text) for text in texts]}


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = Parser()


class Api(flask_smorest.Api):
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to the one table of the application."""


def init_app(app: Flask) -> None:
    """Mount every noun under /api/v1, its description at openapi.json and as a page at docs."""
    from scanner_app.api import description, probes
    from scanner_app.edge.guard import public

    app.config.update(
        API_TITLE="scanner-app",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Physical audits of IT assets by barcode and RFID."},
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"bearer": []}],
        },
    )
    api = Api(app)
    api.register_converter(RowIdConverter, describe_row_id)
    from scanner_app.api import blueprints

    for blueprint in blueprints.ALL:
        api.register_blueprint(blueprint)
    probes.init_app(app)
    describe = app.view_functions["api-docs.openapi_json"]

    @public
    def openapi() -> Any:
        return describe()

    app.view_functions["api-docs.openapi_json"] = openapi
    description.init_app(app, api.spec)


def describe_row_id(_converter: RowIdConverter) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": MAX_ID}


def wants_json() -> bool:
    """Return whether this request gets its answer in the form of the API."""
    return request.path.startswith("/api/") or request.path in {"/healthz", "/readyz", "/metrics"}
