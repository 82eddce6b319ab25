"""The tree of locations as figures walk it: which part of a location each other one is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Location


def load_tree(session: Session) -> dict[int, Any]:
    """Return all locations by id, with their codes, names, paths and parents."""
    columns = Location.id, Location.code, Location.name, Location.path, Location.parent_id
    return {row.id: row for row in session.execute(select(*columns))}


def find_children(tree: Mapping[int, Any], inside: int | None) -> dict[int, int]:
    """Return for each location below another one which child of that one it is in."""
    above = tree[inside].path.strip("/").split("/") if inside is not None else []
    found = {}
    for row in tree.values():
        steps = row.path.strip("/").split("/")
        if len(steps) > len(above) and steps[: len(above)] == above:
            found[row.id] = int(steps[len(above)])
    return found
