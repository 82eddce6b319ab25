"""Fields of the register as JSON keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any


def to_json_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as JSON keeps them: dates and times as ISO text, enum members by value."""
    return {name: _to_json(value) for name, value in values.items()}


def _to_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
