"""How things are used: what figures of use are grouped by, and the plots of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.plots.bars import Bar, Bars, Part, Stack, StackedBars
from scanner_app.domain.plots.shapes import Tone
from scanner_app.domain.register.lifecycle import STAGES, Stage

SPANS, IDLES = (30, 90, 365), (30, 90, 180, 365)
# Groups that a plot shows; its table has them as well, and the page names all.
MAX_BARS = 12


class By(StrEnum):
    CATEGORY = "category"
    MODEL = "model"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class ByFacts:
    """What is said about a grouping; `noun` as a sentence names one group.

    :param filter: what narrows a list of assets to a group.
    :param lack: what narrows it to assets in no group; empty if nothing does.
    """

    label: str
    noun: str
    filter: str
    lack: str


BY = {
    By.CATEGORY: ByFacts("Category", "category", "category", ""),
    By.MODEL: ByFacts("Model", "model", "model", "model"),
    By.PLACE: ByFacts("Site", "location", "location", "location"),
}
# What a plot of locations tells apart; the rest is one part.
SHOWN = (Stage.IN_STOCK, Stage.IN_USE, Stage.IN_MAINTENANCE, Stage.MISSING)
_TONES = (Tone.ACCENT, Tone.GOOD, Tone.WARN, Tone.BAD, Tone.IDLE)


def plot_places(places: Iterable[tuple[str, Mapping[str, int], str | None]]) -> StackedBars:
    """Return what is in each location by status.

    :param places: name, counts by status, and the address of the list of each.
    """
    labels = {row.stage: row.label for row in STAGES}
    names = [*(labels[stage] for stage in SHOWN), "Others"]
    stacks = []
    for name, counts, href in places:
        numbers = [counts.get(stage.value, 0) for stage in SHOWN]
        rest = sum(counts.values()) - sum(numbers)
        stacks.append(Stack(name, (*numbers, rest), href=href))
    parts = tuple(Part(name, tone) for name, tone in zip(names, _TONES, strict=True))
    return StackedBars("What is where", parts, tuple(stacks), "Location", is_to_scale=True)


def plot_usage(rows: Iterable[tuple[str, float | None, str | None]], noun: str) -> Bars:
    """Return how much of its time each group was assigned."""
    bars = tuple(Bar(name, share, Tone.ACCENT, href) for name, share, href in rows)
    return Bars("Assigned, of the time owned", bars, 1.0, is_percent=True, headers=(noun, "Used"))


def plot_idle(rows: Iterable[tuple[str, int, str | None]], noun: str) -> Bars:
    """Return how many things of each group lie idle."""
    bars = tuple(Bar(name, count, Tone.WARN, href) for name, count, href in rows)
    return Bars("In stock, not seen", bars, headers=(noun, "Assets"))
