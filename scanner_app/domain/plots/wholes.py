"""Plots of one whole: a ring, and tiles that fill up."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.plots.shapes import (
    LARGE,
    SMALL,
    Anchor,
    Drawing,
    Line,
    Mark,
    Path,
    Rect,
    Table,
    Text,
    Tone,
    count,
    link,
    percent,
    shorten,
)
from scanner_app.domain.plots.turns import arc

TILE_WIDTH, TILE_HEIGHT, TILE_GAP = 136.0, 60.0, 8.0


@dataclass(frozen=True, slots=True)
class Ring:
    """A part of a whole as a ring, with its share in the middle."""

    title: str
    part: int
    whole: int
    tone: Tone = Tone.ACCENT

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def draw(self, width: float) -> Drawing:
        side = min(width, 152.0)
        middle, outer, inner = side / 2, side / 2, side / 2 - 16
        marks: list[Mark] = [Path(arc(middle, middle, outer, inner, 1), Tone.TRACK, is_filled=True)]
        if self.share:
            round_ = arc(middle, middle, outer, inner, min(1.0, self.share))
            marks.append(Path(round_, self.tone, is_filled=True))
        shown = "n/a" if self.share is None else f"{_round_down(self.share)} %"
        of = f"{count(self.part)} of {count(self.whole)}"
        marks += [
            Text(middle, middle + 6, shown, LARGE, Anchor.MIDDLE, is_strong=True),
            Text(middle, middle + 26, of, SMALL, Anchor.MIDDLE, Tone.QUIET),
        ]
        return Drawing(side, side, tuple(marks))

    def describe(self) -> str:
        return f"{count(self.part)} of {count(self.whole)}, {percent(self.share)}."

    def tabulate(self) -> Table:
        row = (count(self.part), count(self.whole), percent(self.share))
        return Table(("Part", "Whole", "Share"), (row,))


def _round_down(share: float) -> int:
    """Return whole percents. What is not whole is never shown as 100."""
    return int(share * 100)


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing that fills up, such as a room that is counted. `problems` are marked."""

    label: str
    done: int
    total: int
    problems: int = 0
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """Rooms side by side: how full each is, with a mark where something is wrong."""

    title: str
    tiles: tuple[Tile, ...]
    headers: tuple[str, ...] = ("", "Counted", "Expected", "Differences")

    def draw(self, width: float) -> Drawing:
        across = max(1, int((width + TILE_GAP) // (TILE_WIDTH + TILE_GAP)))
        wide = (width - TILE_GAP * (across - 1)) / across
        marks: list[Mark] = []
        for index, tile in enumerate(self.tiles):
            x = index % across * (wide + TILE_GAP)
            y = index // across * (TILE_HEIGHT + TILE_GAP)
            marks += link(tile.href, self._say(tile), _draw_tile(tile, x, y, wide))
        rows = -(-len(self.tiles) // across)
        height = rows * (TILE_HEIGHT + TILE_GAP) - TILE_GAP if rows else 0.0
        return Drawing(width, height, tuple(marks))

    def _say(self, tile: Tile) -> str:
        said = f"{tile.label}: {count(tile.done)} of {count(tile.total)}"
        return f"{said}, {tile.problems} to look at" if tile.problems else said

    def describe(self) -> str:
        return "; ".join(map(self._say, self.tiles)) + "."

    def tabulate(self) -> Table:
        rows = tuple(
            (tile.label, count(tile.done), count(tile.total), count(tile.problems))
            for tile in self.tiles
        )
        return Table(self.headers, rows)


def _draw_tile(
    tile: Tile, x: float, y: float, wide: float
) -> tuple[Rect | Line | Path | Text, ...]:
    is_done = tile.done >= tile.total
    share = min(1.0, tile.done / tile.total) if tile.total else 0.0
    bar = wide - 20
    room = bar - 16 if tile.problems or is_done else bar
    marks: list[Rect | Line | Path | Text] = [
        Rect(x, y, wide, TILE_HEIGHT, Tone.TRACK, 6),
        Text(x + 10, y + 20, shorten(tile.label, room, SMALL), SMALL, is_strong=True),
        Text(x + 10, y + 38, f"{count(tile.done)} of {count(tile.total)}", SMALL, tone=Tone.QUIET),
        Rect(x + 10, y + 46, bar, 6, Tone.SURFACE, 3),
    ]
    if share:
        tone = Tone.GOOD if is_done else Tone.ACCENT
        marks.append(Rect(x + 10, y + 46, max(6.0, bar * share), 6, tone, 3))
    if tile.problems:
        right = x + wide - 10
        mark = ((right - 12, y + 20), (right - 6, y + 9), (right, y + 20))
        marks.append(Path(mark, Tone.WARN, is_filled=True))
        words = f"{count(tile.problems)} to look at"
        marks.append(Text(right, y + 38, words, SMALL, Anchor.END, Tone.WARN))
    elif is_done:
        right = x + wide - 10
        tick = ((right - 12, y + 15), (right - 8, y + 19), (right, y + 10))
        marks.append(Path(tick, Tone.GOOD, 2))
    return tuple(marks)
