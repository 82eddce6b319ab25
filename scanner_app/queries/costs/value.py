"""The book value of an asset on a day, or why it has none."""

from __future__ import annotations

from datetime import date

from scanner_app.domain.costs.depreciation import Rule, find_book_value
from scanner_app.queries.register.asset_rows import AssetRow


def find_value(asset: AssetRow, rule: Rule | None, *, on: date, fiscal_month: int) -> int | None:
    """Return what an asset is worth on a day, in hundredths; None if it cannot be said."""
    if rule is None or asset.purchase_date is None or asset.purchase_cost_cents is None:
        return None
    return find_book_value(
        rule,
        cost_cents=asset.purchase_cost_cents,
        start=asset.purchase_date,
        on=on,
        fiscal_month=fiscal_month,
    )


def say_why_no_value(asset: AssetRow, rule: Rule | None, *, on: date) -> str:
    """Return what an admin or clerk would enter so that there is a book value; empty if nothing."""
    lacks = [
        word
        for word, is_there in (
            ("its cost", asset.purchase_cost_cents is not None),
            ("the day it was bought", asset.purchase_date is not None),
            ("a rule for its category", rule is not None),
        )
        if not is_there
    ]
    if lacks:
        return f"Not known: {', '.join(lacks)}."
    cost = asset.purchase_cost_cents or 0
    if rule and rule.find_salvage(cost) > cost:
        return "The rule's salvage value is more than it cost."
    if asset.purchase_date and asset.purchase_date > on:
        return "It was not bought yet."
    return ""
