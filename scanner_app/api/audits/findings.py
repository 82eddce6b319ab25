"""The findings of an audit, and the decisions about their proposals."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import ValidationError

from scanner_app.api import ProblemSchema, flatten
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.schemas import (
    DecisionInput,
    FindingListSchema,
    FindingQuery,
    FindingSchema,
)
from scanner_app.api.register.assets import NewAsset
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.report_columns import ReportedFinding, to_api
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.findings import FindingFilter, list_findings
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reported import load_reported
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.files.json_values import to_json_values
from scanner_app.storage.database import reading, transact


@blueprint.route("/<id:audit_id>/findings")
class Findings(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List findings")
    @blueprint.arguments(FindingQuery, location="query")
    @blueprint.response(200, FindingListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List the findings of an audit."""
        states = [FindingState(query["state"])] if "state" in query else []
        with reading() as session:
            audit = get_audit(session, audit_id)
            require_not_blind(audit, require_actor())
            limit = query["limit"]
            rows = list_findings(
                session,
                audit_id,
                FindingFilter(states=states),
                after_id=query.get("cursor"),
                limit=limit + 1,
            )
            items = [_show(reported) for reported in load_reported(session, rows[:limit])]
        return {
            "items": items,
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }


@blueprint.route("/<id:audit_id>/findings/<id:finding_id>")
class OneFinding(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Decide about a finding")
    @blueprint.arguments(DecisionInput)
    @blueprint.response(200, FindingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """Accept or reject what a finding proposes.

        A missing asset that was scanned outside the audit proposes nothing: it is decided with
        `present` or `mark_missing`, and a reason. An unknown label may be `foreign`, with a reason.
        """
        actor, now = require_actor(), g.now
        asset = read_asset_fields(body["asset"])
        transact(
            lambda session: decide_findings(
                session,
                audit_id=audit_id,
                finding_ids=[finding_id],
                decision=Decision(body["decision"]),
                reason=body["reason"],
                asset=asset,
                actor=actor,
                now=now,
            )
        )
        return show_one(audit_id, finding_id)


def show_one(audit_id: int, finding_id: int) -> dict[str, Any]:
    """Return one finding as the API writes it."""
    with reading() as session:
        [row] = list_findings(session, audit_id, FindingFilter(ids=[finding_id]))
        return _show(load_reported(session, [row])[0])


def _show(reported: ReportedFinding) -> dict[str, Any]:
    return {**to_api(reported), "asset_now": reported.finding.asset_tag_now}


def read_asset_fields(raw: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the fields of an asset to register, by the same schema as POST /assets.

    :raises Invalid: a field cannot be used.
    """
    if raw is None:
        return None
    try:
        return to_json_values(NewAsset().load(raw))
    except ValidationError as error:
        raise Invalid(
            "Some fields cannot be used.", errors=flatten({"asset": error.messages})
        ) from error
