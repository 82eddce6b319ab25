"""The sealed records, oldest first, and one by its number."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.seals._blueprint import PROBLEM, blueprint
from scanner_app.domain.access.roles import Action
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow
from scanner_app.queries.seals.chain import SealRow, get_seal, list_seals
from scanner_app.storage.database import reading


class SealSchema(Schema):
    number = fields.Integer(required=True)
    kind = fields.String(required=True)
    audit = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True)
    previous_sha256 = fields.String(required=True, allow_none=True)
    signature = fields.String(required=True)
    key_id = fields.String(required=True)
    sealed_at = fields.AwareDateTime(required=True)


class SealListSchema(Schema):
    items = fields.List(fields.Nested(SealSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class SealQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(load_default=0, validate=validate.Range(min=0, max=MAX_ID))


@blueprint.route("")
class Seals(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List the sealed records")
    @blueprint.arguments(SealQuery, location="query")
    @blueprint.response(200, SealListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the sealed records by their numbers, from the first."""
        limit = query["limit"]
        with reading() as session:
            rows = list_seals(session, after=query["cursor"], limit=limit + 1)
        return {
            "items": [_show(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].number) if len(rows) > limit else None,
        }


@blueprint.route("/<id:number>")
class OneSeal(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="One sealed record")
    @blueprint.response(200, SealSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: int) -> dict[str, Any]:
        """Return one sealed record without its text, which is the report of its audit."""
        with reading() as session:
            return _show(get_seal(session, number))


def _show(row: SealRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind.value,
        "audit": row.audit_id,
        "sha256": row.sha256,
        "previous_sha256": row.previous_sha256,
        "signature": row.signature,
        "key_id": row.key_id,
        "sealed_at": row.sealed_at,
    }
