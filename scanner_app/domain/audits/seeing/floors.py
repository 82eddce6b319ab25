"""The floors of an audit while it is counted: each room in the state of its count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanner_app.domain.audits.rounds.steps import COUNTED, PLACE_STATES, PlaceState
from scanner_app.domain.floors.outlines import SCALE, Corner, find_middle
from scanner_app.domain.plots.shapes import (
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
    legend,
    link,
    measure,
    shorten,
)

# Three sizes of tiles, by how much is expected: an office, a shared room, a store.
SIZES = ((50, 280.0), (10, 208.0), (0, 136.0))
TILE_HEIGHT, GAP, SWATCH, BAR = 60.0, 8.0, 8.0, 5.0
MAX_RACKS = 12
LABEL_PART = 0.9


@dataclass(frozen=True, slots=True)
class Part:
    """One location of a room, such as a rack, with what is expected there and seen of it."""

    name: str
    state: PlaceState
    expected: int
    seen: int


@dataclass(frozen=True, slots=True)
class FloorRoom:
    """A room as the floor view shows it.

    :param parts: the room's own part of the count and those of what is inside it.
    :param people: who scanned there within the last minutes.
    :param corners: its outline on the picture of the floor, empty without one.
    """

    code: str
    name: str
    parts: tuple[Part, ...]
    racks: tuple[Part, ...] = ()
    people: tuple[str, ...] = ()
    corners: tuple[Corner, ...] = ()
    href: str | None = None

    @property
    def expected(self) -> int:
        return sum(part.expected for part in self.parts)

    @property
    def seen(self) -> int:
        return sum(part.seen for part in self.parts)

    @property
    def state(self) -> PlaceState:
        return join_states(part.state for part in self.parts)

    @property
    def missing(self) -> int:
        """What is not seen of a room that is called counted."""
        return self.expected - self.seen if self.state in COUNTED else 0

    @property
    def letter(self) -> str:
        """Return the sign of its state, for readers who see no colours."""
        return f"!{self.missing}" if self.missing > 0 else PLACE_STATES[self.state].letter

    @property
    def tone(self) -> Tone:
        return Tone.BAD if self.missing > 0 else tone_of(self.state)

    @property
    def sentence(self) -> str:
        """Return the room in words: its state, its count, and who is there."""
        said = f"{self.name}: {PLACE_STATES[self.state].label.lower()}"
        said += f", {count(self.seen)} of {count(self.expected)}" if self.expected else ""
        said += f", {count(self.missing)} missing" if self.missing > 0 else ""
        return f"{said}, {', '.join(self.people)} there" if self.people else said


def tone_of(state: PlaceState) -> Tone:
    """Return the colour of a state; a location that is not begun is quiet."""
    tone = PLACE_STATES[state].tone
    return Tone(tone) if tone else Tone.IDLE


def join_states(states: Iterable[PlaceState]) -> PlaceState:
    """Return the state of a room of which each part has its own."""
    found = set(states)
    if len(found) == 1:
        return found.pop()
    if PlaceState.RECOUNT in found:
        return PlaceState.RECOUNT
    return PlaceState.COUNTED if found and found <= COUNTED else PlaceState.COUNTING


@dataclass(frozen=True, slots=True)
class FloorBand:
    """A floor as tiles in the order of their codes, as wide as what is expected there."""

    title: str
    rooms: tuple[FloorRoom, ...]

    def draw(self, width: float) -> Drawing:
        marks: list[Mark] = []
        x = y = 0.0
        for room in self.rooms:
            wide = min(width, next(w for least, w in SIZES if room.expected >= least))
            if x and x + wide > width:
                x, y = 0.0, y + TILE_HEIGHT + GAP
            marks += link(room.href, room.sentence, _draw_tile(room, x, y, wide))
            x += wide + GAP
        return Drawing(width, y + TILE_HEIGHT if self.rooms else 0.0, tuple(marks))

    def describe(self) -> str:
        return describe_rooms(self.rooms)

    def tabulate(self) -> Table:
        return tabulate_rooms(self.rooms)


def _draw_tile(
    room: FloorRoom, x: float, y: float, wide: float
) -> tuple[Rect | Line | Path | Text, ...]:
    letter = room.letter
    inside = wide - SWATCH - 18
    marks: list[Rect | Line | Path | Text] = [
        Rect(x, y, wide, TILE_HEIGHT, Tone.TRACK, 6),
        Rect(x, y, SWATCH, TILE_HEIGHT, room.tone, 3, is_patterned=True),
        Text(x + SWATCH + 10, y + 20, shorten(room.name, inside), is_strong=True),
        Text(x + wide - 8, y + 37, letter, SMALL, Anchor.END, is_strong=True),
    ]
    figure = f"{count(room.seen)} of {count(room.expected)}" if room.expected else "none expected"
    beside = shorten(figure, inside - measure(letter) - 6)
    marks.append(Text(x + SWATCH + 10, y + 37, beside, tone=Tone.QUIET))
    racks = room.racks[:MAX_RACKS]
    if racks:
        step = (inside + 4) / len(racks)
        for at, rack in enumerate(racks):
            left, long = x + SWATCH + 10 + at * step, step - 4
            marks.append(Rect(left, y + 46, long, BAR, Tone.SURFACE, 2))
            if rack.expected and rack.seen:
                share = min(1.0, rack.seen / rack.expected)
                marks.append(Rect(left, y + 46, max(2.0, long * share), BAR, Tone.ACCENT, 2))
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class FloorPicture:
    """Rooms on the picture of their floor, which lies behind the drawing and has its shape."""

    title: str
    rooms: tuple[FloorRoom, ...]
    picture_width: int
    picture_height: int

    def draw(self, width: float) -> Drawing:
        height = width * self.picture_height / self.picture_width
        marks: list[Mark] = []
        for room in self.rooms:
            points = tuple((x * width / SCALE, y * height / SCALE) for x, y in room.corners)
            across = max(px for px, _ in points) - min(px for px, _ in points)
            middle, at = find_middle(room.corners)
            middle, at = middle * width / SCALE, at * height / SCALE
            parts: list[Rect | Line | Path | Text] = [
                Path(points, room.tone, is_filled=True),
                Path((*points, points[0]), Tone.INK, width=1.5),
                Text(middle, at + 15, room.letter, SMALL, Anchor.MIDDLE, is_strong=True),
            ]
            name = shorten(room.name, across * LABEL_PART)
            if len(name) > 1:
                parts.append(Text(middle, at, name, SMALL, Anchor.MIDDLE, is_strong=True))
            marks += link(room.href, room.sentence, parts)
        return Drawing(width, height, tuple(marks))

    def describe(self) -> str:
        return describe_rooms(self.rooms)

    def tabulate(self) -> Table:
        return tabulate_rooms(self.rooms)


@dataclass(frozen=True, slots=True)
class StateLegend:
    """What the colours and signs of the rooms mean."""

    @property
    def title(self) -> str:
        return "What the colours mean"

    @property
    def items(self) -> list[tuple[str, Tone, str | None]]:
        known: list[tuple[str, Tone, str | None]] = [
            (f"{row.letter} {row.label}", tone_of(state), None)
            for state, row in PLACE_STATES.items()
        ]
        return [*known, ("!n Counted, n missing", Tone.BAD, None)]

    def draw(self, width: float) -> Drawing:
        marks, height = legend(self.items, width, 0)
        return Drawing(width, height, tuple(marks))

    def describe(self) -> str:
        return "; ".join(words for words, _, _ in self.items) + "."

    def tabulate(self) -> Table:
        return Table(("Colour",), tuple((words,) for words, _, _ in self.items))


def describe_rooms(rooms: Sequence[FloorRoom]) -> str:
    """Return all rooms of a floor in one sentence."""
    return "; ".join(room.sentence for room in rooms) + "."


def tabulate_rooms(rooms: Sequence[FloorRoom]) -> Table:
    """Return the rooms of a floor as a table."""
    rows = tuple(
        (
            room.name,
            PLACE_STATES[room.state].label,
            count(room.seen),
            count(room.expected),
            ", ".join(room.people),
        )
        for room in rooms
    )
    return Table(("Room", "State", "Counted", "Expected", "There now"), rows)
