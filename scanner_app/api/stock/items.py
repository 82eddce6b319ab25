"""/api/v1/stock-items and /api/v1/stock-levels: what is counted in pieces, and where it is.

Pieces are moved by scans (POST /scans with the intents issue, take_back, receive, count and move).
"""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.stock.schemas import (
    AdjustmentInput,
    LevelListSchema,
    LevelQuery,
    MoveListSchema,
    MoveQuery,
    NewStockItem,
    StockItemInput,
    StockItemSchema,
    StockListSchema,
    StockQuery,
    StockRuleInput,
    StockSummarySchema,
    show_item,
    show_level,
    show_move,
)
from scanner_app.domain.access.roles import Action
from scanner_app.domain.stock.items import StockClass
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.stock.items import get_item, get_item_id, load_cards
from scanner_app.queries.stock.list import StockFilter, list_stock
from scanner_app.queries.stock.moves import list_levels, list_moves, list_rules
from scanner_app.services.stock.by_hand import (
    change_rule,
    correct,
    read_codes,
    require_item,
    require_location,
)
from scanner_app.services.stock.items import create_item, edit_item
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "stock", __name__, url_prefix="/api/v1", description="What is counted in pieces."
)


def _show(session: Session, code: str) -> dict[str, Any]:
    item = get_item(session, code)
    return show_item(item, list_rules(session, item.id))


def _with_codes(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "codes": read_codes(session, body["codes"])} if "codes" in body else body


@blueprint.route("/stock-items")
class StockItems(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List stock items")
    @blueprint.arguments(StockQuery, location="query")
    @blueprint.response(200, StockListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List stock items with how many there are. `low` lists what is at or under its minimum."""
        stock_class, place = query.get("stock_class"), query.get("location")
        with reading() as session:
            wanted = StockFilter(
                query=query.get("q", ""),
                stock_class=StockClass(stock_class) if stock_class else None,
                location_id=require_location(session, place) if place else None,
                is_low=query.get("low", False),
                is_contested=query.get("contested", False),
            )
            found = list_stock(
                session,
                wanted=wanted,
                sort=query["sort"],
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        names = StockSummarySchema().fields
        rows = [
            {**{name: getattr(row, name) for name in names}, "stock_class": row.stock_class.value}
            for row in found.rows
        ]
        return {"items": rows, "next": found.next}

    @allow(Action.MANAGE_STOCK)
    @blueprint.doc(summary="Add a stock item")
    @blueprint.arguments(NewStockItem)
    @blueprint.response(201, StockItemSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a stock item. Without a `code` it gets the next one, such as ST-0007."""

        def add(session: Session) -> dict[str, Any]:
            item_id = create_item(session, values=_with_codes(session, body), now=g.now)
            return _show(session, load_cards(session, [item_id])[item_id].code)

        return transact(add)


@blueprint.route("/stock-items/<path:code>")
class OneStockItem(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a stock item")
    @blueprint.response(200, StockItemSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, code: str) -> dict[str, Any]:
        """Get one stock item by its own code, with its codes and its minimums."""
        with reading() as session:
            return _show(session, code)

    @allow(Action.MANAGE_STOCK)
    @blueprint.doc(summary="Change a stock item")
    @blueprint.arguments(StockItemInput)
    @blueprint.response(200, StockItemSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], code: str) -> dict[str, Any]:
        """Change the fields in the body. All other fields stay as they are."""

        def change(session: Session) -> dict[str, Any]:
            edit_item(session, code=code, values=_with_codes(session, body), now=g.now)
            return _show(session, body.get("code") or code)

        return transact(change)


@blueprint.route("/stock-items/<path:code>/rules")
class StockRules(MethodView):
    @allow(Action.MANAGE_STOCK)
    @blueprint.doc(summary="Set a minimum and a target")
    @blueprint.arguments(StockRuleInput)
    @blueprint.response(200, StockItemSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], code: str) -> dict[str, Any]:
        """Set the minimum of an item at a location and inside it, or of the item as a whole."""

        def change(session: Session) -> dict[str, Any]:
            change_rule(
                session,
                code=code,
                location=body["location"],
                least=body["min_quantity"],
                target=body["target_quantity"],
                now=g.now,
            )
            return _show(session, code)

        return transact(change)


@blueprint.route("/stock-items/<path:code>/adjustments")
class Adjustments(MethodView):
    @allow(Action.MANAGE_STOCK)
    @blueprint.doc(summary="Correct a level by hand")
    @blueprint.arguments(AdjustmentInput)
    @blueprint.response(200, StockItemSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], code: str) -> dict[str, Any]:
        """Correct a level with a reason. What somebody counted is better sent as a count."""
        actor = require_actor()

        def change(session: Session) -> dict[str, Any]:
            correct(
                session,
                code=code,
                move_id=body["id"],
                location=body["location"],
                difference=body["difference"],
                reason=body["reason"],
                by=actor,
                now=g.now,
            )
            return _show(session, code)

        return transact(change)


@blueprint.route("/stock-items/<path:code>/moves")
class Moves(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List the moves of a stock item")
    @blueprint.arguments(MoveQuery, location="query")
    @blueprint.response(200, MoveListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], code: str) -> dict[str, Any]:
        """List an item's moves and counts, the newest first."""
        with reading() as session:
            found = list_moves(
                session,
                get_item_id(session, code),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_move(row) for row in found.rows], "next": found.next}


@blueprint.route("/stock-levels")
class Levels(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List levels of stock")
    @blueprint.arguments(LevelQuery, location="query")
    @blueprint.response(200, LevelListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List how many pieces each location, person and asset has."""
        item, place = query.get("item"), query.get("location")
        with reading() as session:
            found = list_levels(
                session,
                item_id=require_item(session, item) if item else None,
                location_id=require_location(session, place) if place else None,
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_level(row) for row in found.rows], "next": found.next}
