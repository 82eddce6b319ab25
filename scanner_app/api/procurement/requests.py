"""/api/v1/requests: what people need, who decides, quotes, and what covers it."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.procurement.request_schemas import (
    FulfilmentInput,
    NewRequest,
    QuoteInput,
    RequestDecisionInput,
    RequestDetailSchema,
    RequestInput,
    RequestListSchema,
    RequestOrderInput,
    RequestQuery,
    show_detail,
    show_request,
)
from scanner_app.api.procurement.schemas import OrderSchema, StepInput, show_order
from scanner_app.domain.access.roles import Action
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.procurement.orders import get_order
from scanner_app.queries.procurement.quotes import list_quotes, score_quotes
from scanner_app.queries.procurement.requests import get_request, list_requests
from scanner_app.services.procurement.asking.approve import decide_request
from scanner_app.services.procurement.asking.cover import give_from_stock
from scanner_app.services.procurement.asking.quotes import add_quote, choose_quote
from scanner_app.services.procurement.asking.write import (
    add_request,
    change_request,
    submit_request,
    withdraw_request,
)
from scanner_app.services.procurement.look_at_request import look_at_request
from scanner_app.services.procurement.order_requests import order_request
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint("requests_api", __name__, url_prefix="/api/v1", description="What is needed.")


def _show(session: Session, request_id: int) -> dict[str, Any]:
    base, today, actor = current_organisation().currency, today_here(), require_actor()
    row = get_request(session, request_id)
    look = look_at_request(session, request_id, base=base, today=today, actor=actor)
    quotes = list_quotes(session, request_id)
    return show_detail(row, look, quotes, score_quotes(session, quotes, base=base, today=today))


def _do(request_id: int, call: Any, **values: Any) -> dict[str, Any]:
    """Call a service about a request, and return the request as it is then."""
    actor = require_actor()

    def act(session: Session) -> dict[str, Any]:
        call(session, request_id=request_id, actor=actor, now=g.now, **values)
        return _show(session, request_id)

    return transact(act)


def _here() -> dict[str, Any]:
    return {"base": current_organisation().currency, "today": today_here()}


@blueprint.route("/requests")
class Requests(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List requests")
    @blueprint.arguments(RequestQuery, location="query")
    @blueprint.response(200, RequestListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List requests, the newest first."""
        limit = query["limit"]
        states = [RequestState(query["state"])] if "state" in query else list(RequestState)
        with reading() as session:
            rows = list_requests(
                session, states=states, before_id=query.get("cursor"), limit=limit + 1
            )
        return {
            "items": [show_request(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.REQUEST)
    @blueprint.doc(summary="Ask for something")
    @blueprint.arguments(NewRequest)
    @blueprint.response(201, RequestDetailSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for something. What needs no approval by its amount is approved at once."""
        actor, here = require_actor(), _here()
        is_sent = not body.pop("is_draft")

        def add(session: Session) -> dict[str, Any]:
            id_ = add_request(session, values=body, actor=actor, now=g.now, is_sent=is_sent, **here)
            return _show(session, id_)

        return transact(add)


@blueprint.route("/requests/<id:request_id>")
class OneRequest(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a request")
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, request_id: int) -> dict[str, Any]:
        """Get one request with its approvals and quotes."""
        with reading() as session:
            return _show(session, request_id)

    @allow(Action.REQUEST)
    @blueprint.doc(summary="Change a request")
    @blueprint.arguments(RequestInput)
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Change a draft. What was sent is made a draft again first."""
        return _do(request_id, change_request, values=body, **_here())


@blueprint.route("/requests/<id:request_id>/submission")
class Submission(MethodView):
    @allow(Action.REQUEST)
    @blueprint.doc(summary="Send a request")
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, request_id: int) -> dict[str, Any]:
        """Send a draft to those who decide."""
        return _do(request_id, submit_request, **_here())

    @allow(Action.REQUEST)
    @blueprint.doc(summary="Make a request a draft again")
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, request_id: int) -> dict[str, Any]:
        """Make a request that waits, or was refused, a draft again. Its approvals lapse."""
        return _do(request_id, withdraw_request, wanted=RequestState.DRAFT, reason="")


@blueprint.route("/requests/<id:request_id>/approvals")
class Approvals(MethodView):
    @allow(Action.APPROVE)
    @blueprint.doc(summary="Approve or refuse a request")
    @blueprint.arguments(RequestDecisionInput)
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Decide about a request. Nobody decides about one that they asked for.

        An approval counts for what the request comes to by then, and for no more.
        """
        values = {"reason": body["reason"], "seen": body.get("amount"), **_here()}
        decision = ApprovalDecision(body["decision"])
        return _do(request_id, decide_request, decision=decision, **values)


@blueprint.route("/requests/<id:request_id>/quotes")
class Quotes(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a quote")
    @blueprint.arguments(QuoteInput)
    @blueprint.response(201, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Add what a supplier offers."""
        return _do(request_id, add_quote, values=body)


@blueprint.route("/requests/<id:request_id>/quotes/<id:quote_id>/choice")
class QuoteChoice(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Choose a quote")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int, quote_id: int) -> dict[str, Any]:
        """Choose a quote. One that does not have the highest score needs a reason."""
        return _do(request_id, choose_quote, quote_id=quote_id, reason=body["reason"], **_here())


@blueprint.route("/requests/<id:request_id>/fulfilment")
class Fulfilment(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Give a request from stock")
    @blueprint.arguments(FulfilmentInput)
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Note how many pieces are given from stock; what is left is ordered."""
        return _do(request_id, give_from_stock, quantity=body["from_stock"])


@blueprint.route("/requests/<id:request_id>/order")
class RequestOrder(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Order a request")
    @blueprint.arguments(RequestOrderInput)
    @blueprint.response(201, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Write a draft of an order for what is left, and return the order."""
        actor, here = require_actor(), _here()

        def write(session: Session) -> dict[str, Any]:
            number = order_request(
                session, request_id=request_id, values=body, actor=actor, now=g.now, **here
            )
            return show_order(get_order(session, number))

        return transact(write)


@blueprint.route("/requests/<id:request_id>/cancellation")
class RequestCancellation(MethodView):
    @allow(Action.REQUEST)
    @blueprint.doc(summary="Cancel a request")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, RequestDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], request_id: int) -> dict[str, Any]:
        """Cancel a request. Orders that were made for it stay."""
        wanted = RequestState.CANCELLED
        return _do(request_id, withdraw_request, wanted=wanted, reason=body["reason"])
