"""Audits and their steps up to reconciling."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits._load import load_audit
from scanner_app.api.audits.schemas import (
    AuditListSchema,
    AuditSchema,
    CancellationInput,
    CountingInput,
    ListQuery,
    NewAudit,
    StatementInput,
    read_statement,
    show_audit,
)
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import cancel_with_key
from scanner_app.queries.audits.list import list_audits
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting, start_reconciling
from scanner_app.storage.database import reading, transact


@blueprint.route("")
class Audits(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List audits")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, AuditListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List audits, newest first."""
        with reading() as session:
            rows, following = list_audits(
                session, before_id=query.get("cursor"), limit=query["limit"]
            )
        return {
            "items": [show_audit(row) for row in rows],
            "next": str(following) if following else None,
        }

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Set up an audit")
    @blueprint.arguments(NewAudit)
    @blueprint.response(201, AuditSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set up an audit as a draft."""
        actor, now = require_actor(), g.now
        audit_id = transact(
            lambda session: (
                create_audit(
                    session,
                    name=body["name"],
                    scope=body["scope"],
                    policy=body["policy"],
                    is_blind=body["blind"],
                    due_on=body["due_on"],
                    actor=actor,
                    now=now,
                ).id
            )
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>")
class OneAudit(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="One audit with counts and accuracy")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """Return an audit with its counts and its accuracy."""
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/counting")
class Counting(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Freeze the expected list and count")
    @blueprint.arguments(CountingInput)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Freeze the expected list and start counting; from reconciling, reopen counting.

        What is planned and was not drawn yet is drawn, with `typed` in its seed.
        """
        actor, now, typed = require_actor(), g.now, body["typed"]
        transact(
            lambda session: (
                start_counting(session, audit_id=audit_id, actor=actor, now=now, typed=typed).id
            )
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/reconciliation")
class Reconciliation(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="End counting and make proposals")
    @blueprint.arguments(StatementInput, required=False)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """End counting and make the proposals. The policy may ask for a `statement`."""
        actor, now, statement = require_actor(), g.now, read_statement(body)
        transact(
            lambda session: (
                start_reconciling(
                    session, audit_id=audit_id, actor=actor, now=now, statement=statement
                ).id
            )
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/cancellation")
class Cancellation(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Cancel an audit")
    @blueprint.arguments(CancellationInput)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Cancel an audit. Once it was counted, a reason is needed. Scans and findings are kept."""
        cancel_with_key(audit_id, body["reason"], require_actor(), g.now)
        return load_audit(audit_id)
