"""What two versions of a policy say differently, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner_app.domain.money import say_money
from scanner_app.domain.policies.checks import CHECKS, ParamKind

_KINDS = {row.name: row.kind for check in CHECKS.values() for row in check.params}
_WORDS = {"is_active": "in use", "needs_request": "also without a request"}


def list_differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return what became otherwise: the word, the text before and the text after."""
    old, new = _flatten(before), _flatten(after)
    return [
        (_WORDS.get(name, name), _say(name, old.get(name)), _say(name, value))
        for name, value in new.items()
        if old.get(name) != value
    ]


def _flatten(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content with each param, and each list that narrows it, under one name."""
    flat = {name: value for name, value in content.items() if name not in {"params", "applies"}}
    lists = ("kinds", "categories", "models", "classifications", "methods")
    applies = content.get("applies", {})
    flat |= {f"only {name}": applies.get(name, []) for name in lists}
    return flat | dict(content.get("params", {}))


def _say(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _KINDS.get(name) is ParamKind.BANDS and value:
        return ", ".join(f"above {say_money(above)}: {count}" for above, count in value)
    if _KINDS.get(name) is ParamKind.MONEY and isinstance(value, int):
        return say_money(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "all"
    return "" if value is None else str(value).replace("_", " ")
