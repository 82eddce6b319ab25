"""/api/v1/audits: set up, count, reconcile, close, report."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate

from scanner_app.api import Blueprint, ProblemSchema, flatten
from scanner_app.api.assets import NewAsset
from scanner_app.api.body import SafeText
from scanner_app.domain.access import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import Decision, FindingState
from scanner_app.extensions.closing import close_and_seal, jsonable, report_response
from scanner_app.extensions.database import reading, transact
from scanner_app.extensions.guard import allow, require_actor
from scanner_app.queries import audits as queries
from scanner_app.queries.audits import AuditRow, FindingRow
from scanner_app.services import audits as services

PROBLEM = "application/problem+json"
LARGEST = 2**31 - 1

blueprint = Blueprint(
    "audits", __name__, url_prefix="/api/v1/audits", description="Audits from scope to seal."
)


class ScopeSchema(Schema):
    """What an audit covers; empty lists cover everything that is not retired."""

    locations = fields.List(
        SafeText(limit=255, blank=False),
        metadata={"description": "Codes of places, with all inside."},
    )
    categories = fields.List(SafeText(limit=255, blank=False))
    custodians = fields.List(SafeText(limit=255, blank=False))
    statuses = fields.List(fields.String(validate=validate.OneOf([s.value for s in Stage])))


class NewAudit(Schema):
    name = SafeText(required=True, limit=200, blank=False)
    scope = fields.Nested(ScopeSchema, load_default=dict)
    blind = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    due_on = fields.Date(allow_none=True, load_default=None)


class AuditSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    blind = fields.Boolean(required=True)
    due_on = fields.Date(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)
    counting_started_at = fields.AwareDateTime(allow_none=True, required=True)
    counting_ended_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_by = fields.String(allow_none=True, required=True)
    revises = fields.Integer(allow_none=True, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    accuracy = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    proposals = fields.Dict(keys=fields.String(), values=fields.Integer())


class AuditListSchema(Schema):
    items = fields.List(fields.Nested(AuditSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class FindingSchema(Schema):
    id = fields.Integer(required=True)
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)
    asset = fields.String(allow_none=True, required=True)
    name = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    expected = fields.Boolean(required=True)
    recorded_location = fields.String(allow_none=True)
    recorded_custodian = fields.String(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)
    seen_location = fields.String(allow_none=True)
    sightings = fields.Integer()
    proposal = fields.String(allow_none=True)
    decision = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class FindingListSchema(Schema):
    items = fields.List(fields.Nested(FindingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class DecisionInput(Schema):
    decision = fields.String(required=True, validate=validate.OneOf([d.value for d in Decision]))
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)
    asset = fields.Dict(
        keys=fields.String(), values=fields.Raw(), allow_none=True, load_default=None
    )


class ListQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=LARGEST))


class FindingQuery(ListQuery):
    state = fields.String(validate=validate.OneOf([s.value for s in FindingState]))


def show_audit(row: AuditRow) -> dict[str, Any]:
    """Give an audit as the contract writes it."""
    return {
        "id": row.id,
        "name": row.name,
        "state": row.state.value,
        "scope": row.scope,
        "blind": row.is_blind,
        "due_on": row.due_on,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "counting_started_at": row.counting_started_at,
        "counting_ended_at": row.counting_ended_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "revises": row.revises_id,
    }


def show_finding(row: FindingRow) -> dict[str, Any]:
    """Give a finding as the contract writes it."""
    return {
        "id": row.id,
        "state": row.state.value,
        "flags": row.flags,
        "asset": row.asset_tag,
        "name": row.asset_name,
        "code": row.code,
        "expected": row.is_expected,
        "recorded_location": row.recorded_location,
        "recorded_custodian": row.recorded_custodian,
        "seen_at": row.seen_at,
        "seen_location": row.seen_location,
        "sightings": row.sightings,
        "proposal": row.proposal,
        "decision": row.decision,
        "reason": row.reason,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
    }


def _load(audit_id: int) -> dict[str, Any]:
    with reading() as session:
        row = queries.get_audit(session, audit_id)
        tally = queries.load_tally(session, audit_id)
        decided, total = queries.count_undecided(session, audit_id)
    return {
        **show_audit(row),
        "counts": tally.show_counts(),
        "accuracy": tally.show_accuracy(),
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
            rows = queries.list_audits(session, before_id=query.get("cursor"), limit=query["limit"])
        following = str(rows[-1].id) if len(rows) == query["limit"] else None
        return {"items": [show_audit(row) for row in rows], "next": following}

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
        """Freeze the expected list and start counting."""
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
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """List an audit's findings."""
        states = [FindingState(query["state"])] if "state" in query else []
        with reading() as session:
            queries.get_audit(session, audit_id)
            rows = queries.list_findings(
                session,
                audit_id,
                states=states,
                after_id=query.get("cursor"),
                limit=query["limit"],
            )
        following = str(rows[-1].id) if len(rows) == query["limit"] else None
        return {"items": [show_finding(row) for row in rows], "next": following}


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
            lambda session: services.decide_findings(
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
            [row] = queries.list_findings(session, audit_id, ids=[finding_id])
            return show_finding(row)


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
    @blueprint.doc(summary="The report: json (sealed once closed), csv or xlsx")
    @blueprint.response(200, content_type="application/json")
    @blueprint.alt_response(200, content_type="text/csv")
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int, form: str) -> Response:
        """Give the report of an audit."""
        check_number(audit_id)
        return report_response(audit_id, form)


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
