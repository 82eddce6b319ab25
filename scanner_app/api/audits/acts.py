"""The acts of an audit and of one finding: who did what, and when."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.schemas import ListQuery
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.acts import ActRow, list_acts
from scanner_app.queries.audits.findings import require_finding
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading


class ActSchema(Schema):
    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True)
    actor = fields.String(required=True, metadata={"description": "The account or token."})
    actor_name = fields.String(required=True)
    person = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Who is behind it; null for a program that nobody owns."},
    )
    role = fields.String(required=True, allow_none=True)
    about = fields.Dict(keys=fields.String(), required=True)
    text = fields.String(required=True, allow_none=True)
    findings = fields.Integer(required=True)
    message = fields.String(required=True)


class ActListSchema(Schema):
    items = fields.List(fields.Nested(ActSchema), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.route("/<id:audit_id>/acts")
class Acts(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List what was done in an audit")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ActListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List the acts of an audit, oldest first."""
        return _list(audit_id, query)


@blueprint.route("/<id:audit_id>/findings/<id:finding_id>/history")
class FindingHistory(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List what was done about a finding")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ActListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """List the acts that are about a finding, oldest first."""
        return _list(audit_id, query, finding_id)


def _list(audit_id: int, query: dict[str, Any], finding_id: int | None = None) -> dict[str, Any]:
    limit = query["limit"]
    with reading() as session:
        require_not_blind(get_audit(session, audit_id), require_actor())
        if finding_id is not None:
            require_finding(session, audit_id, finding_id)
        rows = list_acts(
            session,
            audit_id,
            finding_id=finding_id,
            after_id=query.get("cursor"),
            limit=limit + 1,
        )
    return {
        "items": [_show(row) for row in rows[:limit]],
        "next": str(rows[limit - 1].id) if len(rows) > limit else None,
    }


def _show(row: ActRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "kind": row.kind.value,
        "actor": row.actor,
        "actor_name": row.actor_name,
        "person": row.person_key,
        "role": row.role.value if row.role else None,
        "about": row.about,
        "text": row.text,
        "findings": row.findings,
        "message": row.sentence,
    }
