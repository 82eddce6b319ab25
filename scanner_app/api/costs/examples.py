"""Example values of costs, about laptop LT-0042 of the sample office."""

from __future__ import annotations

from typing import Any

_ID = "5f0c1e64-7d0f-4c39-8a52-90c6b7f3e001"
_SHARE = {
    "contract": "SUP-1",
    "term": 1,
    "licence": None,
    "days": 365,
    "of_days": 913,
    "of_amount": "1000.00",
    "amount": "399.78",
}
COST_VALUES: dict[str, Any] = {
    "BookValue.bought_on": "2026-03-01",
    "BookValue.cost": "1234.50",
    "BookValue.currency": "EUR",
    "BookValue.method": "straight_line",
    "BookValue.reason": "",
    "BookValue.rule": "Laptops",
    "BookValue.value": "1008.17",
    "Costs.by_kind": {"purchase": "1234.50", "part": "75.00"},
    "Costs.contracts": "399.78",
    "Costs.currency": "EUR",
    "Costs.licences": "0.00",
    "Costs.months": 9,
    "Costs.passed_on": "0.00",
    "Costs.per_month": "189.92",
    "Costs.total": "1709.28",
    "Costs.without_rate": {},
    "DueAsset.category": "Laptop",
    "DueAsset.cost": "1271.54",
    "DueAsset.decision": "",
    "DueAsset.due": "2030-03-01",
    "DueAsset.points": 10,
    "DueAsset.reasons": {"out of warranty": 10},
    "DueAsset.why": "life",
    "DueList.assets": 1,
    "DueList.made_at": None,
    "DueList.year": 2030,
    "RatesKept.changed": 1,
    "Roadmap.made_at": None,
    "Roadmap.without_day": 2,
    "RoadmapYear.assets": 1,
    "RoadmapYear.by_category": {"Laptop": "1271.54"},
    "RoadmapYear.cost": "1271.54",
    "RoadmapYear.without_price": 0,
    "RoadmapYear.year": 2030,
    "Rate.currency": "USD",
    "Rate.on": "2026-11-27",
    "Rate.per_base": "1.08",
    "RateList.base": "EUR",
    **{f"CostShare.{name}": value for name, value in _SHARE.items()},
}
for _schema in ("NewExpense", "Expense"):
    COST_VALUES |= {
        f"{_schema}.id": _ID,
        f"{_schema}.kind": "part",
        f"{_schema}.on": "2026-11-02",
        f"{_schema}.amount": "75.00",
        f"{_schema}.note": "Battery",
    }
COST_VALUES |= {
    "Expense.added_by": "Ivo Brandt",
    "Expense.is_withdrawn": False,
    "Expense.order": None,
    "Expense.source": "typed",
    "Expense.task": None,
}
COST_CALLS: dict[str, dict[str, Any]] = {
    "DELETE /api/v1/expenses/{expense_id}": {"expense_id": _ID},
    "GET /api/v1/assets/{asset_tag}/book-value": {"on": "2026-11-29"},
    "GET /api/v1/expenses": {"asset": "LT-0042"},
    "GET /api/v1/rates": {"currency": "USD"},
    "GET /api/v1/roadmap": {"from": 2027, "to": 2031},
    "GET /api/v1/roadmap/{year}": {"year": 2030},
}
# In the order in which they build on each other.
COST_ORDER = (
    "POST /api/v1/rates",
    "GET /api/v1/rates",
    "POST /api/v1/expenses",
    "GET /api/v1/expenses",
    "GET /api/v1/assets/{asset_tag}/costs",
    "GET /api/v1/assets/{asset_tag}/book-value",
    "GET /api/v1/roadmap",
    "GET /api/v1/roadmap/{year}",
    "DELETE /api/v1/expenses/{expense_id}",
)
