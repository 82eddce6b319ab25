"""GET, POST and PUT /api/v1/audit-programmes: what makes audits again and again."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM
from scanner_app.api.audits.plan import SampleSchema
from scanner_app.api.audits.schemas import ListQuery, PolicySchema, ScopeSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.policy import show_policy
from scanner_app.domain.audits.programmes.plan import MAX_DAYS_TO_COUNT, MAX_NAME
from scanner_app.domain.audits.programmes.rolling import CLASSES, MAX_COUNTS, YEAR, PlaceClass
from scanner_app.domain.audits.programmes.schedule import MAX_PERIOD_DAYS, Every
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.audits.programmes.list import (
    ProgrammeRow,
    RoundRow,
    find_round_by_id,
    get_programme,
    list_programmes,
    list_rounds,
)
from scanner_app.queries.audits.programmes.units import Place, load_coverage
from scanner_app.services.audits.programmes.rounds import make_next
from scanner_app.services.audits.programmes.write import (
    add_programme,
    change_programme,
    pause_programme,
)
from scanner_app.storage.database import reading, transact

blueprint = Blueprint(
    "audit-programmes",
    __name__,
    url_prefix="/api/v1/audit-programmes",
    description="Programmes: they set up audits on their days, or count a few locations at a time.",
)

CountsSchema = Schema.from_dict(
    {
        one.value: fields.Integer(
            load_default=row.counts,
            strict=True,
            validate=validate.Range(1, MAX_COUNTS),
            metadata={"description": f"Counts a year of {row.means}."},
        )
        for one, row in CLASSES.items()
    },
    name="CountsSchema",
)


class ProgrammeInput(Schema):
    """All of a programme. `period_days` and `counts` are for rolling ones."""

    name = SafeText(required=True, limit=MAX_NAME, blank=False)
    every = fields.String(required=True, validate=validate.OneOf([e.value for e in Every]))
    anchor_on = fields.Date(required=True, metadata={"description": "The first day."})
    period_days = fields.Integer(
        load_default=7, strict=True, validate=validate.Range(1, MAX_PERIOD_DAYS)
    )
    days_to_count = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, MAX_DAYS_TO_COUNT),
        metadata={"description": "Its audits should be closed within this many days."},
    )
    scope = fields.Nested(ScopeSchema, load_default=dict)
    sample = fields.Nested(SampleSchema, load_default=None, allow_none=True)
    policy = fields.Nested(PolicySchema, load_default=dict)
    blind = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    counts = fields.Nested(CountsSchema, load_default=dict)


class ProgrammeSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    every = fields.String(required=True)
    anchor_on = fields.Date(required=True)
    period_days = fields.Integer(required=True)
    days_to_count = fields.Integer(required=True, allow_none=True)
    scope = fields.Nested(ScopeSchema, required=True)
    sample = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    policy = fields.Nested(PolicySchema, required=True)
    blind = fields.Boolean(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    next_on = fields.Date(required=True)
    paused = fields.Boolean(required=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the round that is due could not be made."},
    )


class ProgrammeListSchema(Schema):
    items = fields.List(fields.Nested(ProgrammeSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class PauseInput(Schema):
    paused = fields.Boolean(required=True, truthy={True}, falsy={False})


class RoundSchema(Schema):
    period = fields.String(required=True)
    due_on = fields.Date(required=True)
    made_on = fields.Date(required=True)
    made_by = fields.String(required=True)
    skipped = fields.Integer(
        required=True, metadata={"description": "Missed rounds before it that were left out."}
    )
    audit = fields.Integer(required=True, allow_none=True)
    audit_state = fields.String(required=True, allow_none=True)
    locations = fields.Integer(
        required=True, metadata={"description": "How many locations a rolling round took."}
    )
    assets = fields.Integer(required=True)


class RoundListSchema(Schema):
    items = fields.List(fields.Nested(RoundSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class ProgrammePlaceSchema(Schema):
    location = fields.String(required=True)
    name = fields.String(required=True)
    place_class = fields.String(
        data_key="class", required=True, validate=validate.OneOf([c.value for c in PlaceClass])
    )
    assets = fields.Integer(required=True)
    counted_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True)
    score = fields.Float(
        required=True,
        metadata={"description": "Time since the last count, as a part of what its class allows."},
    )
    audit = fields.Integer(required=True, allow_none=True)


class ProgrammePlaceListSchema(Schema):
    items = fields.List(fields.Nested(ProgrammePlaceSchema), required=True)
    apart = fields.Integer(required=True)
    nowhere = fields.Integer(required=True)


def show_programme(row: ProgrammeRow) -> dict[str, Any]:
    """Return a programme as the API writes it."""
    plan = row.plan
    return {
        "id": row.id,
        "name": plan.name,
        "every": plan.schedule.every.value,
        "anchor_on": plan.schedule.anchor_on,
        "period_days": plan.schedule.period_days,
        "days_to_count": plan.days_to_count,
        "scope": plan.scope,
        "sample": plan.sample or None,
        "policy": show_policy(plan.policy),
        "blind": plan.is_blind,
        "counts": {one.value: count for one, count in plan.counts.items()},
        "next_on": row.next_on,
        "paused": row.is_paused,
        "problem": row.problem,
    }


def show_round(row: RoundRow) -> dict[str, Any]:
    """Return a round as the API writes it."""
    return {
        "period": row.period_key,
        "due_on": row.due_on,
        "made_on": row.made_on,
        "made_by": row.made_by,
        "skipped": row.skipped,
        "audit": row.audit_id,
        "audit_state": row.audit_state.value if row.audit_state else None,
        "locations": len(row.places),
        "assets": row.taken,
    }


def show_place(place: Place, row: ProgrammeRow) -> dict[str, Any]:
    """Return a location of a rolling programme as the API writes it."""
    one, counts = place.waiting, row.plan.counts
    return {
        "location": one.unit.code,
        "name": place.name,
        "place_class": one.place_class.value,
        "assets": one.unit.assets,
        "counted_at": place.counted_at,
        "due_at": one.due_at(counts),
        "score": round(one.measure(counts, g.now) / YEAR, 3),
        "audit": place.audit_id,
    }


@blueprint.route("")
class Programmes(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List programmes")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ProgrammeListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List programmes, oldest first."""
        with reading() as session:
            rows, following = list_programmes(
                session, after_id=query.get("cursor"), limit=query["limit"]
            )
        items = [show_programme(row) for row in rows]
        return {"items": items, "next": str(following) if following else None}

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Add a programme")
    @blueprint.arguments(ProgrammeInput)
    @blueprint.response(201, ProgrammeSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a programme. Its first audit is set up on its first day."""
        who: dict[str, Any] = {"actor": require_actor(), "today": today_here(), "now": g.now}
        return show_programme(transact(lambda s: add_programme(s, body, **who)))


@blueprint.route("/<id:programme_id>")
class OneProgramme(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="One programme")
    @blueprint.response(200, ProgrammeSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, programme_id: int) -> dict[str, Any]:
        """Return a programme with the day of its next round."""
        with reading() as session:
            return show_programme(get_programme(session, programme_id))

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Change a programme")
    @blueprint.arguments(ProgrammeInput)
    @blueprint.response(200, ProgrammeSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], programme_id: int) -> dict[str, Any]:
        """Change a programme. Audits that it set up stay as they are."""
        who: dict[str, Any] = {"actor": require_actor(), "today": today_here(), "now": g.now}
        return show_programme(transact(lambda s: change_programme(s, programme_id, body, **who)))

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Pause a programme or go on with it")
    @blueprint.arguments(PauseInput)
    @blueprint.response(200, ProgrammeSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], programme_id: int) -> dict[str, Any]:
        """Pause a programme, or go on. Rounds that fell due meanwhile are not made."""
        who: dict[str, Any] = {"actor": require_actor(), "today": today_here(), "now": g.now}
        paused = body["paused"]
        return show_programme(
            transact(lambda s: pause_programme(s, programme_id, is_paused=paused, **who))
        )


@blueprint.route("/<id:programme_id>/rounds")
class Rounds(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List the rounds of a programme")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, RoundListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], programme_id: int) -> dict[str, Any]:
        """List the rounds, newest first, each with its audit."""
        with reading() as session:
            get_programme(session, programme_id)
            rows, following = list_rounds(
                session, programme_id, before_id=query.get("cursor"), limit=query["limit"]
            )
        items = [show_round(row) for row in rows]
        return {"items": items, "next": str(following) if following else None}

    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Make the next round of a programme now")
    @blueprint.response(201, RoundSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, programme_id: int) -> dict[str, Any]:
        """Set up the audit of the next round before its day."""
        actor, today, now = require_actor(), today_here(), g.now
        zone = current_organisation().zone
        made = make_next(transact, programme_id, actor=actor, today=today, zone=zone, now=now)
        with reading() as session:
            return show_round(find_round_by_id(session, made.round_id))


@blueprint.route("/<id:programme_id>/places")
class Places(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List the locations of a rolling programme")
    @blueprint.response(200, ProgrammePlaceListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, programme_id: int) -> dict[str, Any]:
        """List its locations, those first that have waited longest for what their class allows.

        `apart` are assets that no round can take, because they are recorded at a location that
        contains others; `nowhere` are assets without a location.
        """
        with reading() as session:
            row = get_programme(session, programme_id)
            coverage = load_coverage(session, programme_id, row.plan, at=g.now)
        places = sorted(coverage.places, key=lambda p: -p.waiting.measure(row.plan.counts, g.now))
        return {
            "items": [show_place(one, row) for one in places],
            "apart": coverage.covered.apart,
            "nowhere": coverage.covered.nowhere,
        }
