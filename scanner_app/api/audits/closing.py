"""Close an audit, revise it, and download its report."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask.views import MethodView

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits._load import load_audit
from scanner_app.api.audits.schemas import (
    ApprovalInput,
    ApprovalReturnInput,
    AuditSchema,
    ClosureInput,
    read_statement,
)
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import (
    close_with_key,
    pack_response,
    report_response,
    send_with_rule,
)
from scanner_app.services.audits.asking.approval import send_back
from scanner_app.services.audits.setup import open_revision
from scanner_app.storage.database import transact


@blueprint.route("/<id:audit_id>/closure")
class Closure(MethodView):
    @allow(Action.CLOSE_AUDITS)
    @blueprint.doc(summary="Apply, sign and seal")
    @blueprint.arguments(ClosureInput, required=False)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Apply the accepted proposals, sign and seal, all of it or nothing.

        The policy of the audit may ask for a `statement` and a `signature`.
        """
        close_with_key(
            audit_id, require_actor(), g.now, read_statement(body), body.get("reason", "")
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/approval-requests")
class ApprovalRequests(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Ask somebody to close an audit")
    @blueprint.arguments(ApprovalInput)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Ask a person to close. What is changed afterwards withdraws the request."""
        send_with_rule(
            audit_id, approver_id=body["approver"], comment=body["comment"],
            actor=require_actor(), now=g.now,
        )  # fmt: skip
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/approval-returns")
class ApprovalReturns(MethodView):
    @allow(Action.CLOSE_AUDITS)
    @blueprint.doc(summary="Send an audit back to those who decided it")
    @blueprint.arguments(ApprovalReturnInput)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Send an audit back with a comment. Its state stays as it is."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: send_back(
                session, audit_id=audit_id, comment=body["comment"], actor=actor, now=now
            )
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/revision")
class Revision(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Set up the next audit of a closed one")
    @blueprint.response(201, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Set up the next audit of a closed one, as a draft with the same scope."""
        actor, now = require_actor(), g.now
        revision_id = transact(
            lambda session: open_revision(session, audit_id=audit_id, actor=actor, now=now).id
        )
        return load_audit(revision_id)


@blueprint.route("/<id:audit_id>/pack.zip")
class Pack(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The sealed report with its proofs and verify_audit.py, as ZIP")
    @blueprint.response(200, content_type="application/zip")
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> Response:
        """Return everything with which an outsider checks a sealed audit."""
        return pack_response(audit_id, require_actor())


@blueprint.route("/<id:audit_id>/report.<string:form>")
class Report(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The report: json (sealed once closed), csv, xlsx or pdf")
    @blueprint.response(200, content_type="application/json")
    @blueprint.alt_response(200, content_type="text/csv")
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int, form: str) -> Response:
        """Return the report of an audit."""
        return report_response(audit_id, form, require_actor())
