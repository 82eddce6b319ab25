"""Which texts are this program's own, so that nothing that a person typed is ever translated.

A text is ours if it is the very object that a module of ours holds: in a row, a table, a constant
or the code of a function. What a person typed is another object, even if it reads the same.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any

ROOMS = (
    "scanner_app.domain",
    "scanner_app.services",
    "scanner_app.queries",
    "scanner_app.edge",
    "scanner_app.pages",
    "scanner_app.worker",
    "scanner_app.storage",
    "scanner_app.decoder",
)
# A text of one letter is the same object wherever it comes from.
SHORTEST = 2


def find_own_texts(known: Container[str]) -> dict[int, str]:
    """Return the texts of our modules by the number of their object, as far as they are known."""
    found: dict[int, str] = {}
    # The objects are held, since the number of one that is gone is given to another.
    seen: dict[int, Any] = {}
    modules = [one for name, one in list(sys.modules.items()) if name.startswith(ROOMS)]
    for module in modules:
        for text in _walk(_contents(module), seen):
            if len(text) >= SHORTEST and text in known:
                found[id(text)] = text
    return found


def _contents(module: ModuleType) -> list[Any]:
    return [
        value
        for name, value in vars(module).items()
        if not name.startswith("__") and not isinstance(value, ModuleType)
    ]


def _walk(value: Any, seen: dict[int, Any]) -> Iterator[str]:
    """Yield every text in a value."""
    todo = [value]
    while todo:
        one = todo.pop()
        if type(one) is str:
            yield one
        elif id(one) not in seen:
            seen[id(one)] = one
            todo.extend(_parts(one))


def _parts(value: Any) -> list[Any]:
    """Return what a value of ours is made of; nothing of what is not ours."""
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, dict) or type(value).__name__ == "mappingproxy":
        return list(value.values())
    if isinstance(value, CodeType):
        return list(value.co_consts)
    if isinstance(value, FunctionType):
        inner = [value.__code__, value.__defaults__ or (), getattr(value, "__wrapped__", None)]
        return inner if _is_ours(value.__module__) else []
    if isinstance(value, type):
        return list(vars(value).values()) if _is_ours(value.__module__) else []
    if isinstance(value, Enum):
        return [vars(value)] if _is_ours(type(value).__module__) else []
    return _wrapped_parts(value)


def _wrapped_parts(value: Any) -> list[Any]:
    """Return what is in a row, or in what is wrapped around a function."""
    if isinstance(value, property):
        return [value.fget]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if is_dataclass(value):
        return [getattr(value, field.name, None) for field in fields(value)]
    return [getattr(value, "__wrapped__", None)] if callable(value) else []


def _is_ours(module: str | None) -> bool:
    return (module or "").startswith("scanner_app.")
