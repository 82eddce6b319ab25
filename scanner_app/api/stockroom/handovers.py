"""POST and GET /api/v1/handovers: things change hands, and what the record says of it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, g, request
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import JSON_LIMIT, Blueprint, ProblemSchema
from scanner_app.api.body import parse_json
from scanner_app.api.problems import problem
from scanner_app.api.scanning.scans import EXPECTED_USER, check_sender
from scanner_app.api.stockroom.schemas import (
    HandoverListSchema,
    HandoverQuery,
    HandoverSchema,
    LinkSchema,
    NewHandoverSchema,
    PaperQuery,
    RefusedSchema,
    VoidedSchema,
    show_finding,
    show_handover,
)
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.stockroom.new_handover import parse_handover
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import make_sealing
from scanner_app.edge.state import spend_budget
from scanner_app.edge.stockroom.links import write_link_url
from scanner_app.edge.stockroom.receipts import receipt_json, receipt_pdf
from scanner_app.edge.stockroom.recording import record_now, void_now
from scanner_app.queries.register.people import get_person
from scanner_app.queries.stockroom.handovers import (
    get_handover,
    get_handover_by_row,
    list_handovers,
)
from scanner_app.services.stockroom.links import make_link, withdraw_link
from scanner_app.services.stockroom.record import RefusedLine
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "handovers", __name__, url_prefix="/api/v1/handovers", description="Things that change hands."
)


@blueprint.route("")
class Handovers(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(
        summary="Hand over, or take back",
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": NewHandoverSchema}},
        },
        parameters=[
            {
                "in": "header",
                "name": EXPECTED_USER,
                "schema": {"type": "integer", "minimum": 1},
                "description": "Whose counter it is: refused with 409 if another is signed in.",
            }
        ],
    )
    @blueprint.response(201, HandoverSchema)
    @blueprint.alt_response(200, schema=HandoverSchema)
    @blueprint.alt_response(409, schema=RefusedSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self) -> Any:
        """Record all scans and the sealed document in one transaction, or nothing.

        The same hand-over again gets its first answer, with 200.
        """
        actor = require_actor()
        check_sender(actor, request.headers.get(EXPECTED_USER))
        if not request.is_json:
            raise Invalid("Send the body as application/json.", code="not_json")
        data = request.get_data(cache=False)
        handover = parse_handover(parse_json(data, limit=JSON_LIMIT))
        spend_budget(actor.key, len(handover.lines), len(data))
        recorded = record_now(handover, actor, g.now)
        if recorded.id is None:
            return refuse_lines(recorded.refused, actor)
        with reading() as session:
            row = get_handover_by_row(session, recorded.id)
        return show_handover(row), 201 if recorded.is_new else 200

    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List hand-overs")
    @blueprint.arguments(HandoverQuery, location="query")
    @blueprint.response(200, HandoverListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List hand-overs, newest first."""
        limit: int = query["limit"]
        with reading() as session:
            person = get_person(session, query["person"]).id if "person" in query else None
            rows = list_handovers(
                session, person=person, before_id=query.get("cursor"), limit=limit + 1
            )
        return {
            "items": [show_handover(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }


def refuse_lines(refused: tuple[RefusedLine, ...], actor: Actor) -> Response:
    """Return the problem that names each thing that cannot change hands."""
    said = " ".join(line.message for line in refused)
    answer = problem(409, "handover_refused", f"Nothing changed hands. {said}")
    body = json.loads(answer.get_data())
    body["lines"] = [
        {
            "index": one.index,
            "message": one.message,
            "result": one.answer.to_json() if one.answer else None,
            "findings": [show_finding(finding, actor) for finding in one.findings],
        }
        for one in refused
    ]
    answer.set_data(json.dumps(body, ensure_ascii=False))
    return answer


@blueprint.route("/<uuid:handover_id>")
class OneHandover(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="One hand-over")
    @blueprint.response(200, HandoverSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, handover_id: Any) -> dict[str, Any]:
        """Return a hand-over and what happened to it since."""
        with reading() as session:
            return show_handover(get_handover(session, handover_id))


@blueprint.route("/<uuid:handover_id>/receipt.json")
class Receipt(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="The sealed receipt, for `scanner-app handovers verify`")
    @blueprint.response(200, content_type="application/json")
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, handover_id: Any) -> Response:
        """Return the sealed text of a hand-over."""
        with reading() as session:
            return receipt_json(get_handover(session, handover_id))


@blueprint.route("/<uuid:handover_id>/receipt.pdf")
class PaperReceipt(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="The receipt on paper")
    @blueprint.arguments(PaperQuery, location="query")
    @blueprint.response(200, content_type="application/pdf")
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], handover_id: Any) -> Response:
        """Return the receipt of a hand-over, drawn from its sealed document."""
        with reading() as session:
            return receipt_pdf(session, get_handover(session, handover_id), query["paper"])


@blueprint.route("/<uuid:handover_id>/void")
class Void(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Undo a hand-over")
    @blueprint.response(200, VoidedSchema)
    @blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, handover_id: Any) -> dict[str, Any]:
        """Undo its scans, but those of things that changed hands again since.

        Its own clerk may for 15 minutes; later, who may undo any scan.
        """
        lines = void_now(handover_id, require_actor(), g.now)
        with reading() as session:
            row = get_handover(session, handover_id)
        return {
            "lines": [
                {"n": one.n, "is_voided": one.is_voided, "message": one.message} for one in lines
            ],
            "state": row.state.value,
        }


@blueprint.route("/<uuid:handover_id>/link")
class Link(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Make a link to accept a hand-over")
    @blueprint.response(201, LinkSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, handover_id: Any) -> dict[str, Any]:
        """Make the link on which the person accepts or declines, and tell them by e-mail.

        A link that was open before ends.
        """
        sealing = make_sealing(require_actor(), g.now)

        def make(session: Session) -> dict[str, Any]:
            link = make_link(session, get_handover(session, handover_id).id, sealing)
            return {"url": write_link_url(link.id, handover_id), "expires_at": link.expires_at}

        return transact(make)

    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Withdraw the link of a hand-over")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, handover_id: Any) -> None:
        """Withdraw the open link: it takes no answer any more."""
        sealing = make_sealing(require_actor(), g.now)
        transact(
            lambda session: withdraw_link(session, get_handover(session, handover_id).id, sealing)
        )
