"""The policy of an audit: how exact a place must be. It is chosen in the plan and then kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.errors import Invalid


class PlaceDepth(StrEnum):
    EXACT = "exact"
    ROOM = "room"
    FLOOR = "floor"
    BUILDING = "building"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class PlaceDepthRow:
    """One depth at which places are compared.

    :param label: what people choose.
    :param means: its definition, in docs/audits.md.
    """

    depth: PlaceDepth
    label: str
    means: str

    @property
    def choice(self) -> tuple[str, str]:
        """The value and the text of its choice in a form."""
        return self.depth.value, self.label


PLACE_DEPTHS: dict[PlaceDepth, PlaceDepthRow] = {
    row.depth: row
    for row in (
        PlaceDepthRow(
            PlaceDepth.EXACT,
            "The recorded location itself",
            "the recorded location, or inside it",
        ),
        PlaceDepthRow(PlaceDepth.ROOM, "The same room", "anywhere in the room of that location"),
        PlaceDepthRow(PlaceDepth.FLOOR, "The same floor", "anywhere on its floor"),
        PlaceDepthRow(PlaceDepth.BUILDING, "The same building", "anywhere in its building"),
        PlaceDepthRow(PlaceDepth.SITE, "The same site", "anywhere on its site"),
    )
}
DEFAULT_DEPTH = PlaceDepth.EXACT
# What the page offers first: who counts a room scans its door, not each rack in it.
OFFERED_DEPTH = PlaceDepth.ROOM


def read_policy(given: Mapping[str, Any]) -> dict[str, str]:
    """Return a policy as an audit keeps it.

    :raises Invalid: it names a depth that does not exist.
    """
    try:
        return show_policy(given)
    except ValueError:
        text = f"Choose one of {', '.join(PlaceDepth)}."
        raise Invalid(
            "This policy cannot be used.", errors={"policy.place_depth": [text]}
        ) from None


def depth_of(policy: Mapping[str, Any]) -> PlaceDepth:
    """Return the depth that a policy sets."""
    return PlaceDepth(policy.get("place_depth", DEFAULT_DEPTH))


def show_policy(policy: Mapping[str, Any]) -> dict[str, str]:
    """Return a policy with every key that it may have."""
    return {"place_depth": depth_of(policy).value}


def show_depths() -> str:
    """Return the table of depths as docs/audits.md prints it."""
    lines = ["| `place_depth` | on pages | verified is what was seen |", "|---|---|---|"]
    lines += [f"| `{d.value}` | {row.label} | {row.means} |" for d, row in PLACE_DEPTHS.items()]
    return "\n".join(lines)
