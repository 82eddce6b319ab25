"""What the page that reports an edit of many keeps for its undo, sealed by our key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.many import ManyResult
from scanner_app.edge.state import current_settings
from scanner_app.services.register.many import UndoneAsset


@dataclass(frozen=True, slots=True)
class Undo:
    """An edit that can be taken back: who made it, when, and what it changed."""

    made_by: str
    at: datetime
    assets: tuple[UndoneAsset, ...]


def write_undo(results: Sequence[ManyResult], *, made_by: str, at: datetime) -> str:
    """Return what undoes an edit, for a field of the page; empty where nothing changed."""
    rows = [
        (one.asset_id, _write(one.before), _write(one.after))
        for one in results
        if one.kind == "changed"
    ]
    return str(_serializer().dumps((made_by, at.isoformat(), rows))) if rows else ""


def read_undo(text: str) -> Undo:
    """Return the edit that a field of the page holds.

    :raises Invalid: this service did not write it.
    """
    try:
        made_by, at, rows = _serializer().loads(text)
    except BadData:
        raise Invalid("It is not known what to undo.") from None
    assets = tuple(UndoneAsset(id_, _read(before), _read(after)) for id_, before, after in rows)
    return Undo(made_by, datetime.fromisoformat(at), assets)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key, salt="undo-edit-of-many")


def _write(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in columns.items()
    }


def _read(columns: Mapping[str, Any]) -> dict[str, Any]:
    read = dict(columns)
    if "status" in read:
        read["status"] = Stage(read["status"])
    if read.get("due_at"):
        read["due_at"] = datetime.fromisoformat(read["due_at"])
    return read
