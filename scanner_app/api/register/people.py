"""GET, POST and PATCH /api/v1/people: the people to whom assets are assigned."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.register.fields import PageQuery
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow
from scanner_app.queries.register import people as queries
from scanner_app.queries.register.people import PersonRow
from scanner_app.services.register.people import create_person, edit_person
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "people",
    __name__,
    url_prefix="/api/v1/people",
    description="People to whom assets can be assigned.",
)


class PersonInput(Schema):
    """The fields that a program may set. Any other field is refused as unknown."""

    number = SafeText(limit=64, allow_none=True)
    name = SafeText(limit=200, blank=False)
    email = SafeText(limit=254, allow_none=True)
    username = SafeText(limit=100, allow_none=True)
    department = SafeText(limit=200, allow_none=True)
    badges = fields.List(SafeText(limit=255, blank=False), validate=validate.Length(max=20))
    is_active = fields.Boolean(truthy={True}, falsy={False})


class NewPerson(PersonInput):
    name = SafeText(limit=200, blank=False, required=True)


class PersonRecordSchema(Schema):
    """A person; `assets` is the number of assets assigned to them."""

    id = fields.Integer(required=True)
    number = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    username = fields.String(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)
    badges = fields.List(fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    assets = fields.Integer(required=True)


class PersonListSchema(Schema):
    items = fields.List(fields.Nested(PersonRecordSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def show_person(row: PersonRow) -> dict[str, Any]:
    """Return a person in the form of the API."""
    return {name: getattr(row, name) for name in PersonRecordSchema().fields}


@blueprint.route("")
class People(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List people")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, PersonListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List people by name."""
        with reading() as session:
            found = queries.list_people(
                session,
                query=query.get("q", ""),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_person(row) for row in found.rows], "next": found.next}

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Add a person")
    @blueprint.arguments(NewPerson)
    @blueprint.response(201, PersonRecordSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a person."""
        person_id = transact(lambda s: create_person(s, values=body, now=g.now))
        with reading() as session:
            return show_person(queries.get_person_by_id(session, person_id))


@blueprint.route("/<path:ref>")
class OnePerson(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a person")
    @blueprint.response(200, PersonRecordSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, ref: str) -> dict[str, Any]:
        """Get one person by number, by `~id`, or by an id that is not anyone's number."""
        with reading() as session:
            return show_person(queries.get_person(session, ref))

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Change a person")
    @blueprint.arguments(PersonInput)
    @blueprint.response(200, PersonRecordSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], ref: str) -> dict[str, Any]:
        """Change the fields in the body. All other fields stay as they are."""
        person_id = transact(lambda s: edit_person(s, ref=ref, values=body, now=g.now))
        with reading() as session:
            return show_person(queries.get_person_by_id(session, person_id))
