"""/api/v1/reservations: things that are booked for a person and a time."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.stockroom.reservations import (
    MAX_LINES,
    MAX_NOTE,
    MAX_UNITS,
    ReservationState,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.queries.register.people import get_person
from scanner_app.queries.stockroom.reservations import (
    ReservationRow,
    ReservedLine,
    get_reservation,
    list_reservations,
)
from scanner_app.services.stockroom.booking.book import (
    book,
    book_draft,
    cancel,
    change_draft,
    keep_draft,
)
from scanner_app.services.stockroom.booking.order import Booking
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "reservations",
    __name__,
    url_prefix="/api/v1/reservations",
    description="Things that are booked for a person and a time.",
)


class BookedThingSchema(Schema):
    """A thing to book: the code of an asset or a kit, or units of a model."""

    code = SafeText(limit=255)
    model = SafeText(limit=255)
    quantity = fields.Integer(
        strict=True, load_default=1, validate=validate.Range(min=1, max=MAX_UNITS)
    )


class ReservationInput(Schema):
    """What is asked for, in place of what a draft said."""

    person = SafeText(limit=255, required=True)
    starts_at = fields.AwareDateTime(required=True, format="iso")
    ends_at = fields.AwareDateTime(required=True, format="iso")
    place = SafeText(limit=200, allow_none=True)
    note = SafeText(limit=MAX_NOTE, allow_none=True)
    things = fields.List(
        fields.Nested(BookedThingSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_LINES),
    )


class NewReservation(ReservationInput):
    draft = fields.Boolean(
        load_default=False, metadata={"description": "Keep it as a draft: nothing is reserved."}
    )


class ReservedLineSchema(Schema):
    """A line; `picked` are the assets that were handed over for it."""

    kind = fields.String(required=True, validate=validate.OneOf(["asset", "kit", "model"]))
    ref = fields.String(required=True)
    name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    picked = fields.List(fields.String(), required=True)
    out = fields.Integer(required=True)


class ReservationSchema(Schema):
    number = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([state.value for state in ReservationState])
    )
    person = fields.String(required=True)
    person_name = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    note = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    made_by = fields.String(required=True)
    lines = fields.List(fields.Nested(ReservedLineSchema), required=True)


class ReservationListSchema(Schema):
    items = fields.List(fields.Nested(ReservationSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReservationQuery(Schema):
    person = SafeText(limit=255)
    open = fields.Boolean(metadata={"description": "Only those that were not ended."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=500))
    cursor = fields.String()


def show_reservation(row: ReservationRow) -> dict[str, Any]:
    """Return a reservation as the API shows it."""
    return {
        "number": row.number,
        "state": row.state.value,
        "person": row.person_ref,
        "person_name": row.person,
        "place": row.place,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "note": row.note,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "lines": [_show_line(line) for line in row.lines],
    }


def _show_line(line: ReservedLine) -> dict[str, Any]:
    return {
        "kind": "kit" if line.kit else "model" if line.model_id is not None else "asset",
        "ref": line.ref,
        "name": line.name,
        "quantity": line.quantity,
        "picked": list(line.tags),
        "out": line.out,
    }


@blueprint.route("")
class Reservations(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List reservations")
    @blueprint.arguments(ReservationQuery, location="query")
    @blueprint.response(200, ReservationListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List reservations, those that start last first."""
        with reading() as session:
            person = get_person(session, query["person"]) if "person" in query else None
            found = list_reservations(
                session,
                person_id=person.id if person else None,
                is_open=query.get("open", False),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_reservation(row) for row in found.rows], "next": found.next}

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Reserve things")
    @blueprint.arguments(NewReservation)
    @blueprint.response(201, ReservationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Reserve things for a person. What is reserved or lent then is refused, `reserved`."""
        keep = keep_draft if body["draft"] else book

        def save(session: Session) -> dict[str, Any]:
            return show_reservation(get_reservation(session, keep(session, body, _booking())))

        return transact(save)


def _booking() -> Booking:
    return Booking(require_actor(), g.now, current_organisation().time_zone, tag_rules())


@blueprint.route("/<string:number>")
class OneReservation(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a reservation")
    @blueprint.response(200, ReservationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get one reservation, with what was picked up for it."""
        with reading() as session:
            return show_reservation(get_reservation(session, number))

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Change a draft")
    @blueprint.arguments(ReservationInput)
    @blueprint.response(200, ReservationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Change a draft. What is reserved already is refused, `not_a_draft`."""

        def save(session: Session) -> dict[str, Any]:
            change_draft(session, number, body, _booking())
            return show_reservation(get_reservation(session, number))

        return transact(save)

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Cancel a reservation")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, number: str) -> None:
        """Cancel what was not picked up. What was stays with the person."""
        transact(lambda session: cancel(session, number, now=g.now))


@blueprint.route("/<string:number>/booking")
class BookedReservation(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Reserve what a draft asks for")
    @blueprint.response(200, ReservationSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, number: str) -> dict[str, Any]:
        """Reserve what a draft asks for. What is reserved or lent then is refused, `reserved`."""

        def save(session: Session) -> dict[str, Any]:
            book_draft(session, number, _booking())
            return show_reservation(get_reservation(session, number))

        return transact(save)
