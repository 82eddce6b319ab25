"""People who are asked what they have, their answers, and pictures that are added to findings."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits.findings import show_one
from scanner_app.api.audits.schemas import FindingSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.asking.attestation import Answered, Grade
from scanner_app.domain.audits.findings import CONDITIONS
from scanner_app.domain.errors import Invalid
from scanner_app.edge.attachments.evidence import keep_evidence
from scanner_app.edge.audits.evidence import add_evidence_of
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.notices.asking import ask_with_settings, write_address
from scanner_app.queries.audits.asking.attestation import (
    AskedRow,
    find_people,
    list_answers,
    list_asked,
)
from scanner_app.queries.audits.findings import require_finding
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.asking.attestation import revoke_link
from scanner_app.services.audits.asking.report_part import show_answer
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading, transact

MAX_PEOPLE = 1000
IMAGE = "image"


class AskingInput(Schema):
    people = fields.List(
        SafeText(limit=200, blank=False),
        allow_none=True,
        load_default=None,
        validate=validate.Length(min=1, max=MAX_PEOPLE),
        metadata={
            "description": "Their numbers, or the names of those without one. Null asks everyone "
            "whose things were not all seen and who was not asked yet."
        },
    )
    by = fields.String(
        load_default="mail",
        validate=validate.OneOf(["mail", "shown"]),
        metadata={"description": "`shown` returns the links once, to be handed over."},
    )
    expires_at = fields.AwareDateTime(
        allow_none=True,
        load_default=None,
        metadata={"description": "Until when answers are taken; null is until counting ends."},
    )


class AskedSchema(Schema):
    person = fields.String(required=True)
    name = fields.String(required=True)
    link = fields.String(required=True, allow_none=True)


class AskedListSchema(Schema):
    items = fields.List(fields.Nested(AskedSchema), required=True)


class AttestationAnswerSchema(Schema):
    asset_tag = fields.String(required=True)
    finding = fields.Integer(required=True, allow_none=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    at = fields.String(required=True)
    answer = fields.String(required=True, validate=validate.OneOf([a.value for a in Answered]))
    grade = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([g.value for g in Grade])
    )
    note = fields.String(required=True, allow_none=True)
    picture = fields.String(required=True, allow_none=True)


class AttestationSchema(Schema):
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    things = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    shown_to_asker = fields.Boolean(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    answers = fields.List(fields.Nested(AttestationAnswerSchema), required=True)


class AttestationListSchema(Schema):
    items = fields.List(fields.Nested(AttestationSchema), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.route("/<id:audit_id>/attestation-requests")
class AttestationRequests(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Ask people what they have")
    @blueprint.arguments(AskingInput)
    @blueprint.response(201, AskedListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Ask people by a link that works without signing in. Asked again, they get a new one."""
        actor, now = require_actor(), g.now
        people = None
        if body["people"] is not None:
            with reading() as session:
                get_audit(session, audit_id)
                found = find_people(session, body["people"])
            unknown = [name for name, id_ in found.items() if id_ is None]
            if unknown:
                text = f"There is no person {unknown[0]!r}."
                raise Invalid(text, errors={"people": [text]})
            people = [id_ for id_ in found.values() if id_ is not None]
        asked = ask_with_settings(
            audit_id, people=people, by_mail=body["by"] == "mail", expires_at=body["expires_at"],
            actor=actor, now=now,
        )  # fmt: skip
        return {
            "items": [
                {
                    "person": one.person,
                    "name": one.name,
                    "link": write_address(one.token) if one.token else None,
                }
                for one in asked
            ]
        }


@blueprint.route("/<id:audit_id>/attestation-requests/<id:person_id>")
class OneAttestationRequest(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="End the link of a person")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, audit_id: int, person_id: int) -> None:
        """End the link of a person. What they answered stays."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: revoke_link(
                session, audit_id=audit_id, person_id=person_id, actor=actor, now=now
            )
        )


@blueprint.route("/<id:audit_id>/attestations")
class Attestations(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="List to whom something is assigned, and what they answered")
    @blueprint.response(200, AttestationListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """List the people, by name, each with all answers, oldest first."""
        with reading() as session:
            get_audit(session, audit_id)
            rows = list_asked(session, audit_id)
            answers = [show_answer(one) for one in list_answers(session, audit_id)]
        own: dict[str, list[dict[str, Any]]] = {row.person: [] for row in rows}
        for one in answers:
            own[one["person"]].append(one)
        return {"items": [_show(row, own[row.person]) for row in rows], "next": None}


def _show(row: AskedRow, answers: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("person_id", "person", "name", "things", "missing", "answered", "asked_at")
    ends = ("expires_at", "revoked_at")
    return {
        **{name: getattr(row, name) for name in (*names, *ends)},
        "shown_to_asker": row.is_shown,
        "answers": answers,
    }


@blueprint.route("/<id:audit_id>/findings/<id:finding_id>/evidence")
class Evidence(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(
        summary="Add a picture to a finding",
        requestBody={
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": [IMAGE],
                        "properties": {
                            IMAGE: {"type": "string", "format": "binary"},
                            "note": {"type": "string", "maxLength": 2000},
                            "condition": {"type": "string", "enum": list(CONDITIONS)},
                        },
                    }
                }
            },
        },
    )
    @blueprint.response(201, FindingSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(413, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(429, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(503, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(507, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int, finding_id: int) -> dict[str, Any]:
        """Add a picture. It is written again without its metadata, and is part of the record.

        A `condition` sets the flag of the finding; what was decided without it is open again.
        """
        actor, now = require_actor(), g.now
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), actor)
            require_finding(session, audit_id, finding_id)
        files = request.files.getlist(IMAGE)
        if len(files) != 1:
            text = "Send one picture in the multipart field `image`."
            raise Invalid(text, errors={IMAGE: [text]}, code="one_image")
        picture, _symbols = keep_evidence(files[0].read(), sender=actor.key)
        note = request.form.get("note", "")
        transact(
            lambda session: add_evidence_of(
                session, audit_id=audit_id, finding_id=finding_id, picture=picture, note=note,
                condition=request.form.get("condition", ""), actor=actor, now=now,
            )
        )  # fmt: skip
        return show_one(audit_id, finding_id)
