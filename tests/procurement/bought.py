"""An order with a delivery in which something is to be decided, for the tests of all pages."""

from __future__ import annotations

import uuid
from typing import Any

LONG = "W" * 190
ORDER = "PO-" + "9" * 40


def add_orders(filler: Any) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Add the order, receive against it, and return the values of the pages' addresses."""
    order = {"number": ORDER, "supplier": LONG, "currency": "EUR", "promised_on": "2020-01-01"}
    filler.post("/orders", order)
    line = {"kind": "hardware", "model": LONG, "manufacturer": "Maker", "model_code": "M" * 60}
    filler.post(f"/orders/{ORDER}/lines", {**line, "quantity": 1, "unit_price": "9999999.99"})
    filler.post(f"/orders/{ORDER}/placement", {})
    started = {"id": str(uuid.uuid4()), "location": "R-101"}
    number = filler.post(f"/orders/{ORDER}/deliveries", started)["number"]
    codes = ("S" * 60, "SN-2", "5901234123457")
    receipts = [
        {"scan_id": str(uuid.uuid4()), "code": code, **({"line": 1} if n < 2 else {})}
        for n, code in enumerate(codes)
    ]
    filler.post(f"/tasks/{number}/receipts", {"receipts": receipts})
    year = {"starts_on": "2020-01-01", "ends_on": "2099-12-31"}
    means = {"name": LONG[:90], "amount": "9999999.99", "currency": "EUR", **year}
    budget = filler.post("/budgets", means)["id"]
    need = {"title": LONG, "quantity": 3, "justification": LONG, "model": LONG}
    asked = filler.post("/requests", {**need, "estimate": "9999999.99", "budget": LONG[:90]})["id"]
    for supplier in (LONG, "Other Ltd"):
        quote = {"supplier": supplier, "price": "9999999.99", "currency": "EUR", "quality": 4}
        filler.post(f"/requests/{asked}/quotes", {**quote, "warranty_months": 36, "sla_hours": 8})
    return {
        ("/orders/<number>",): [{"number": ORDER}],
        ("/deliveries/<number>",): [{"number": number}],
        ("/requests/<id:request_id>",): [{"request_id": asked}],
        ("/budgets/<id:budget_id>",): [{"budget_id": budget}],
        ("/policies/<code>",): [{"code": "approvals"}],
        ("supplier_id",): [{"supplier_id": 1}],
    }
