"""POST and GET /api/v1/scans: record scans, and list the log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, request
from flask.views import MethodView

from scanner_app.api import JSON_LIMIT, Blueprint, ProblemSchema
from scanner_app.api.body import parse_json
from scanner_app.api.scanning.schemas import (
    MAX_SCANS,
    BatchSchema,
    ListQuery,
    ResultsSchema,
    ScanListSchema,
)
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.scanning.answer import Answer, encode_list, invalid
from scanner_app.domain.scanning.new_scan import NewScan, parse_scan, parse_time
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import refuse_unfit, tag_rules
from scanner_app.queries.scanning import log as scan_log
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact

EXPECTED_USER = "X-Expected-User"

blueprint = Blueprint(
    "scans", __name__, url_prefix="/api/v1/scans", description="Everything that was scanned."
)


def take_scans(raws: list[Any], *, actor: Actor, now: datetime) -> list[Answer]:
    """Record the scans that can be read. The others are answered `invalid` and stop none."""
    settings, rules = current_settings(), tag_rules()
    parsed = [refuse_unfit(parse_scan(raw)) for raw in raws]
    scans = [scan for scan in parsed if isinstance(scan, NewScan)]
    answers: list[Answer] = []
    if scans:
        answers = transact(
            lambda session: record_scans(
                session,
                scans=scans,
                actor=actor,
                now=now,
                skew=timedelta(seconds=settings.clock_skew_seconds),
                rules=rules,
                zone=current_organisation().time_zone,
            )
        )
    recorded = iter(answers)
    return [
        next(recorded)
        if isinstance(scan, NewScan)
        else invalid(raw.get("scan_id") if isinstance(raw, dict) else None, scan)
        for raw, scan in zip(raws, parsed, strict=True)
    ]


def check_sender(actor: Actor, expected: str | None) -> None:
    """Raise if another person made the scans: a phone that was handed on must not send them.

    :param expected: the id of the user who scanned, as the phone says in `X-Expected-User`.
    :raises Conflict: another person is signed in, or it is a token.
    """
    if expected is None or expected == str(actor.user_id):
        return
    raise Conflict(
        f"These scans are another person's: {actor.name} is signed in here. Nothing was recorded."
        " Sign in as the person who scanned them to send them.",
        code="other_user",
    )


@blueprint.route("")
class Scans(MethodView):
    @allow(Action.POST_SCANS)
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
                "description": "Who scanned: refused with 409 if another person is signed in.",
            }
        ],
    )
    @blueprint.response(200, ResultsSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def post(self) -> Response:
        """Record up to 1000 scans in order; each gets one result."""
        actor = require_actor()
        check_sender(actor, request.headers.get(EXPECTED_USER))
        if not request.is_json:
            raise Invalid("Send the body as application/json.", code="not_json")
        data = request.get_data(cache=False)
        size = len(data)
        body = parse_json(data, limit=JSON_LIMIT)
        if not isinstance(body, dict) or not isinstance(body.get("scans"), list):
            raise Invalid("Send an object with a list.", errors={"scans": ["Must be a list."]})
        unknown = sorted(set(body) - {"scans"})
        if unknown:
            raise Invalid(
                "Some fields are not known.",
                errors={str(name)[:64]: ["Unknown field."] for name in unknown},
            )
        raws = body["scans"]
        if not 1 <= len(raws) <= MAX_SCANS:
            raise Invalid(
                f"Send 1 to {MAX_SCANS} scans at once.",
                errors={"scans": [f"Has {len(raws)} scans."]},
            )
        spend_budget(actor.key, len(raws), size)
        answers = take_scans(raws, actor=actor, now=g.now)
        count_scans(answers)
        if not actor.can(Action.READ_REGISTER):
            answers = [answer.hide_register() for answer in answers]
        response = Response(f'{{"results":{encode_list(answers)}}}', mimetype="application/json")
        response.headers["X-Server-Now"] = g.now.isoformat()
        return response

    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List scans")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ScanListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List scans, newest first."""
        limit: int = query["limit"]
        since: datetime | None = None
        if "since" in query:
            try:
                since = parse_time(query["since"])
            except ValueError as error:
                raise Invalid(
                    "Some fields cannot be taken.", errors={"since": [str(error)]}
                ) from None
        with reading() as session:
            rows = scan_log.list_scans(
                session,
                asset_tag=query.get("asset"),
                audit_id=query.get("audit"),
                since=since,
                before_id=query.get("cursor"),
                limit=limit + 1,
            )
        shown = rows[:limit]
        return {
            "items": [asdict(row) | {"note": row.note or row.reader_said} for row in shown],
            "next": str(shown[-1].id) if len(rows) > limit else None,
        }
