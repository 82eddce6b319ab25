"""The plots of costs: a value over the years, and a roadmap against the years' budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scanner_app.domain.plots.bars import Bar, Columns, Part, Stack, StackedBars
from scanner_app.domain.plots.shapes import Tone

# Categories that a roadmap tells apart; the others are one part.
MAX_PARTS = 4
_TONES = (Tone.ACCENT, Tone.NOTE, Tone.ODD, Tone.WARN)
OTHERS = "Others"


def plot_value(ends: Iterable[tuple[str, int]], day: str, currency: str) -> Columns:
    """Return a book value on one day of each year, in whole units of its currency."""
    bars = tuple(Bar(label, cents // 100, Tone.ACCENT) for label, cents in ends)
    return Columns(f"Book value on {day}, {currency}", bars, headers=("Year", currency))


def plot_years(yearly: Sequence[int], best: int, currency: str) -> Columns:
    """Return what a choice costs a year by how long it is kept; the best is marked."""
    bars = tuple(
        Bar(str(year), cents // 100, Tone.GOOD if year == best else Tone.IDLE)
        for year, cents in enumerate(yearly, 1)
    )
    return Columns(f"{currency} a year, by years kept", bars, headers=("Years", currency))


def plot_roadmap(years: Mapping[int, Mapping[str, int]], currency: str) -> StackedBars:
    """Return what falls due in each budget year by category, in whole units of a currency."""
    sums: dict[str, int] = {}
    for by_category in years.values():
        for category, cents in by_category.items():
            sums[category] = sums.get(category, 0) + cents
    largest = sorted(sums, key=lambda name: (-sums[name], name))
    named = largest if len(largest) <= MAX_PARTS else largest[: MAX_PARTS - 1]
    parts = [*named, *([OTHERS] if len(named) < len(largest) else [])]
    stacks = []
    for year, by_category in sorted(years.items()):
        counts = [by_category.get(name, 0) // 100 for name in named]
        if OTHERS in parts:
            counts.append(sum(c for n, c in by_category.items() if n not in named) // 100)
        stacks.append(Stack(str(year), tuple(counts), href=f"/roadmap?year={year}"))
    tones = zip(parts, _TONES, strict=False)
    return StackedBars(
        f"What falls due, {currency}",
        tuple(Part(name, tone) for name, tone in tones),
        tuple(stacks),
        "Budget year",
        is_to_scale=True,
    )
