"""/api/v1/tasks of deliveries: what was received, what is decided about it, and the booking."""

from __future__ import annotations

from typing import Any

from flask import g, jsonify, request
from flask.views import MethodView
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.procurement.schemas import (
    BookedSchema,
    BookingInput,
    DeliverySchema,
    ExpectedSchema,
    NewReceiptsSchema,
    ReceiptInput,
    ReceivedSchema,
    StepInput,
    show_delivery,
)
from scanner_app.api.scanning.scans import take_scans
from scanner_app.domain.access.roles import Action
from scanner_app.domain.procurement.deliveries import ReceiptDecision
from scanner_app.domain.scanning.intents import Intent
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import spend_budget
from scanner_app.queries.procurement.deliveries import get_delivery
from scanner_app.queries.procurement.expected_work import load_expected
from scanner_app.services.procurement.booking import Tags, book_delivery
from scanner_app.services.procurement.deliveries import cancel_delivery
from scanner_app.services.procurement.receipts import decide_receipts, set_label
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint("deliveries_api", __name__, url_prefix="/api/v1", description="What arrives.")


@blueprint.route("/tasks/<number>/delivery")
class OneDelivery(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a delivery")
    @blueprint.response(200, DeliverySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get the lines and the receipts of a delivery."""
        with reading() as session:
            return show_delivery(get_delivery(session, number))


@blueprint.route("/tasks/<number>/expected.json")
class ExpectedOfDelivery(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get what a delivery still expects")
    @blueprint.response(200, ExpectedSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> WerkzeugResponse:
        """Get the lines of a delivery, and the serial numbers that came, to answer scans offline.

        Its `ETag` names its content: sent as `If-None-Match`, what is unchanged is not sent again.
        """
        with reading() as session:
            expected = load_expected(session, get_delivery(session, number).id)
        response = jsonify(expected)
        response.add_etag()
        return response.make_conditional(request)


@blueprint.route("/tasks/<number>/receipts")
class Receipts(MethodView):
    @allow(Action.RECEIVE)
    @blueprint.doc(summary="Receive codes")
    @blueprint.arguments(NewReceiptsSchema)
    @blueprint.response(200, ReceivedSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Receive codes in order, each as a scan: a box's code sets the line for what follows."""
        actor = require_actor()
        raws = [
            {
                **{name: value for name, value in one.items() if value is not None},
                "scan_id": str(one["scan_id"]),
                "intent": Intent.RECEIVE.value,
                "scanned_at": g.now.isoformat(),
                "task": number,
            }
            for one in body["receipts"]
        ]
        with reading() as session:
            get_delivery(session, number)
        spend_budget(actor.key, len(raws), 0)
        answers = take_scans(raws, actor=actor, now=g.now)
        with reading() as session:
            delivery = show_delivery(get_delivery(session, number))
        results = [
            {
                "scan_id": one.scan_id,
                "outcome": one.outcome.value if one.outcome else None,
                "refusal": one.refusal,
                "message": one.message,
            }
            for one in answers
        ]
        return {"results": results, "delivery": delivery}


@blueprint.route("/tasks/<number>/receipts/<id:receipt_id>")
class OneReceipt(MethodView):
    @allow(Action.RECEIVE)
    @blueprint.doc(summary="Decide about a receipt")
    @blueprint.arguments(ReceiptInput)
    @blueprint.response(200, DeliverySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], number: str, receipt_id: int) -> dict[str, Any]:
        """Decide about what does not fit, or say which label is on it."""
        actor = require_actor()

        def change(session: Session) -> dict[str, Any]:
            if "label" in body:
                set_label(session, number=number, receipt_id=receipt_id, label=body["label"])
            if "decision" in body:
                decide_receipts(
                    session,
                    number=number,
                    ids=[receipt_id],
                    decision=ReceiptDecision(body["decision"]) if body["decision"] else None,
                    reason=body["reason"],
                    line=body.get("line"),
                    as_new=body["as_new"],
                    actor=actor,
                    now=g.now,
                )
            return show_delivery(get_delivery(session, number))

        return transact(change)


@blueprint.route("/tasks/<number>/booking")
class BookingOfDelivery(MethodView):
    @allow(Action.RECEIVE)
    @blueprint.doc(summary="Book a delivery")
    @blueprint.arguments(BookingInput)
    @blueprint.response(200, BookedSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Book a delivery: assets, stock and expenses, all of them or none."""
        actor, organisation = require_actor(), current_organisation()
        tags = Tags(body["first_tag"], organisation.tag_prefix, organisation.tag_digits)

        def book(session: Session) -> dict[str, Any]:
            made = book_delivery(
                session,
                number=number,
                tags=tags,
                today=g.now.astimezone(organisation.zone).date(),
                actor=actor,
                now=g.now,
            )
            return {"assets": made, "delivery": show_delivery(get_delivery(session, number))}

        return transact(book)


@blueprint.route("/tasks/<number>/cancellation")
class CancellationOfDelivery(MethodView):
    @allow(Action.RECEIVE)
    @blueprint.doc(summary="Cancel a delivery")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, DeliverySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Cancel a delivery that is not booked."""
        actor = require_actor()

        def cancel(session: Session) -> dict[str, Any]:
            cancel_delivery(session, number=number, reason=body["reason"], actor=actor, now=g.now)
            return show_delivery(get_delivery(session, number))

        return transact(cancel)
