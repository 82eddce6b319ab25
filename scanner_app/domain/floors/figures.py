"""A floor at a glance: its rooms coloured by what is there, when it was seen, or by the count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanner_app.domain.floors.outlines import Corner
from scanner_app.domain.plots.shapes import Tone, count
from scanner_app.domain.register.narrowing import AGES, SEEN_ROWS, Seen


class Shading(StrEnum):
    """What the colours of a floor say."""

    SEEN = "seen"
    COUNT = "count"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class ShadingRow:
    """One way to colour a floor: what its button and its table call it, and what it says."""

    shading: Shading
    label: str
    header: str
    sentence: str


SHADINGS: dict[Shading, ShadingRow] = {
    row.shading: row
    for row in (
        ShadingRow(
            Shading.SEEN, "Last seen", "Last seen",
            "How long ago the assets in each room were seen: half of them at that time or before.",
        ),
        ShadingRow(
            Shading.COUNT, "How many", "Assets",
            "How many assets are there.",
        ),
        ShadingRow(
            Shading.AUDIT, "This audit", "Counted",
            "How far the count of each room is.",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """One class of rooms: its words in the legend, and its colour."""

    label: str
    tone: Tone


EMPTY = Band("Nothing there", Tone.TRACK)
_SEEN_BANDS = {
    Seen.RECENT: Band("Under 3 months ago", Tone.GOOD),
    Seen.YEAR: Band("3 to 12 months ago", Tone.NOTE),
    Seen.OLD: Band("Over 12 months ago", Tone.WARN),
    Seen.NEVER: Band("Never", Tone.BAD),
}
# From how many assets on a room is in a band: a shelf, a desk, an office, a store.
_COUNT_BANDS = (
    (50, Band("50 and more", Tone.ACCENT)),
    (10, Band("10 to 49", Tone.NOTE)),
    (1, Band("1 to 9", Tone.IDLE)),
)
DONE, STARTED = Band("All found", Tone.GOOD), Band("Begun", Tone.NOTE)
NOT_BEGUN = Band("Not begun", Tone.IDLE)
LEGENDS: dict[Shading, tuple[Band, ...]] = {
    Shading.SEEN: (*_SEEN_BANDS.values(), EMPTY),
    Shading.COUNT: (*(band for _, band in reversed(_COUNT_BANDS)), EMPTY),
    Shading.AUDIT: (DONE, STARTED, NOT_BEGUN, EMPTY),
}


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """One room of a floor, with everything inside it.

    :param ages: how many assets that should be there are in each class of age.
    :param expected: how many the audit expects there; `seen` of them were found anywhere.
    :param corners: its outline on the picture, empty if it was not drawn.
    """

    location_id: int
    code: str
    name: str
    ages: Mapping[Seen, int] = field(default_factory=dict)
    expected: int = 0
    seen: int = 0
    corners: tuple[Corner, ...] = ()

    @property
    def assets(self) -> int:
        return sum(self.ages.values())

    def find_band(self, shading: Shading) -> Band:
        """Return the class that the room is in."""
        if shading is Shading.AUDIT:
            return self._find_audit_band()
        if not self.assets:
            return EMPTY
        if shading is Shading.COUNT:
            return next(band for least, band in _COUNT_BANDS if self.assets >= least)
        return _SEEN_BANDS[self.find_median_age()]

    def find_median_age(self) -> Seen:
        """Return the class of age that half of the assets have reached; an even half counts."""
        reached = 0
        for seen in reversed(AGES):
            reached += self.ages.get(seen, 0)
            if 2 * reached >= self.assets:
                return seen
        return AGES[0]

    def _find_audit_band(self) -> Band:
        if not self.expected:
            return EMPTY
        if self.seen >= self.expected:
            return DONE
        return STARTED if self.seen else NOT_BEGUN

    def say(self, shading: Shading) -> str:
        """Return the figure of the room in a few words."""
        if shading is Shading.AUDIT:
            return f"{count(self.seen)} of {count(self.expected)}" if self.expected else "none"
        if shading is Shading.COUNT or not self.assets:
            return count(self.assets)
        return SEEN_ROWS[self.find_median_age()].label
