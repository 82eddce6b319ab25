"""The locations of an audit: how far each is, who counts it, its sign-offs and second counts."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import ProblemSchema
from scanner_app.api.audits._blueprint import PROBLEM, blueprint
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.rounds.steps import PlaceState
from scanner_app.domain.errors import NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.rounds.comparing import compare_place
from scanner_app.queries.audits.rounds.progress import PlaceProgress, find_place, load_places
from scanner_app.queries.register.locations import find_location_id
from scanner_app.services.audits.blind import may_see_expected, require_not_blind
from scanner_app.services.audits.rounds.places import ask_recount, assign_place, sign_off_place
from scanner_app.services.audits.rounds.report_part import show_comparison
from scanner_app.storage.database import reading, transact

MAX_PEOPLE = 50
A_USER = validate.Range(min=1, max=MAX_ID)


class PlaceCounterSchema(Schema):
    name = fields.String(required=True)
    person = fields.String(required=True)
    round = fields.Integer(required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)


class SignOffSchema(Schema):
    name = fields.String(required=True)
    person = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    statement = fields.String(required=True, allow_none=True)
    is_empty = fields.Boolean(required=True)


class AuditPlaceSchema(Schema):
    location = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in PlaceState]))
    round = fields.Integer(required=True)
    expected = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null for who counts blind."}
    )
    seen = fields.Integer(required=True, allow_none=True)
    counters = fields.List(fields.Nested(PlaceCounterSchema), required=True)
    assigned = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    due_on = fields.String(required=True, allow_none=True)
    by_others = fields.Boolean(
        required=True,
        metadata={"description": "Somebody counted here to whom it is not given."},
    )
    signed_off = fields.Nested(SignOffSchema, required=True, allow_none=True)


class AuditPlaceListSchema(Schema):
    items = fields.List(fields.Nested(AuditPlaceSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class AssignmentInput(Schema):
    people = fields.List(
        fields.Integer(validate=A_USER), required=True, validate=validate.Length(max=MAX_PEOPLE),
        metadata={"description": "The ids of users; an empty list gives it to nobody."},
    )  # fmt: skip
    due_on = fields.Date(allow_none=True, load_default=None)


class SignOffInput(Schema):
    statement = SafeText(limit=2000, multiline=True, load_default="")
    is_empty = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class RecountInput(Schema):
    reason = SafeText(required=True, limit=2000, multiline=True, blank=False)
    counter = fields.Integer(
        allow_none=True, load_default=None, validate=A_USER,
        metadata={"description": "The id of the user who counts it again; null is anybody else."},
    )  # fmt: skip


class ComparisonSchema(Schema):
    """Two counts of one location. `estimate` is Chapman's, of how much is there.

    Until it was counted twice, there is nothing to compare: the figures are null.
    """

    rounds = fields.Integer(required=True)
    first = fields.Integer(required=True, allow_none=True)
    second = fields.Integer(required=True, allow_none=True)
    both = fields.Integer(required=True, allow_none=True)
    only_first = fields.List(fields.String(), required=True)
    only_second = fields.List(fields.String(), required=True)
    agreement = fields.Float(required=True, allow_none=True)
    estimate = fields.Float(required=True, allow_none=True)
    deviation = fields.Float(required=True, allow_none=True)


NOT_COMPARED: dict[str, Any] = {
    **dict.fromkeys(("first", "second", "both", "agreement", "estimate", "deviation")),
    "only_first": [],
    "only_second": [],
}


@blueprint.route("/<id:audit_id>/places")
class Places(MethodView):
    @allow(Action.READ_AUDITS)
    @blueprint.doc(summary="List the locations of an audit, and how far each is")
    @blueprint.response(200, AuditPlaceListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int) -> dict[str, Any]:
        """List the locations of an audit, in the order of the tree."""
        with reading() as session:
            is_open = may_see_expected(get_audit(session, audit_id), require_actor())
            places = load_places(session, audit_id, shows_expected=is_open)
        return {"items": [_show(one, is_open=is_open) for one in places], "next": None}


@blueprint.route("/<id:audit_id>/places/<path:code>/assignments")
class Assignments(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Give a location of an audit to counters")
    @blueprint.arguments(AssignmentInput)
    @blueprint.response(200, AuditPlaceSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], audit_id: int, code: str) -> dict[str, Any]:
        """Assign a location to these users, in place of those before. It hides nothing."""
        due_on: date | None = body["due_on"]
        actor, now = require_actor(), g.now
        transact(
            lambda session: assign_place(
                session, audit_id=audit_id, location_id=_find(session, code),
                people=body["people"], due_on=due_on, actor=actor, now=now,
            )
        )  # fmt: skip
        return _load(audit_id, code)


@blueprint.route("/<id:audit_id>/places/<path:code>/sign-offs")
class SignOffs(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(summary="Sign a location of an audit off as counted")
    @blueprint.arguments(SignOffInput)
    @blueprint.response(200, AuditPlaceSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int, code: str) -> dict[str, Any]:
        """Sign a location off; without a statement it is only called counted."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: sign_off_place(
                session, audit_id=audit_id, location_id=_find(session, code),
                statement=body["statement"], is_empty=body["is_empty"], actor=actor, now=now,
            )
        )  # fmt: skip
        return _load(audit_id, code)


