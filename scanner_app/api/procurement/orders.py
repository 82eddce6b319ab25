"""/api/v1/orders: what is bought, its lines, and the steps of an order."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.procurement.schemas import (
    DeliverySchema,
    NewDelivery,
    NewOrder,
    OrderInput,
    OrderLineInput,
    OrderListSchema,
    OrderQuery,
    OrderSchema,
    StepInput,
    show_delivery,
    show_order,
)
from scanner_app.domain.access.roles import Action
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.procurement.deliveries import get_delivery
from scanner_app.queries.procurement.orders import get_order, list_orders
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.lines import remove_line, save_line
from scanner_app.services.procurement.orders import add_order, change_order, step_order
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1", description="What is bought.")


def _step(number: str, wanted: OrderState, reason: str) -> dict[str, Any]:
    actor = require_actor()
    today, base = today_here(), current_organisation().currency

    def step(session: Session) -> dict[str, Any]:
        step_order(
            session,
            number=number,
            wanted=wanted,
            reason=reason,
            today=today,
            actor=actor,
            now=g.now,
            base=base,
        )
        return show_order(get_order(session, number))

    return transact(step)


@blueprint.route("/orders")
class Orders(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List orders")
    @blueprint.arguments(OrderQuery, location="query")
    @blueprint.response(200, OrderListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List orders with their lines, the newest first."""
        limit = query["limit"]
        states = [OrderState(query["state"])] if "state" in query else list(OrderState)
        with reading() as session:
            rows = list_orders(
                session, states=states, before_id=query.get("cursor"), limit=limit + 1
            )
        return {
            "items": [show_order(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Write an order")
    @blueprint.arguments(NewOrder)
    @blueprint.response(201, OrderSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Write an order: a draft without lines."""
        actor = require_actor()

        def add(session: Session) -> dict[str, Any]:
            number = add_order(session, values=body, actor=actor, now=g.now)
            return show_order(get_order(session, number))

        return transact(add)


@blueprint.route("/orders/<number>")
class OneOrder(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get an order")
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get one order with its lines."""
        with reading() as session:
            return show_order(get_order(session, number))

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change an order")
    @blueprint.arguments(OrderInput)
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Change what is said about an order."""
        actor, base, today = require_actor(), current_organisation().currency, today_here()

        def change(session: Session) -> dict[str, Any]:
            now_called = change_order(
                session,
                number=number,
                values=body,
                actor=actor,
                now=g.now,
                base=base,
                today=today,
            )
            return show_order(get_order(session, now_called))

        return transact(change)


@blueprint.route("/orders/<number>/placement")
class Placement(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Place an order")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Place an order with its supplier, or open one that was closed."""
        return _step(number, OrderState.PLACED, body["reason"])


@blueprint.route("/orders/<number>/closure")
class Closure(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Close an order")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Close an order: what is still open is not expected any more."""
        return _step(number, OrderState.CLOSED, body["reason"])


@blueprint.route("/orders/<number>/cancellation")
class Cancellation(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Cancel an order")
    @blueprint.arguments(StepInput)
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Cancel an order of which nothing is booked."""
        return _step(number, OrderState.CANCELLED, body["reason"])


@blueprint.route("/orders/<number>/lines")
class Lines(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a line to an order")
    @blueprint.arguments(OrderLineInput)
    @blueprint.response(201, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Add a line. A model that is not known yet is added."""
        actor, base, today = require_actor(), current_organisation().currency, today_here()

        def add(session: Session) -> dict[str, Any]:
            save_line(
                session,
                number=number,
                values=body,
                actor=actor,
                now=g.now,
                base=base,
                today=today,
            )
            return show_order(get_order(session, number))

        return transact(add)


@blueprint.route("/orders/<number>/lines/<id:position>")
class OneLine(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change a line of an order")
    @blueprint.arguments(OrderLineInput)
    @blueprint.response(200, OrderSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], number: str, position: int) -> dict[str, Any]:
        """Change a line. A new price is for pieces that are not booked yet."""
        actor, base, today = require_actor(), current_organisation().currency, today_here()

        def change(session: Session) -> dict[str, Any]:
            save_line(
                session,
                number=number,
                values=body,
                position=position,
                actor=actor,
                now=g.now,
                base=base,
                today=today,
            )
            return show_order(get_order(session, number))

        return transact(change)

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Remove a line of an order")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, number: str, position: int) -> None:
        """Remove a line for which nothing arrived."""
        actor, base, today = require_actor(), current_organisation().currency, today_here()
        transact(
            lambda session: remove_line(
                session,
                number=number,
                position=position,
                actor=actor,
                now=g.now,
                base=base,
                today=today,
            )
        )


@blueprint.route("/orders/<number>/deliveries")
class NewDeliveries(MethodView):
    @allow(Action.RECEIVE)
    @blueprint.doc(summary="Start a delivery")
    @blueprint.arguments(NewDelivery)
    @blueprint.response(201, DeliverySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Start a delivery. Its scans name it: POST /scans with receive and `task`."""
        actor = require_actor()

        def start(session: Session) -> dict[str, Any]:
            delivery = start_delivery(
                session,
                order_number=number,
                location=body["location"],
                key=str(body["id"]),
                actor=actor,
                now=g.now,
            )
            return show_delivery(get_delivery(session, delivery))

        return transact(start)
