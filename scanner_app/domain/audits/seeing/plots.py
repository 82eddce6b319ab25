"""The plots of audits over time, for a page and for paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from scanner_app.domain.audits.plots import plot_accuracy, plot_existence
from scanner_app.domain.audits.seeing.trends import AuditFigures
from scanner_app.domain.plots.lines import LineChart


def plot_figures(audits: Iterable[AuditFigures]) -> tuple[LineChart, LineChart]:
    """Return what was found and what was in its place, by audit. `audits` has the newest first."""
    return plot_json(one.to_json() for one in audits)


def plot_json(audits: Iterable[dict[str, Any]]) -> tuple[LineChart, LineChart]:
    """Return the same plots of figures as a report holds them, the newest first."""
    oldest_first = [
        (one["audit"], one["name"], datetime.fromisoformat(one["closed_at"]), one["accuracy"])
        for one in reversed(list(audits))
        if one["closed_at"]
    ]
    found, placed = (
        [(id_, name, closed, figures[key]) for id_, name, closed, figures in oldest_first]
        for key in ("existence", "location_accuracy")
    )
    return plot_existence(found), plot_accuracy(placed)
