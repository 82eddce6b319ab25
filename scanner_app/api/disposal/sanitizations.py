"""How the media of an asset were erased, who verified it, and who accepted it."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.disposal.levels import (
    Classification,
    Destination,
    Level,
    Medium,
    Technique,
)
from scanner_app.domain.disposal.sanitizations import Result, SanitizationState, Verification
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.disposal.accept import accept_and_certify
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.disposal.sanitizations import (
    SanitizationRow,
    get_sanitization,
    page_sanitizations,
)
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.disposal.sanitizations import (
    MAX_NOTE,
    MAX_PERCENT,
    MAX_WORDS,
    TEXTS,
    read_sanitization,
    record_sanitization,
    verify_sanitization,
)
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "sanitizations", __name__, url_prefix="/api/v1", description="How media were erased."
)
_LEVELS = validate.OneOf([level.word for level in Level])


def _one_of(kind: Any, **rules: Any) -> fields.String:
    return fields.String(validate=validate.OneOf([one.value for one in kind]), **rules)


class _Medium(Schema):
    medium = _one_of(Medium, required=True)
    technique = _one_of(Technique, required=True)
    classification = _one_of(Classification, required=True)
    destination = _one_of(Destination, required=True)


class NewSanitization(_Medium):
    """One try to erase one medium. The same `id` again records nothing."""

    id = fields.UUID(required=True)
    is_encrypted = fields.Boolean(
        load_default=False, metadata={"description": "Encrypted from the first day."}
    )
    maker = SafeText(limit=MAX_WORDS, load_default="")
    model = SafeText(limit=MAX_WORDS, load_default="")
    serial = SafeText(limit=MAX_WORDS, load_default="")
    capacity = SafeText(limit=MAX_WORDS, load_default="")
    tool = SafeText(limit=MAX_WORDS, load_default="")
    tool_version = SafeText(limit=MAX_WORDS, load_default="")
    note = SafeText(limit=MAX_NOTE, multiline=True, load_default="")


class VerificationInput(Schema):
    """How another person made sure that the technique was completed."""

    verification = _one_of(Verification, required=True)
    sample_percent = fields.Integer(validate=validate.Range(min=1, max=MAX_PERCENT))
    result = _one_of(Result, required=True)


class ValidationInput(Schema):
    """Whether a third person accepts it; a reason if not."""

    is_accepted = fields.Boolean(required=True)
    reason = SafeText(limit=MAX_NOTE, load_default="")


class SanitizationSchema(_Medium):
    number = fields.Integer(required=True)
    asset = fields.String(required=True)
    state = _one_of(SanitizationState, required=True)
    is_encrypted = fields.Boolean(required=True)
    needed = fields.String(required=True, validate=_LEVELS)
    reached = fields.String(required=True, validate=_LEVELS)
    maker = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    capacity = fields.String(required=True, allow_none=True)
    tool = fields.String(required=True, allow_none=True)
    tool_version = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    performed_by = fields.String(required=True)
    performed_at = fields.AwareDateTime(required=True)
    verification = _one_of(Verification, required=True, allow_none=True)
    sample_percent = fields.Integer(required=True, allow_none=True)
    result = _one_of(Result, required=True, allow_none=True)
    verified_by = fields.String(required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    validated_by = fields.String(required=True, allow_none=True)
    validated_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class SanitizationListSchema(Schema):
    items = fields.List(fields.Nested(SanitizationSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SanitizationQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


_PLAIN = (
    "is_encrypted", "maker", "model", "serial", "capacity", "tool", "tool_version", "note",
    "performed_at", "sample_percent", "verified_at", "validated_at", "reason",
)  # fmt: skip
_NAMED = ("state", "medium", "technique", "classification", "destination", "verification", "result")


def show_sanitization(row: SanitizationRow) -> dict[str, Any]:
    """Return a record as programs read it."""
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        **{name: value and value.value for name in _NAMED for value in [getattr(row, name)]},
        "number": row.id,
        "asset": row.asset_tag,
        "needed": row.needed.word,
        "reached": row.reached.word,
        "performed_by": row.performed_name,
        "verified_by": row.verified_name,
        "validated_by": row.validated_name,
    }


@blueprint.route("/assets/<path:asset_tag>/sanitizations")
class AssetSanitizations(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List how the media of an asset were erased")
    @blueprint.arguments(SanitizationQuery, location="query")
    @blueprint.response(200, SanitizationListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """List the records of an asset, the oldest first."""
        limit = query["limit"]
        with reading() as session:
            rows = page_sanitizations(
                session,
                asset_id=find_asset_id(session, asset_tag),
                after_id=query.get("cursor"),
                limit=limit + 1,
            )
        more = len(rows) > limit
        return {
            "items": [show_sanitization(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if more else None,
        }

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Record that a medium was erased")
    @blueprint.arguments(NewSanitization)
    @blueprint.response(201, SanitizationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Record how one medium of an asset was erased: one record for each disk and each try."""
        actor = require_actor()
        texts = {name: body[name] or "" for name in (*TEXTS,)}
        choices = {name: body[name] for name in _Medium().fields}
        new = read_sanitization(
            {**texts, **choices, "is_encrypted": "on" if body["is_encrypted"] else ""}
        )

        def add(session: Session) -> dict[str, Any]:
            number = record_sanitization(
                session, new, asset_tag=asset_tag, uuid=body["id"], actor=actor, now=g.now
            )
            return show_sanitization(get_sanitization(session, number))

        return transact(add)


@blueprint.route("/sanitizations/<id:sanitization_id>")
class OneSanitization(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get how a medium was erased")
    @blueprint.response(200, SanitizationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, sanitization_id: int) -> dict[str, Any]:
        """Get one record by its number."""
        with reading() as session:
            return show_sanitization(get_sanitization(session, sanitization_id))


@blueprint.route("/sanitizations/<id:sanitization_id>/verification")
class VerifySanitization(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Verify that a medium was erased")
    @blueprint.arguments(VerificationInput)
    @blueprint.response(200, SanitizationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], sanitization_id: int) -> dict[str, Any]:
        """Verify it: another person than who erased it."""
        actor = require_actor()
        values = {name: str(value) for name, value in body.items()}

        def change(session: Session) -> dict[str, Any]:
            verify_sanitization(
                session, values, sanitization_id=sanitization_id, actor=actor, now=g.now
            )
            return show_sanitization(get_sanitization(session, sanitization_id))

        return transact(change)


@blueprint.route("/sanitizations/<id:sanitization_id>/validation")
class ValidateSanitization(MethodView):
    @allow(Action.CLOSE_DISPOSAL)
    @blueprint.doc(summary="Accept or reject that a medium was erased")
    @blueprint.arguments(ValidationInput)
    @blueprint.response(200, SanitizationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], sanitization_id: int) -> dict[str, Any]:
        """Accept or reject it: a third person, who neither erased nor verified it."""
        actor = require_actor()

        def change(session: Session) -> dict[str, Any]:
            step = "accept" if body["is_accepted"] else "reject"
            values = {"step": step, "reason": body["reason"] or ""}
            accept_and_certify(session, sanitization_id, values, actor=actor)
            return show_sanitization(get_sanitization(session, sanitization_id))

        return transact(change)
