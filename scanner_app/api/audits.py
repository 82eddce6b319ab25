"""/api/v1/audits: set up, count, reconcile, close, report."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask.views import MethodView
from marshmallow import ValidationError

from scanner_app.api import Blueprint, ProblemSchema, flatten
from scanner_app.api.audit_fields import (
    LARGEST,
    AuditListSchema,
    AuditSchema,
    DecisionInput,
    FindingListSchema,
    FindingQuery,
    FindingSchema,
    ListQuery,
    NewAudit,
    show_audit,
    show_finding,
)
from scanner_app.api.register.assets import NewAsset
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.reconciliation import Decision, FindingState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.extensions.closing import close_and_seal, jsonable, report_response
from scanner_app.queries import audits as queries
from scanner_app.queries.findings import count_undecided, list_findings, load_targets
from scanner_app.services import audits as services
from scanner_app.services.proposals import decide_findings
from scanner_app.services.reports import BY
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "audits", __name__, url_prefix="/api/v1/audits", description="Audits from scope to seal."
)


def _load(audit_id: int) -> dict[str, Any]:
    with reading() as session:
        row = queries.get_audit(session, audit_id)
        tally = queries.load_tally(session, audit_id)
        parts = {by: queries.load_tallies(session, audit_id, by=by) for by in BY}
        decided, total = count_undecided(session, audit_id)
    is_open = services.sees_expectation(row, require_actor())
    return {
        **show_audit(row),
        "counts": tally.show_counts(),
        "accuracy": tally.show_accuracy(),
        "accuracy_by": {
            by: {
                name or "(none)": {**part.show_counts(), **part.show_accuracy()}
                for name, part in tallies.items()
            }
            for by, tallies in parts.items()
        }
        if is_open
        else {},
        "proposals": {"decided": decided, "total": total},
    }


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
            rows, following = queries.list_audits(
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
                services.create_audit(
                    session,
                    name=body["name"],
                    scope=body["scope"],
                    is_blind=body["blind"],
                    due_on=body["due_on"],
                    actor=actor,
                    now=now,
                ).id
            )
        )
        return _load(audit_id)


@blueprint.route("/<int:audit_id>")
class OneAudit(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="One audit with counts and accuracy")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """Give an audit, its counts and its accuracy."""
        return _load(audit_id)


@blueprint.route("/<int:audit_id>/counting")
class Counting(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Freeze the expected list and count")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Freeze the expected list and start counting; or go on counting after reconciling."""
        actor, now = require_actor(), g.now
        check_number(audit_id)
        transact(
            lambda session: (
                services.start_counting(session, audit_id=audit_id, actor=actor, now=now).id
            )
        )
        return _load(audit_id)


@blueprint.route("/<int:audit_id>/reconciliation")
class Reconciliation(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="End counting and make proposals")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """End counting and make the proposals."""
        now = g.now
        check_number(audit_id)
        transact(lambda session: services.start_reconciling(session, audit_id=audit_id, now=now).id)
        return _load(audit_id)


@blueprint.route("/<int:audit_id>/cancellation")
class Cancellation(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Give an audit up")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Give an audit up; its scans and findings stay."""
        check_number(audit_id)
        transact(lambda session: services.cancel_audit(session, audit_id=audit_id).id)
        return _load(audit_id)


@blueprint.route("/<int:audit_id>/findings")
class Findings(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List findings")
    @blueprint.arguments(FindingQuery, location="query")
    @blueprint.response(200, FindingListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List an audit's findings."""
        states = [FindingState(query["state"])] if "state" in query else []
        with reading() as session:
            audit = queries.get_audit(session, audit_id)
            services.check_sees_expectation(audit, require_actor())
            limit = query["limit"]
            rows = list_findings(
                session,
                audit_id,
                states=states,
                after_id=query.get("cursor"),
                limit=limit + 1,
            )
            targets = load_targets(session, rows)
        return {
            "items": [show_finding(row, targets.get(row.id)) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }


@blueprint.route("/<int:audit_id>/findings/<int:finding_id>")
class OneFinding(MethodView):
    @allow(Action.DECIDE_FINDINGS)
    @blueprint.doc(summary="Accept or reject a proposal")
    @blueprint.arguments(DecisionInput)
    @blueprint.response(200, FindingSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], audit_id: int, finding_id: int) -> dict[str, Any]:
        """Accept or reject what a finding proposes."""
        actor, now = require_actor(), g.now
        check_number(audit_id)
        check_number(finding_id)
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
        with reading() as session:
            [row] = list_findings(session, audit_id, ids=[finding_id])
            return show_finding(row, load_targets(session, [row]).get(row.id))


@blueprint.route("/<int:audit_id>/closure")
class Closure(MethodView):
    @allow(Action.CLOSE_AUDITS)
    @blueprint.doc(summary="Apply, sign and seal")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Apply the accepted proposals, sign and seal; all of it or none."""
        check_number(audit_id)
        close_and_seal(audit_id, require_actor(), g.now)
        return _load(audit_id)


@blueprint.route("/<int:audit_id>/revision")
class Revision(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Open the next audit of a closed one")
    @blueprint.response(201, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Open the next audit of a closed one, as a draft of the same scope."""
        actor, now = require_actor(), g.now
        check_number(audit_id)
        fresh = transact(
            lambda session: (
                services.open_revision(session, audit_id=audit_id, actor=actor, now=now).id
            )
        )
        return _load(fresh)


@blueprint.route("/<int:audit_id>/report.<string:form>")
class Report(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="The report: json (sealed once closed), csv, xlsx or pdf")
    @blueprint.response(200, content_type="application/json")
    @blueprint.alt_response(200, content_type="text/csv")
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int, form: str) -> Response:
        """Give the report of an audit."""
        check_number(audit_id)
        return report_response(audit_id, form, require_actor())


def check_number(number: int) -> None:
    """Refuse a number in a path that no row can have."""
    if number > LARGEST:
        raise NotFound("There is no such thing.")


def read_asset_fields(raw: dict[str, Any] | None) -> dict[str, Any] | None:
    """Read the fields of an asset to register by the same form as POST /assets.

    :raises Invalid: a field cannot be taken.
    """
    if raw is None:
        return None
    try:
        return jsonable(NewAsset().load(raw))
    except ValidationError as error:
        raise Invalid(
            "Some fields cannot be taken.", errors=flatten({"asset": error.messages})
        ) from error
