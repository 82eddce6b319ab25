"""Unknown labels that belong to an asset: matched, listed, undone."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.findings import show_one
from scanner_app.api.audits.schemas import FindingSchema, ListQuery
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.matches import MatchRow, list_matches
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.reconciling.match import match_label, unmatch_label
from scanner_app.storage.database import reading, transact


class MatchInput(Schema):
    asset = SafeText(
        required=True, limit=64, blank=False, metadata={"description": "The asset's tag."}
    )
    becomes_code = fields.Boolean(
        load_default=True,
        truthy={True},
        falsy={False},
        metadata={
            "description": "Closing makes the label a code of the asset; false if it is replaced."
        },
    )
    note = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)


class MatchSchema(Schema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    asset = fields.String(required=True)
    asset_now = fields.String(required=True)
    becomes_code = fields.Boolean(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    note = fields.String(required=True, allow_none=True)


class MatchListSchema(Schema):
    items = fields.List(fields.Nested(MatchSchema), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.route("/<id:audit_id>/findings/<id:finding_id>/match")
class Match(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Match an unknown label with its asset")
    @blueprint.arguments(MatchInput)
    @blueprint.response(200, FindingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """Match an unknown label with its asset, and return that asset's finding.

        Its scans are sightings of the asset from then on, and the finding of the label is gone.
        """
        actor, now = require_actor(), g.now
        found_id = transact(
            lambda session: match_label(
                session,
                audit_id=audit_id,
                finding_id=finding_id,
                asset_tag=body["asset"],
                becomes_code=body["becomes_code"],
                note=body["note"],
                actor=actor,
                now=now,
            )
        )
        return show_one(audit_id, found_id)


@blueprint.route("/<id:audit_id>/matches")
class Matches(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List unknown labels that were matched with assets")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, MatchListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List the matches of an audit, oldest first."""
        limit = query["limit"]
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), require_actor())
            rows = list_matches(session, audit_id, after_id=query.get("cursor"), limit=limit + 1)
        return {
            "items": [_show(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }


@blueprint.route("/<id:audit_id>/matches/<id:match_id>")
class OneMatch(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Undo a match")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, audit_id: int, match_id: int) -> None:
        """Undo a match: the label is unknown again."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: unmatch_label(
                session, audit_id=audit_id, match_id=match_id, actor=actor, now=now
            )
        )


def _show(row: MatchRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "asset": row.asset_tag,
        "asset_now": row.asset_tag_now,
        "becomes_code": row.becomes_code,
        "by": row.by,
        "at": row.at,
        "note": row.note,
    }
