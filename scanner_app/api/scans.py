"""POST and GET /api/v1/scans: the door that a page, a phone, a script and a reader go through."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import msgspec
from flask import Response, g, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import JSON_LIMIT, Blueprint, ProblemSchema
from scanner_app.api.body import SafeText, parse_json
from scanner_app.api.scan_form import ScanSchema, parse_scan, parse_time
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.capture import NewScan
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.state import current_settings
from scanner_app.edge.tag_rules import refuse_secret, tag_rules
from scanner_app.queries import scans as scan_queries
from scanner_app.services.scanning import Results, record_scans
from scanner_app.storage.database import reading, transact

MOST_SCANS = 1000
EXPECTED_USER = "X-Expected-User"
_encode = msgspec.json.Encoder().encode

blueprint = Blueprint(
    "scans", __name__, url_prefix="/api/v1/scans", description="Everything that was scanned."
)


class SightingFindingSchema(Schema):
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)


class AssetCardSchema(Schema):
    asset_tag = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)
    location = fields.String(allow_none=True)
    location_name = fields.String(allow_none=True)
    home_location = fields.String(allow_none=True)
    home_location_name = fields.String(allow_none=True)
    custodian = fields.String(allow_none=True)
    custodian_name = fields.String(allow_none=True)


class PlaceSchema(Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)


class PersonSchema(Schema):
    number = fields.String(allow_none=True)
    name = fields.String(required=True)


class ResultSchema(Schema):
    """What became of one scan."""

    scan_id = fields.String(allow_none=True, required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(["recorded", "repeated", "invalid", "conflict"])
    )
    outcome = fields.String(allow_none=True)
    refusal = fields.String(allow_none=True)
    finding = fields.Nested(SightingFindingSchema, allow_none=True)
    asset = fields.Nested(AssetCardSchema, allow_none=True)
    kind = fields.String(allow_none=True)
    answer = fields.String(
        validate=validate.OneOf(["fine", "wrong_place", "unknown", "already_scanned", "refused"])
    )
    place = fields.Nested(PlaceSchema, allow_none=True)
    person = fields.Nested(PersonSchema, allow_none=True)
    message = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class BatchSchema(Schema):
    scans = fields.List(
        fields.Nested(ScanSchema),
        required=True,
        metadata={"minItems": 1, "maxItems": MOST_SCANS},
    )


class ResultsSchema(Schema):
    results = fields.List(fields.Nested(ResultSchema), required=True)


class ListQuery(Schema):
    asset = SafeText(limit=255)
    audit = fields.Integer(validate=validate.Range(min=1, max=2**31 - 1))
    since = fields.String(metadata={"format": "date-time"})
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=2**31 - 1))


class LoggedScanSchema(Schema):
    """A scan as it stands in the log."""

    scan_id = fields.UUID(required=True)
    code = fields.String(required=True)
    intent = fields.String(required=True)
    scanned_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    is_clock_suspect = fields.Boolean()
    symbology = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    asset = fields.String(allow_none=True)
    location = fields.String(allow_none=True)
    custodian = fields.String(allow_none=True)
    audit = fields.Integer(allow_none=True)
    voids = fields.UUID(allow_none=True)
    is_undone = fields.Boolean()
    condition = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    device = fields.String(allow_none=True)
    actor = fields.String()
    outcome = fields.String()
    refusal = fields.String(allow_none=True)
    message = fields.String()


class ScanListSchema(Schema):
    items = fields.List(fields.Nested(LoggedScanSchema), required=True)
    next = fields.String(allow_none=True, required=True)


def take_scans(raws: list[Any], *, actor: Actor, now: datetime) -> Results:
    """Record the scans that can be read; the others answer `invalid` and spoil no neighbour."""
    settings, rules = current_settings(), tag_rules()
    parsed = [refuse_secret(parse_scan(raw)) for raw in raws]
    scans = [scan for scan in parsed if isinstance(scan, NewScan)]
    results = Results()
    if scans:
        results = transact(
            lambda session: record_scans(
                session,
                scans=scans,
                actor=actor,
                now=now,
                skew=timedelta(seconds=settings.clock_skew_seconds),
                rules=rules,
            )
        )
    if len(scans) == len(raws):
        return results
    recorded = iter(results)
    return Results(
        next(recorded)
        if isinstance(scan, NewScan)
        else invalid_result(raw.get("scan_id") if isinstance(raw, dict) else None, scan)
        for raw, scan in zip(raws, parsed, strict=True)
    )


def check_sender(actor: Actor, expected: str | None) -> None:
    """Refuse scans that another person made: a phone that was handed on sends none of them.

    :param expected: the id of the user who scanned, as the phone says in `X-Expected-User`.
    :raises Conflict: somebody else is signed in, or a token, which is nobody.
    """
    if expected is None or expected == str(actor.user_id):
        return
    raise Conflict(
        f"These scans are another person's: {actor.name} is signed in here. Nothing was recorded."
        " Sign in as whoever scanned them to send them.",
        code="other_user",
    )


def invalid_result(scan_id: object, errors: dict[str, list[str]]) -> dict[str, Any]:
    """Give the result of a scan that could not be read: not recorded, and why by field."""
    return {
        "scan_id": scan_id if isinstance(scan_id, str) else None,
        "status": "invalid",
        "outcome": None,
        "refusal": None,
        "finding": None,
        "asset": None,
        "kind": None,
        "answer": "refused",
        "place": None,
        "person": None,
        "message": "Not recorded: " + " ".join(f"{k}: {v[0]}" for k, v in errors.items()),
        "errors": errors,
    }


@blueprint.route("")
class Scans(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(
        summary="Record scans",
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": BatchSchema}},
        },
        parameters=[
            {
                "in": "header",
                "name": EXPECTED_USER,
                "schema": {"type": "integer", "minimum": 1},
                "description": "Who scanned: refused with 409 where somebody else is signed in.",
            }
        ],
    )
    @blueprint.response(200, ResultsSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def post(self) -> Response:
        """Record up to 1000 scans in order; each has its own result."""
        actor = require_actor()
        check_sender(actor, request.headers.get(EXPECTED_USER))
        if not request.is_json:
            raise Invalid("Send the body as application/json.", code="not_json")
        body = parse_json(request.get_data(cache=False), limit=JSON_LIMIT)
        if not isinstance(body, dict) or not isinstance(body.get("scans"), list):
            raise Invalid("Send an object with a list.", errors={"scans": ["Must be a list."]})
        unknown = sorted(set(body) - {"scans"})
        if unknown:
            raise Invalid(
                "Some fields are not known.",
                errors={str(name)[:64]: ["Unknown field."] for name in unknown},
            )
        raws = body["scans"]
        if not 1 <= len(raws) <= MOST_SCANS:
            raise Invalid(
                f"Send 1 to {MOST_SCANS} scans at once.",
                errors={"scans": [f"Has {len(raws)} scans."]},
            )
        results = take_scans(raws, actor=actor, now=g.now)
        count_scans(results)
        # What was told is told as it stands in the log.
        text = results.text or _encode(results).decode()
        response = Response(f'{{"results":{text}}}', mimetype="application/json")
        response.headers["X-Server-Now"] = g.now.isoformat()
        return response

    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List scans")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ScanListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List scans, newest first."""
        since: datetime | None = None
        if "since" in query:
            try:
                since = parse_time(query["since"])
            except ValueError as error:
                raise Invalid(
                    "Some fields cannot be taken.", errors={"since": [str(error)]}
                ) from None
        with reading() as session:
            rows = scan_queries.list_scans(
                session,
                asset_tag=query.get("asset"),
                audit_id=query.get("audit"),
                since=since,
                before_id=query.get("cursor"),
                limit=query["limit"],
            )
        following = rows[-1].id if len(rows) == query["limit"] else None
        return {
            "items": [asdict(row) for row in rows],
            "next": str(following) if following is not None else None,
        }
