"""What would change of a licence, in words, as the list of rows shows it."""

from __future__ import annotations

from typing import Any

from scanner_app.domain.licences.metrics import METRICS, Metric
from scanner_app.domain.money import show_money
from scanner_app.queries.imports.licences_snapshot import LicenceNow
from scanner_app.services.imports.kinds.licences.values import label
from scanner_app.services.imports.row import for_display

_SHOWN_AS = {
    "unit_price_cents": "unit_price", "key_hint": "product_key", "purchase_cost_cents": "cost",
}  # fmt: skip
_MONEY = {"unit_price_cents", "purchase_cost_cents"}


def show_changes(licence: LicenceNow | None, values: dict[str, Any]) -> dict[str, list[str]]:
    """Return old and new of each value, under the label of its column."""
    shown: dict[str, list[str]] = {}
    for name, value in values.items():
        old = getattr(licence, name) if licence is not None else None
        if name == "custom":
            before = old or {}
            shown |= {
                header: [for_display(before.get(header)), for_display(text)]
                for header, text in value.items()
                if before.get(header) != text
            }
        elif name == "starts_on":
            shown["First day"] = [_say(name, old), _say(name, value)]
        elif value != "":
            shown[label(_SHOWN_AS.get(name, name))] = [_say(name, old), _say(name, value)]
    return shown


def _say(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _MONEY:
        return show_money(value)
    if name == "metric":
        return METRICS[Metric(value)].label
    if name == "key_hint":
        return f"…{value}"
    return for_display(value)
