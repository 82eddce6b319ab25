"""The form of a rule: its conditions as rows of three fields, in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner_app.domain.audits.suggesting.fields import FIELDS, Kind, Op
from scanner_app.domain.audits.suggesting.rules import MAX_CONDITIONS, Rule

MAX_VALUE = 500
YES_NO = {"yes": True, "no": False}


def read_conditions(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the conditions of a form; a row without a field is left out.

    What cannot be read stays a text, which the rule refuses in words.
    """
    rows = []
    for number in range(MAX_CONDITIONS):
        name = form.get(f"field_{number}", "")
        if name:
            op, text = form.get(f"op_{number}", ""), form.get(f"value_{number}", "")[:MAX_VALUE]
            rows.append({"field": name, "op": op, "value": _read_value(name, op, text.strip())})
    return rows


def _read_value(name: str, op: str, text: str) -> Any:
    if op == Op.IN:
        return [_read_one(name, part.strip()) for part in text.split(",") if part.strip()]
    return _read_one(name, text)


def _read_one(name: str, text: str) -> Any:
    row = FIELDS.get(name)
    if row is None:
        return text
    if row.kind is Kind.YES_NO:
        return YES_NO.get(text.lower(), text)
    if row.kind is Kind.NUMBER:
        return int(text) if text.isascii() and text.isdigit() else text
    words = {label.lower(): value for value, label in row.choices}
    return words.get(text.lower(), text)


def show_conditions(conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return conditions as the rows of the form, with empty ones behind them."""
    rows = [
        {"field": one["field"], "op": one["op"], "value": _show_value(one["field"], one["value"])}
        for one in conditions
    ]
    empty = {"field": "", "op": "", "value": ""}
    return rows + [empty] * (MAX_CONDITIONS - len(rows))


def _show_value(name: str, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    row = FIELDS.get(name)
    words = dict(row.choices) if row else {}
    shown = ["yes" if v is True else "no" if v is False else words.get(v, str(v)) for v in values]
    return ", ".join(shown)


def show_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as the fields of the form."""
    return {
        "name": rule.name,
        "suggest": rule.suggest,
        "reason": rule.reason,
        "rows": show_conditions([one.to_json() for one in rule.conditions]),
    }
