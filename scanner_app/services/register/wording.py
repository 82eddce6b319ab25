"""The fields of an asset in words, old and new, as its history keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.money import show_money
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import AssetModel, Category, Location, Person

CHUNK = 500
# What the history calls a column that stores an id, or a value in another unit than people read.
NAMED = {
    "model_id": "model",
    "category_id": "category",
    "location_id": "location",
    "home_location_id": "home_location",
    "custodian_id": "custodian",
    "purchase_cost_cents": "purchase_cost",
}
_PLACES = frozenset({"location_id", "home_location_id"})


class FieldWording:
    """The names of models, categories, places and people that a chunk of changes needs."""

    def __init__(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        wanted: dict[str, set[int]] = {
            "model": set(),
            "category": set(),
            "place": set(),
            "person": set(),
        }
        for row in rows:
            for column, value in row.items():
                kind = _kind_of(column)
                if kind and value is not None:
                    wanted[kind].add(value)
        self._names: dict[str, dict[int, str]] = {
            "model": _load(
                session, select(AssetModel.id, AssetModel.name), AssetModel.id, wanted["model"]
            ),
            "category": _load(
                session, select(Category.id, Category.name), Category.id, wanted["category"]
            ),
            "place": {},
            "person": {},
        }
        for start in _starts(wanted["place"]):
            for id_, code, name in session.execute(
                select(Location.id, Location.code, Location.name).where(Location.id.in_(start))
            ):
                self._names["place"][id_] = code if code == name else f"{name} ({code})"
        for start in _starts(wanted["person"]):
            for id_, number, name in session.execute(
                select(Person.id, Person.number, Person.name).where(Person.id.in_(start))
            ):
                self._names["person"][id_] = f"{name} ({number})" if number else name

    def show(self, column: str, value: Any) -> Any:
        """Return a column's value as the history keeps it: JSON that a person can read."""
        if value is None or value == "":
            return None
        kind = _kind_of(column)
        if kind:
            return self._names[kind].get(value, f"#{value}")
        if column == "purchase_cost_cents":
            return show_money(value)
        if isinstance(value, Stage):
            return value.value
        if isinstance(value, date | datetime):
            return value.isoformat()
        return value

    def compare(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return what differs, by field, as old and new. Each custom field has its own name."""
        changes: dict[str, list[Any]] = {}
        for column, new in after.items():
            old = before.get(column)
            if column == "custom":
                changes |= _compare_custom(old or {}, new or {})
                continue
            shown = [self.show(column, old), self.show(column, new)]
            if shown != [None, None]:
                changes[NAMED.get(column, column)] = shown
        return changes


def _compare_custom(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        f"custom.{name}": [old.get(name), new.get(name)]
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    }


def _kind_of(column: str) -> str | None:
    if column in _PLACES:
        return "place"
    return {"model_id": "model", "category_id": "category", "custodian_id": "person"}.get(column)


def _starts(ids: set[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]


def _load(session: Session, statement: Any, column: Any, ids: set[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for chunk in _starts(ids):
        names.update(session.execute(statement.where(column.in_(chunk))).all())
    return names
