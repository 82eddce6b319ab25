"""Programmes for the office whose pages a browser looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PROGRAMME_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    ("programme_id",): [{"programme_id": 1}, {"programme_id": 2}],
}


def make_programmes(post: Callable[..., dict[str, Any]]) -> None:
    """Make a rolling programme with a round, and a yearly one."""
    rolling = {"name": "Rolling", "every": "rolling", "anchor_on": "2031-03-03", "scope": {}}
    made = post("/audit-programmes", rolling)
    post(f"/audit-programmes/{made['id']}/rounds")
    post("/audit-programmes", {**rolling, "name": "Yearly", "every": "year"})
