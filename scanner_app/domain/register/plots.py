"""The plots of the register: what is late, what is due, how long ago things were seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import quote

from scanner_app.domain.plots.bars import Bar, Columns, Part, Stack, StackedBars
from scanner_app.domain.plots.shapes import Tone
from scanner_app.domain.register.narrowing import AGES, DUE_ROWS, LATE, SEEN_ROWS, Due, Seen


def plot_late(counts: Mapping[Due, int]) -> Columns:
    """Return the overdue check-outs by how many days they are late."""
    bars = tuple(
        Bar(
            DUE_ROWS[due].label,
            counts.get(due, 0),
            DUE_ROWS[due].tone,
            f"/assets?due={due.value}" if counts.get(due) else None,
        )
        for due in LATE
    )
    return Columns("Overdue, by days", bars, headers=("Days late", "Assets"))


def plot_due(days: Mapping[date, int]) -> Columns:
    """Return how many check-outs are due on each of the next days."""
    bars = tuple(
        Bar(
            f"{day:%a}",
            number,
            Tone.ACCENT,
            f"/assets?due={day.isoformat()}" if number else None,
        )
        for day, number in days.items()
    )
    return Columns("Due back this week", bars, headers=("Day", "Assets"))


def plot_ages(sites: Iterable[tuple[str | None, str, Mapping[Seen, int]]]) -> StackedBars:
    """Return how long ago the assets of each site were seen.

    :param sites: code, name and counts of each; the code is None for assets without a location.
    """
    parts = tuple(Part(row.label, row.tone) for row in map(SEEN_ROWS.__getitem__, AGES))
    stacks = tuple(
        Stack(
            name,
            tuple(counts[seen] for seen in AGES),
            href=f"/assets?location={quote(code, safe='')}&seen=older"
            if code and counts[Seen.OLD]
            else None,
        )
        for code, name, counts in sites
    )
    return StackedBars("Last seen, by site", parts, stacks, "Site")
