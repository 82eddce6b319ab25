"""The marks of a drawing, in points from its upper left corner, and what every plot can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SMALL, NORMAL, LARGE = 12.0, 13.0, 28.0
# Below this width a drawing is for a phone: names are above their bars, targets are for a thumb.
NARROW = 440.0
# How wide a letter is, as a part of its height. It is estimated: texts are cut a little early.
_THIN, _WIDE = set("ijl.,:;|'!()[] ftrI"), set("mwMW@%—")
_SIGN, _THIN_SIGN, _WIDE_SIGN, _CAPITAL = 0.62, 0.36, 0.98, 0.72
_LAST_LATIN = 0x2E80  # what follows is as wide as it is high


class Tone(StrEnum):
    """What a mark means. `looks` says how each is drawn."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ODD = "odd"
    NOTE = "note"
    IDLE = "idle"
    ACCENT = "accent"
    INK = "ink"
    QUIET = "quiet"
    TRACK = "track"
    LINE = "line"
    SURFACE = "surface"
    NONE = "none"


class Anchor(StrEnum):
    START = "start"
    MIDDLE = "middle"
    END = "end"


# Which part of its width a text lies before its place.
_BEFORE = {Anchor.START: 0.0, Anchor.MIDDLE: 0.5, Anchor.END: 1.0}


def part_before(anchor: Anchor) -> float:
    """Return which part of its width a text lies before its place."""
    return _BEFORE[anchor]


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle. One that is patterned shows the pattern of its tone."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone
    radius: float = 0.0
    is_patterned: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    tone: Tone
    width: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """Points joined by lines: filled as an area, or drawn as a line."""

    points: tuple[tuple[float, float], ...]
    tone: Tone
    width: float = 2.0
    is_filled: bool = False
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float = SMALL
    anchor: Anchor = Anchor.START
    tone: Tone = Tone.INK
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Marks that lead to the list that they count. On paper they are only marks."""

    href: str
    label: str
    marks: tuple[Rect | Line | Path | Text, ...]


Mark = Rect | Line | Path | Text | Link


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a plot."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Plot(Protocol):
    """What a page or a paper is given."""

    @property
    def title(self) -> str:
        """What is shown, in a few words."""

    def draw(self, width: float) -> Drawing:
        """Return the drawing for a width."""

    def describe(self) -> str:
        """Return what the drawing says, in one sentence."""

    def tabulate(self) -> Table:
        """Return the numbers behind it."""


def measure(text: str, size: float = SMALL) -> float:
    """Return about how wide a text is."""
    return size * sum(map(_width_of, text))


def _width_of(sign: str) -> float:
    if ord(sign) >= _LAST_LATIN:
        return 1.0
    if sign in _THIN:
        return _THIN_SIGN
    if sign in _WIDE:
        return _WIDE_SIGN
    return _CAPITAL if sign.isupper() else _SIGN


def shorten(text: str, width: float, size: float = SMALL) -> str:
    """Return a text that fits into a width, its end replaced by an ellipsis if need be."""
    if measure(text, size) <= width:
        return text
    while text and measure(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def count(value: float) -> str:
    """Return a number as people read it: 1,204."""
    return f"{value:,.0f}"


def percent(value: float | None) -> str:
    """Return a part of one as people read it: 96.8 %, or n/a."""
    return "n/a" if value is None else f"{value * 100:.1f} %"


def link(href: str | None, label: str, marks: Iterable[Rect | Line | Path | Text]) -> list[Mark]:
    """Return the marks, as a link if they lead somewhere."""
    found = tuple(marks)
    return [Link(href, label, found)] if href else list(found)


def legend(
    items: Sequence[tuple[str, Tone, str | None]], width: float, top: float
) -> tuple[list[Mark], float]:
    """Return a legend in rows from `top` on, and its height.

    :param items: of each part its words, its tone and where it leads.
    """
    marks: list[Mark] = []
    # What a thumb taps is 44 points high.
    is_tapped = width < NARROW and any(href for _, _, href in items)
    x, y, row = 0.0, top, 44.0 if is_tapped else 24.0
    for words, tone, href in items:
        text = shorten(words, width - 20)
        wide = 20 + measure(text) + 16
        if x and x + wide - 16 > width:
            x, y = 0.0, y + row
        parts: list[Rect | Line | Path | Text] = []
        if href:
            parts.append(Rect(x, y, wide - 8, row, Tone.NONE))
        parts += [
            Rect(x, y + row / 2 - 6, 12, 12, tone, 2, is_patterned=True),
            Text(x + 18, y + row / 2 + 4, text),
        ]
        marks += link(href, words, parts)
        x += wide
    return marks, (y + row - top) if items else 0.0
