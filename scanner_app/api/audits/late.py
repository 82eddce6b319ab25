"""Scans that arrived late, and what phones say they still hold."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import OptionalBody, ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.late.unsent import MAX_REASON, MAX_UNSENT
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.evidence import LateScan, list_late_scans
from scanner_app.queries.audits.late.phones import list_phones
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.late.admit import admit_late
from scanner_app.services.audits.late.phones import note_unsent
from scanner_app.storage.database import reading, transact

MAX_LATE = 1000


class AuditLateScanSchema(Schema):
    """A scan that arrived while its audit did not count."""

    scan_id = fields.UUID(required=True)
    code = fields.String(required=True)
    asset = fields.String(required=True, allow_none=True)
    scanned_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    device = fields.String(required=True, allow_none=True)
    counts = fields.Boolean(required=True)
    waits = fields.Boolean(
        required=True,
        metadata={"description": "It counts once somebody takes it in: the policy holds it."},
    )
    in_time = fields.Boolean(
        required=True,
        metadata={
            "description": "It was made while the audit counted, by the clock of its device."
        },
    )


class AuditLateScanListSchema(Schema):
    items = fields.List(fields.Nested(AuditLateScanSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class LateAdmissionInput(OptionalBody):
    reason = SafeText(limit=MAX_REASON, multiline=True, load_default="")


class LateAdmissionSchema(Schema):
    admitted = fields.Integer(required=True)


class AuditPhoneSchema(Schema):
    person = fields.String(required=True)
    name = fields.String(required=True)
    device = fields.String(required=True)
    unsent = fields.Integer(required=True)
    told_at = fields.AwareDateTime(required=True)
    is_holding = fields.Boolean(
        required=True,
        metadata={"description": "It holds scans, and said so within the last day."},
    )


class AuditPhoneListSchema(Schema):
    items = fields.List(fields.Nested(AuditPhoneSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class UnsentInput(Schema):
    unsent = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, MAX_UNSENT),
        metadata={"description": "How many scans of this audit are on the phone and not sent."},
    )  # fmt: skip


@blueprint.route("/<id:audit_id>/late-scans")
class LateScans(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="List the scans that arrived late")
    @blueprint.response(200, AuditLateScanListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """List the first thousand scans that arrived late, in order of arrival; the report has all.

        After closing, those that missed the seal are among them.
        """
        with reading() as session:
            get_audit(session, audit_id)
            rows = list_late_scans(session, audit_id, limit=MAX_LATE)
        return {"items": [_show(row) for row in rows], "next": None}


@blueprint.route("/<id:audit_id>/late-scans/admission")
class LateAdmissions(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Take in all late scans that wait")
    @blueprint.arguments(LateAdmissionInput, required=False)
    @blueprint.response(200, LateAdmissionSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Take in all late scans that wait, by one act, and return how many.

        Their findings are judged again, and decisions about these are open again.
        """
        actor, now, reason = require_actor(), g.now, body.get("reason", "")
        count = transact(
            lambda session: admit_late(
                session, audit_id=audit_id, reason=reason, actor=actor, now=now
            )
        )
        return {"admitted": count}


@blueprint.route("/<id:audit_id>/phones")
class Phones(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="List the phones that count, with what they still hold")
    @blueprint.response(200, AuditPhoneListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """List the phones that said something of this audit; those that hold most come first."""
        now = g.now
        with reading() as session:
            get_audit(session, audit_id)
            phones = list_phones(session, audit_id)
        items = [
            {
                "person": one.actor,
                "name": one.name,
                "device": one.device,
                "unsent": one.unsent,
                "told_at": one.told_at,
                "is_holding": one.is_holding(now),
            }
            for one in phones
        ]
        return {"items": items, "next": None}


@blueprint.route("/<id:audit_id>/phones/<string:device>")
class OnePhone(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="Say how many scans a phone still holds")
    @blueprint.arguments(UnsentInput)
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], audit_id: int, device: str) -> None:
        """Keep how many scans of an audit a phone holds, under the name that its scans give it.

        An audit keeps ten phones of a person. A further one takes the place of one that holds
        nothing; where all ten hold scans it is refused: `too_many_phones`.
        """
        actor, now, unsent = require_actor(), g.now, body["unsent"]
        transact(
            lambda session: note_unsent(
                session,
                audit_id=audit_id,
                device=device,
                unsent=unsent,
                actor=actor,
                now=now,
            )
        )


def _show(row: LateScan) -> dict[str, Any]:
    return {
        "scan_id": row.scan_id,
        "code": row.code,
        "asset": row.asset_tag,
        "scanned_at": row.scanned_at,
        "recorded_at": row.recorded_at,
        "by": row.actor,
        "device": row.device,
        "counts": row.counts,
        "waits": row.waits,
        "in_time": row.in_time,
    }
