"""The findings of an audit, and the decisions about their proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from scanner_app.api import ProblemSchema, flatten
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.schemas import (
    CommentInput,
    FindingInput,
    FindingListSchema,
    FindingQuery,
    FindingSchema,
)
from scanner_app.api.register.assets import NewAsset
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.report_columns import ReportedFinding, to_api
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.findings import list_findings
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.wanted import FindingFilter, read_user, read_wanted
from scanner_app.queries.audits.reported import load_reported
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.audits.reconciling.discuss import assign_findings, comment_on
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
        with reading() as session:
            audit = get_audit(session, audit_id)
            require_not_blind(audit, require_actor())
            limit = query["limit"]
            wanted = read_wanted(session, query, undecided=query["undecided"])
            rows = list_findings(
                session,
                audit_id,
                wanted,
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
    @blueprint.doc(summary="Decide about a finding, or give it to somebody")
    @blueprint.arguments(FindingInput)
    @blueprint.response(200, FindingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """Accept or reject what a finding proposes, and say who clears it up until when.

        A missing asset that was scanned outside the audit proposes nothing: it is decided with
        `present` or `mark_missing`, and a reason. An unknown label may be `foreign`, with a reason.
        """
        actor, now = require_actor(), g.now
        asset = read_asset_fields(body["asset"])
        if not {"decision", "assignee", "due_on"} & body.keys():
            text = "Give a decision, an assignee or a day."
            raise Invalid(text, errors={"decision": [text]})

        def carry_out(session: Session) -> None:
            if "decision" in body:
                decide_findings(
                    session,
                    audit_id=audit_id,
                    finding_ids=[finding_id],
                    decision=Decision(body["decision"]),
                    reason=body["reason"],
                    asset=asset,
                    actor=actor,
                    now=now,
                )
            if {"assignee", "due_on"} & body.keys():
                _assign(session, audit_id, finding_id, body, actor, now)

        transact(carry_out)
        return show_one(audit_id, finding_id)


@blueprint.route("/<id:audit_id>/findings/<id:finding_id>/comments")
class Comments(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="Comment on a finding")
    @blueprint.arguments(CommentInput)
    @blueprint.response(201, FindingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """Add a comment, which is an act: `/history` lists them, and the report holds them."""
        actor, now = require_actor(), g.now
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), actor)
        transact(
            lambda session: comment_on(
                session,
                audit_id=audit_id,
                finding_id=finding_id,
                text=body["text"],
                actor=actor,
                now=now,
            )
        )
        return show_one(audit_id, finding_id)


def _assign(
    session: Session,
    audit_id: int,
    finding_id: int,
    body: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Write who clears a finding up and until when; what is not named stays as it is."""
    rows = list_findings(session, audit_id, FindingFilter(ids=[finding_id]))
    if not rows:
        raise NotFound("That finding does not belong to this audit.")
    [was] = rows
    assign_findings(
        session,
        audit_id=audit_id,
        finding_ids=[finding_id],
        assignee_id=read_user(body["assignee"]) if "assignee" in body else was.assignee_id,
        due_on=body.get("due_on", was.due_on),
        actor=actor,
        now=now,
    )


def show_one(audit_id: int, finding_id: int) -> dict[str, Any]:
    """Return one finding as the API writes it."""
    with reading() as session:
        [row] = list_findings(session, audit_id, FindingFilter(ids=[finding_id]))
        return _show(load_reported(session, [row])[0])


def _show(reported: ReportedFinding) -> dict[str, Any]:
    row = reported.finding
    assignee = f"user:{row.assignee_id}" if row.assignee_id is not None else None
    return {
        **to_api(reported),
        "asset_now": row.asset_tag_now,
        "assignee": assignee,
        "assignee_name": row.assignee,
        "due_on": row.due_on,
    }


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
