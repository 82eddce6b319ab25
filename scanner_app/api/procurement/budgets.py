"""/api/v1/budgets: what is reserved, committed and spent of each, and what is left."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.procurement.request_schemas import (
    BudgetInput,
    BudgetListSchema,
    BudgetSchema,
    NewBudget,
    show_budget,
)
from scanner_app.api.procurement.schemas import CursorQuery
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.procurement.budgets import get_budget, list_budgets
from scanner_app.services.procurement.asking.budgets import save_budget
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "budgets_api", __name__, url_prefix="/api/v1", description="What may be spent."
)


def _save(body: dict[str, Any], budget_id: int | None) -> dict[str, Any]:
    actor, base, today = require_actor(), current_organisation().currency, today_here()

    def save(session: Session) -> dict[str, Any]:
        id_ = save_budget(session, values=body, actor=actor, now=g.now, budget_id=budget_id)
        return show_budget(get_budget(session, id_, base=base, today=today))

    return transact(save)


@blueprint.route("/budgets")
class Budgets(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List budgets")
    @blueprint.arguments(CursorQuery, location="query")
    @blueprint.response(200, BudgetListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List budgets with what is left of each, the oldest first."""
        limit = query["limit"]
        base, today = current_organisation().currency, today_here()
        with reading() as session:
            rows = list_budgets(
                session, base=base, today=today, after_id=query.get("cursor"), limit=limit + 1
            )
        return {
            "items": [show_budget(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a budget")
    @blueprint.arguments(NewBudget)
    @blueprint.response(201, BudgetSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a budget."""
        return _save(body, None)


@blueprint.route("/budgets/<id:budget_id>")
class OneBudget(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a budget")
    @blueprint.response(200, BudgetSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, budget_id: int) -> dict[str, Any]:
        """Get one budget with what is left of it."""
        base, today = current_organisation().currency, today_here()
        with reading() as session:
            return show_budget(get_budget(session, budget_id, base=base, today=today))

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change a budget")
    @blueprint.arguments(BudgetInput)
    @blueprint.response(200, BudgetSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], budget_id: int) -> dict[str, Any]:
        """Change a budget."""
        return _save(body, budget_id)
