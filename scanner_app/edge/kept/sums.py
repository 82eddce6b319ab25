"""Sums of a large register, kept for some minutes by each process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import current_app, g

# Up to this many devices, sums are computed each time: that takes less than 100 ms.
MAX_LIVE = 5000
KEPT = "kept_health"
LASTS = timedelta(minutes=5)
MAX_KEPT = 200

Sums = TypeVar("Sums")


def load_kept(
    key: Hashable, load: Callable[[], Sums], is_large: Callable[[Sums], bool]
) -> tuple[Sums, datetime | None]:
    """Return sums, and when they were computed if they were kept: those of many devices are.

    :param key: what they are about; they are computed again where it changes.
    """
    known: dict[Hashable, tuple[datetime, Any]] = current_app.extensions.setdefault(KEPT, {})
    kept = known.get(key)
    if kept is not None and g.now - kept[0] <= LASTS:
        return kept[1], kept[0]
    found = load()
    if not is_large(found):
        known.pop(key, None)
        return found, None
    if len(known) >= MAX_KEPT:
        known.clear()
    known[key] = g.now, found
    return found, g.now
