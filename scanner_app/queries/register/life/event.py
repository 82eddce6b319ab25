"""One event in the life of an asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event in an asset's life.

    :param kind: one of `EVENT_KINDS` in `domain/asset_page.py`.
    :param ended_at: the end of a span; None while it lasts.
    :param details: further values that depend on the kind: see `list_history`.
    """

    kind: str
    id: int
    at: datetime
    actor: str | None
    message: str
    ended_at: datetime | None = None
    is_undone: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