@blueprint.route("/<id:audit_id>/places/<path:code>/recounts")
class Recounts(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Ask for another count of a location by somebody else")
    @blueprint.arguments(RecountInput)
    @blueprint.response(200, AuditPlaceSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], audit_id: int, code: str) -> dict[str, Any]:
        """Ask for another count. Who counted there before is refused."""
        actor, now = require_actor(), g.now
        transact(
            lambda session: ask_recount(
                session, audit_id=audit_id, location_id=_find(session, code),
                reason=body["reason"], counter_id=body["counter"], actor=actor, now=now,
            )
        )  # fmt: skip
        return _load(audit_id, code)


@blueprint.route("/<id:audit_id>/places/<path:code>/comparison")
class PlaceComparison(MethodView):
    @allow(Action.RUN_AUDITS)
    @blueprint.doc(summary="Compare two counts of a location")
    @blueprint.response(200, ComparisonSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, audit_id: int, code: str) -> dict[str, Any]:
        """Return what both counts saw, and what one of them alone saw."""
        with reading() as session:
            require_not_blind(get_audit(session, audit_id), require_actor())
            place = find_place(session, audit_id, _find(session, code))
            compared = compare_place(session, audit_id, place)
        found = show_comparison(compared) if compared else NOT_COMPARED
        return {"rounds": place.count.round, **found}


def _find(session: Session, code: str) -> int:
    location_id = find_location_id(session, code)
    if location_id is None:
        raise NotFound("That location does not exist.")
    return location_id


def _load(audit_id: int, code: str) -> dict[str, Any]:
    with reading() as session:
        is_open = may_see_expected(get_audit(session, audit_id), require_actor())
        location_id = _find(session, code)
        return _show(
            find_place(session, audit_id, location_id, shows_expected=is_open), is_open=is_open
        )


def _show(place: PlaceProgress, *, is_open: bool) -> dict[str, Any]:
    signed = place.count.signed_off
    return {
        "location": place.room.code,
        "name": place.room.full_name,
        "state": place.state.value,
        "round": place.count.round,
        "expected": place.room.expected if is_open else None,
        "seen": place.room.seen if is_open else None,
        "counters": place.counters,
        "assigned": place.assignment.people,
        "due_on": place.assignment.due_on,
        "by_others": place.is_by_others,
        "signed_off": None
        if signed is None
        else {
            "name": signed.name,
            "person": signed.person,
            "at": signed.at,
            "statement": signed.text,
            "is_empty": signed.is_empty,
        },
    }
