"""/api/v1/expenses, /rates, /roadmap, /assets/TAG/costs and /assets/TAG/book-value."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.costs import schemas
from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.costs.expenses import ExpenseKind
from scanner_app.domain.money import show_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.kept.roadmap import load_kept_roadmap
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.trail import note_change
from scanner_app.queries.costs.asset import find_rule
from scanner_app.queries.costs.lists import (
    ExpenseFilter,
    find_asset_of_expense,
    get_expense,
    list_all_expenses,
    list_rates,
)
from scanner_app.queries.costs.ownership import load_ownership
from scanner_app.queries.costs.value import find_value, say_why_no_value
from scanner_app.queries.register.assets import find_asset_id, get_asset
from scanner_app.services.costs.expenses import add_expense, read_expense, withdraw_expense
from scanner_app.services.costs.rates import keep_rates
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "costs", __name__, url_prefix="/api/v1",
    description="Costs: expenses, exchange rates, book values and the roadmap.",
)  # fmt: skip


@blueprint.route("/assets/<path:asset_tag>/costs")
class AssetCosts(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get what an asset has cost")
    @blueprint.response(200, schemas.CostsSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Return the total cost of ownership by today, with the shares that it includes.

        The expenses are at /api/v1/expenses?asset=TAG; without one of kind purchase, what the
        record of the asset says it was bought for counts.
        """
        organisation, today = current_organisation(), today_here()
        base = organisation.currency
        with reading() as session:
            asset = get_asset(session, asset_tag)
            found = load_ownership(session, asset, base=base, today=today, zone=organisation.zone)
        return {
            "asset": asset.asset_tag,
            "on": today,
            "currency": base,
            **schemas.show_total(found.total),
            "shares": [schemas.show_share(one) for one in (*found.contracts, *found.licences)],
        }


@blueprint.route("/assets/<path:asset_tag>/book-value")
class BookValue(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get the book value of an asset on a day")
    @blueprint.arguments(schemas.ValueQuery, location="query")
    @blueprint.response(200, schemas.BookValueSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Return what an asset is worth on a day, past or to come, by the rule that it has."""
        organisation, on = current_organisation(), query.get("on") or today_here()
        with reading() as session:
            asset = get_asset(session, asset_tag)
            rule = find_rule(session, asset.id)
        value = find_value(asset, rule, on=on, fiscal_month=organisation.fiscal_month)
        cost = asset.purchase_cost_cents
        return {
            "asset": asset.asset_tag,
            "on": on,
            "value": None if value is None else show_money(value),
            "currency": asset.currency or organisation.currency,
            "cost": None if cost is None else show_money(cost),
            "bought_on": asset.purchase_date,
            "rule": rule.name if rule else None,
            "method": rule.method.value if rule else None,
            "reason": say_why_no_value(asset, rule, on=on) if value is None else "",
        }


@blueprint.route("/expenses")
class Expenses(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List expenses")
    @blueprint.arguments(schemas.ExpenseQuery, location="query")
    @blueprint.response(200, schemas.ExpenseListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List expenses as they were added, the newest first, those that were withdrawn too."""
        with reading() as session:
            tag = query.get("asset")
            wanted = ExpenseFilter(
                asset_id=find_asset_id(session, tag) if tag else None,
                kind=ExpenseKind(query["kind"]) if "kind" in query else None,
                since=query.get("since"),
                until=query.get("until"),
            )
            found = list_all_expenses(
                session, wanted, cursor=query.get("cursor"), limit=query["limit"]
            )
        return {"items": [schemas.show_expense(one) for one in found.rows], "next": found.next}

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Add an expense")
    @blueprint.arguments(schemas.NewExpense)
    @blueprint.response(201, schemas.ExpenseSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add an expense to an asset. It is never changed: withdraw a wrong one."""
        actor, base = require_actor(), current_organisation().currency
        texts = {
            "kind": body["kind"],
            "on": body["on"].isoformat(),
            "amount": body["amount"],
            "currency": body.get("currency") or base,
            "note": body["note"],
        }
        expense, note = read_expense(texts)

        def add(session: Session) -> dict[str, Any]:
            uuid = add_expense(
                session,
                asset_tag=body["asset"],
                uuid=body["id"],
                expense=expense,
                note=note,
                actor=actor,
                now=g.now,
            )
            return schemas.show_expense(get_expense(session, uuid))

        return transact(add)


@blueprint.route("/expenses/<uuid:expense_id>")
class OneExpense(MethodView):
    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Withdraw an expense")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, expense_id: UUID) -> None:
        """Withdraw an expense of an asset: it stays in the list, and counts no more."""
        actor = require_actor()

        def withdraw(session: Session) -> None:
            tag = find_asset_of_expense(session, expense_id)
            withdraw_expense(session, asset_tag=tag, uuid=expense_id, actor=actor, now=g.now)

        transact(withdraw)


@blueprint.route("/rates")
class ExchangeRates(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List exchange rates")
    @blueprint.arguments(schemas.RateQuery, location="query")
    @blueprint.response(200, schemas.RateListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the rates against the currency of the organisation, by currency and day."""
        base = current_organisation().currency
        with reading() as session:
            found = list_rates(session, base, **query)
        items = [
            {"currency": one.currency, "on": one.on, "per_base": one.per_base} for one in found.rows
        ]
        return {"base": base, "items": items, "next": found.next}

    @allow(Action.MANAGE_SETTINGS)
    @blueprint.doc(summary="Add exchange rates")
    @blueprint.arguments(schemas.RatesInput)
    @blueprint.response(200, schemas.RatesKept)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep rates, and say how many are new or were changed. The same again changes none."""
        actor, base = require_actor(), current_organisation().currency
        rows = [(one["currency"], one["on"], one["per_base"]) for one in body["items"]]

        def save(session: Session) -> int:
            changed = keep_rates(session, base=base, rows=rows, actor=actor, now=g.now)
            note_change(session, Thing.RATES, Step.ADDED, f"{changed:,} of {len(rows):,} rates")
            return changed

        return {"changed": transact(save)}


@blueprint.route("/roadmap")
class RoadmapYears(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what falls due by budget year")
    @blueprint.arguments(schemas.RoadmapQuery, location="query")
    @blueprint.response(200, schemas.RoadmapSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the budget years with the number and the cost of what falls due in each."""
        organisation, today = current_organisation(), today_here()
        first, last = query.get("first", 0), query.get("last", schemas.LAST_YEAR)
        with reading(fresh=False) as session:
            found, made_at = load_kept_roadmap(session, organisation, today=today)
        return {
            "currency": organisation.currency,
            "made_at": made_at,
            "without_day": found.undated,
            "items": [
                schemas.show_year(found, year) for year in found.years if first <= year <= last
            ],
        }


@blueprint.route("/roadmap/<int:year>")
class RoadmapYear(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what falls due in a budget year")
    @blueprint.arguments(schemas.DueQuery, location="query")
    @blueprint.response(200, schemas.DueListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], year: int) -> dict[str, Any]:
        """List what falls due in a budget year, the most urgent first: 500 at most."""
        organisation, today = current_organisation(), today_here()
        with reading(fresh=False) as session:
            found, made_at = load_kept_roadmap(session, organisation, today=today, year=year)
        return {
            "year": year,
            "assets": found.counts.get(year, 0),
            "made_at": made_at,
            "items": [schemas.show_due(row) for row in found.rows[: query["limit"]]],
        }
