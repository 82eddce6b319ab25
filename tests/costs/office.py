"""Costs of the office that has a row of each kind."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

# Added when the audits are over: none of them calls it missing.
COSTLY = "C" * 60
COST_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    (f"/assets/<path:asset_tag>/{page}",): [{"asset_tag": tag} for tag in ("LT-010", COSTLY)]
    for page in ("costs", "choices", "health")
}


def add_costs(post: Callable[..., Any], client: FlaskClient, name: str) -> None:
    """Add what the pages of costs show: a price, a rule, an expense, a year of the roadmap."""
    laptop = {
        "asset_tag": COSTLY,
        "name": name,
        "category": "Laptop",
        "purchase_date": "2022-01-15",
    }
    post("/assets", {**laptop, "purchase_cost": "1200.00", "currency": "EUR"})
    rule = {"step": "save", "name": "R" * 60, "method": "straight_line", "months": "48"}
    expense = {"id": str(uuid.uuid4()), "kind": "part", "on": "2026-01-05", "note": name}
    for path, form in (
        ("/admin/costs", {**rule, "salvage_percent": "10", "categories": "Laptop"}),
        (f"/assets/{COSTLY}/costs", {**expense, "amount": "75", "currency": "EUR"}),
    ):
        assert client.post(path, data=form).status_code == 303
