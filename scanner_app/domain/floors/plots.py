"""The plot of a floor: its rooms on the picture, or as tiles where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.floors.figures import LEGENDS, SHADINGS, RoomFigures, Shading
from scanner_app.domain.floors.outlines import SCALE, find_middle
from scanner_app.domain.plots.shapes import (
    SMALL,
    Anchor,
    Drawing,
    Mark,
    Path,
    Rect,
    Table,
    Text,
    Tone,
    legend,
    link,
    shorten,
)

TILE_WIDTH, TILE_HEIGHT, GAP, SWATCH = 148.0, 56.0, 8.0, 8.0
# A label that is wider than its room by more than this covers the room beside it.
LABEL_PART = 0.9


@dataclass(frozen=True, slots=True)
class FloorMap:
    """Rooms on a picture that lies behind the drawing, which has the picture's shape.

    :param leads: where each room leads, by its code.
    """

    title: str
    rooms: tuple[RoomFigures, ...]
    shading: Shading
    picture_width: int
    picture_height: int
    leads: dict[str, str]

    def draw(self, width: float) -> Drawing:
        height = width * self.picture_height / self.picture_width
        marks: list[Mark] = []
        for room in self.rooms:
            if not room.corners:
                continue
            points = tuple((x * width / SCALE, y * height / SCALE) for x, y in room.corners)
            band = room.find_band(self.shading)
            closed = (*points, points[0])
            parts: list[Rect | Path | Text] = [
                Path(points, band.tone, is_filled=True),
                Path(closed, Tone.INK, width=1.5),
            ]
            x, y = find_middle(room.corners)
            x, y = x * width / SCALE, y * height / SCALE
            across = max(px for px, _ in points) - min(px for px, _ in points)
            name = shorten(room.name, across * LABEL_PART)
            if len(name) > 1:
                parts.append(Text(x, y, name, SMALL, Anchor.MIDDLE, is_strong=True))
            figure = shorten(room.say(self.shading), across * LABEL_PART)
            if len(figure) > 1 or figure.isdigit():
                parts.append(Text(x, min(height, y + 15), figure, SMALL, Anchor.MIDDLE))
            marks += link(self.leads.get(room.code), _say(room, self.shading), parts)
        return Drawing(width, height, tuple(marks))

    def describe(self) -> str:
        return _describe(self.rooms, self.shading)

    def tabulate(self) -> Table:
        return _tabulate(self.rooms, self.shading)


@dataclass(frozen=True, slots=True)
class FloorTiles:
    """Rooms as tiles in the order of their names, each with its colour at its left edge."""

    title: str
    rooms: tuple[RoomFigures, ...]
    shading: Shading
    leads: dict[str, str]

    def draw(self, width: float) -> Drawing:
        across = max(1, int((width + GAP) // (TILE_WIDTH + GAP)))
        wide = (width - GAP * (across - 1)) / across
        marks: list[Mark] = []
        for index, room in enumerate(self.rooms):
            x, y = index % across * (wide + GAP), index // across * (TILE_HEIGHT + GAP)
            band = room.find_band(self.shading)
            parts: list[Rect | Path | Text] = [
                Rect(x, y, wide, TILE_HEIGHT, Tone.TRACK, 6),
                Rect(x, y, SWATCH, TILE_HEIGHT, band.tone, 3, is_patterned=True),
                Text(x + 18, y + 23, shorten(room.name, wide - 28), is_strong=True),
                Text(x + 18, y + 42, shorten(room.say(self.shading), wide - 28)),
            ]
            marks += link(self.leads.get(room.code), _say(room, self.shading), parts)
        rows = -(-len(self.rooms) // across)
        return Drawing(width, max(0.0, rows * (TILE_HEIGHT + GAP) - GAP), tuple(marks))

    def describe(self) -> str:
        return _describe(self.rooms, self.shading)

    def tabulate(self) -> Table:
        return _tabulate(self.rooms, self.shading)


@dataclass(frozen=True, slots=True)
class FloorLegend:
    """What the colours of a floor mean."""

    shading: Shading

    @property
    def title(self) -> str:
        return "What the colours mean"

    def draw(self, width: float) -> Drawing:
        items = [(band.label, band.tone, None) for band in LEGENDS[self.shading]]
        marks, height = legend(items, width, 0)
        return Drawing(width, height, tuple(marks))

    def describe(self) -> str:
        return "; ".join(band.label for band in LEGENDS[self.shading]) + "."

    def tabulate(self) -> Table:
        return Table(("Colour",), tuple((band.label,) for band in LEGENDS[self.shading]))


def _say(room: RoomFigures, shading: Shading) -> str:
    return f"{room.name}: {room.say(shading)}"


def _describe(rooms: tuple[RoomFigures, ...], shading: Shading) -> str:
    return "; ".join(_say(room, shading) for room in rooms) + "."


def _tabulate(rooms: tuple[RoomFigures, ...], shading: Shading) -> Table:
    rows = tuple((r.name, r.say(shading), r.find_band(shading).label) for r in rooms)
    return Table(("Room", SHADINGS[shading].header, "Colour"), rows)
