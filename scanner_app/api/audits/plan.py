"""The plan of an audit: what is drawn, the freeze, and the draws."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import OptionalBody, ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.audits._load import load_audit
from scanner_app.api.audits.schemas import AuditSchema, PolicySchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.sampling.drawing import DrawnAs
from scanner_app.domain.audits.sampling.plan import By, Goal, Method
from scanner_app.domain.errors import NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.sampling.draws import DrawRow, count_drawn, list_draws
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.planning import change_plan, draw_again, freeze_audit
from scanner_app.services.audits.sampling.draw import list_draw_order
from scanner_app.storage.database import reading, transact


class FloorSchema(Schema):
    """How many locations are looked at from the floor, and which things are looked up there."""

    places = fields.Integer(validate=validate.Range(min=0, max=1000))
    things_per_place = fields.Integer(validate=validate.Range(min=1, max=1000))
    every = fields.Integer(validate=validate.Range(min=1, max=1000))


class SampleSchema(Schema):
    """What an audit draws. Rates are decimal numbers from 0 to 1, written as text: `"0.05"`."""

    method = fields.String(validate=validate.OneOf([m.value for m in Method]))
    by = fields.String(validate=validate.OneOf([b.value for b in By]))
    goal = fields.String(validate=validate.OneOf([goal.value for goal in Goal]))
    size = fields.Integer(allow_none=True, validate=validate.Range(min=1, max=1_000_000))
    confidence = SafeText(limit=8, metadata={"example": "0.95"})
    margin = SafeText(limit=12, metadata={"example": "0.05"})
    expected_rate = SafeText(limit=12, metadata={"example": "0.01"})
    expected_rates = fields.Dict(
        keys=SafeText(limit=200), values=SafeText(limit=12), metadata={"example": {}}
    )
    tolerable_rate = SafeText(limit=12, metadata={"example": "0.05"})
    tolerable_value = SafeText(limit=24, allow_none=True, metadata={"example": "10000.00"})
    expected_value = SafeText(limit=24, metadata={"example": "0.00"})
    currency = SafeText(limit=3, allow_none=True)
    floor = fields.Nested(FloorSchema, allow_none=True)


class PlanInput(Schema):
    """What is left out stays as it is."""

    sample = fields.Nested(SampleSchema, allow_none=True, load_default=None)
    policy = fields.Nested(PolicySchema, allow_none=True, load_default=None)


class DrawInput(OptionalBody):
    typed = SafeText(
        limit=200,
        load_default="",
        metadata={
            "description": "20 to 200 characters that became known after the freeze, such as "
            "thrown dice; may be left out."
        },
    )
    reason = SafeText(limit=2000, multiline=True, allow_none=True, load_default=None)


class DrawSchema(Schema):
    number = fields.Integer(required=True)
    drawn_at = fields.AwareDateTime(required=True)
    drawn_by = fields.String(required=True)
    typed = fields.String(required=True)
    nonce = fields.String(required=True)
    nonce_sha256 = fields.String(required=True)
    seed = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    drawn = fields.Integer(required=True)
    sizes = fields.Dict(keys=fields.String(), required=True)
    floor = fields.List(fields.Dict(keys=fields.String()), required=True)


class DrawListSchema(Schema):
    items = fields.List(fields.Nested(DrawSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class DrawnQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class DrawnSchema(Schema):
    position = fields.Integer(required=True)
    asset_tag = fields.String(required=True)
    stratum = fields.String(required=True)
    drawn_as = fields.String(required=True, validate=validate.OneOf([d.value for d in DrawnAs]))
    rank = fields.String(required=True)


class DrawnListSchema(Schema):
    items = fields.List(fields.Nested(DrawnSchema), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.route("/<id:audit_id>/plan")
class Plan(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Plan what is counted and how")
    @blueprint.arguments(PlanInput)
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Choose what is drawn and what proves a place; refused once the list is frozen."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: (
                change_plan(
                    session,
                    audit_id=audit_id,
                    sample=body["sample"],
                    policy=body["policy"],
                    actor=actor,
                    now=now,
                ).id
            )
        )
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/freeze")
class Freeze(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Freeze the list before a draw")
    @blueprint.response(200, AuditSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, audit_id: int) -> dict[str, Any]:
        """Freeze what the scope covers, so that a seed can be made after it."""
        actor, now = require_actor(), g.now
        transact(lambda session: freeze_audit(session, audit_id=audit_id, actor=actor, now=now).id)
        return load_audit(audit_id)


@blueprint.route("/<id:audit_id>/draws")
class Draws(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List the draws of a sample")
    @blueprint.response(200, DrawListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """List the draws of an audit. The last one is counted."""
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), require_actor())
            draws = list_draws(session, audit_id)
            items = [_show(draw, count_drawn(session, draw.id)) for draw in draws]
        return {"items": items, "next": None}

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Draw a sample")
    @blueprint.arguments(DrawInput)
    @blueprint.response(201, DrawSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int) -> dict[str, Any]:
        """Draw from the frozen list. A further draw needs a reason, and nothing counted yet."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: (
                draw_again(
                    session,
                    audit_id=audit_id,
                    typed=body["typed"],
                    reason=body["reason"],
                    actor=actor,
                    now=now,
                ).id
            )
        )
        with reading() as session:
            draw = list_draws(session, audit_id)[-1]
            return _show(draw, count_drawn(session, draw.id))


@blueprint.route("/<id:audit_id>/draws/<id:number>")
class OneDraw(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List what a draw took, and its reserves")
    @blueprint.arguments(DrawnQuery, location="query")
    @blueprint.response(200, DrawnListSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], audit_id: int, number: int) -> dict[str, Any]:
        """List all members in the order of a draw, with their ranks."""
        after, limit = query.get("cursor") or 0, query["limit"]
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), require_actor())
            found = [draw for draw in list_draws(session, audit_id) if draw.number == number]
            if not found:
                raise NotFound(f"There is no draw {number} of audit {audit_id}.")
            order = list_draw_order(session, audit_id, found[0])
        rows = order[after : after + limit]
        return {
            "items": [
                {
                    "position": one.position,
                    "asset_tag": one.tag,
                    "stratum": one.stratum,
                    "drawn_as": one.drawn_as.value,
                    "rank": one.rank,
                }
                for one in rows
            ],
            "next": str(after + limit) if len(order) > after + limit else None,
        }


def _show(draw: DrawRow, drawn: int) -> dict[str, Any]:
    return {
        "number": draw.number,
        "drawn_at": draw.drawn_at,
        "drawn_by": draw.drawn_by,
        "typed": draw.typed,
        "nonce": draw.nonce,
        "nonce_sha256": draw.nonce_sha256,
        "seed": draw.seed,
        "reason": draw.reason,
        "drawn": drawn,
        "sizes": {key: draw.sizes[key] for key in ("strata", "by_value", "currency")},
        "floor": draw.floor_starts,
    }
