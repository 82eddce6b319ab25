"""The parts of a label: what each is, and where it lies, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.labels.symbols import Content, Symbology

# A design is printed for one kind of thing; these are the texts that each kind has.
KINDS = {
    "asset": "Assets",
    "location": "Locations",
    "person": "People",
    "kit": "Kits",
    "bin": "Bins of stock",
    "blank": "Blank labels",
}
FIELDS: dict[str, dict[str, str]] = {
    "asset": {
        "code": "Asset tag",
        "name": "Name",
        "model": "Model",
        "serial_number": "Serial number",
        "category": "Category",
        "home_location": "Home location",
        "owner": "Owner line",
    },
    "location": {
        "code": "Code",
        "name": "Name",
        "full_name": "What it is in",
        "owner": "Owner line",
    },
    "person": {"code": "Number", "name": "Name", "department": "Department", "owner": "Owner line"},
    "kit": {
        "code": "Code",
        "name": "Name",
        "home_location": "Home location",
        "owner": "Owner line",
    },
    "bin": {
        "code": "Code",
        "name": "Stock item",
        "full_name": "Location",
        "owner": "Owner line",
    },
    "blank": {"code": "Code", "owner": "Owner line"},
}
# In the order in which lines are left out where a label has no room for all: the last one first.
LINES = ("code", "name", "model", "department", "full_name", "serial_number", "owner")
# How large each line is, as parts of the first.
LINE_SIZES = {
    "code": 1.0,
    "name": 0.75,
    "model": 0.62,
    "department": 0.62,
    "full_name": 0.62,
    "serial_number": 0.62,
    "owner": 0.6,
}
LEADING = 1.22
MIN_TEXT, MAX_TEXT = 1.5, 5.5
# The first line of a label is not made smaller than this to find room for one line more.
MIN_FIRST = 2.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a label: its left and top edge, width and height, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class SymbolPart:
    """A symbol in the middle of its box. The box includes the white around the symbol.

    :param is_left: it is at the left edge of its box, so that symbols of all sizes line up.
    """

    box: Box
    symbology: Symbology
    content: Content
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class LinesPart:
    """Lines of text, one a field; those without a value are left out.

    :param count: how many lines there is room for at most.
    """

    box: Box
    fields: tuple[str, ...]
    count: int
    is_centred: bool = False


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class AlignFacts:
    """What is said about an alignment; `share` of the room beside a line is at its left."""

    label: str
    share: float


ALIGNS = {
    Align.LEFT: AlignFacts("Left", 0.0),
    Align.CENTRE: AlignFacts("Centre", 0.5),
    Align.RIGHT: AlignFacts("Right", 1.0),
}


class Fit(StrEnum):
    """What is done with a text that is too long for its box."""

    SHRINK = "shrink"
    WRAP = "wrap"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class TextPart:
    """One text in its box.

    :param size: of its letters, in millimetres; they are smaller where the box is lower.
    """

    box: Box
    field: str
    size: float
    is_bold: bool = False
    align: Align = Align.LEFT
    fit: Fit = Fit.SHRINK


@dataclass(frozen=True, slots=True)
class FillPart:
    """A black rectangle: a line."""

    box: Box


@dataclass(frozen=True, slots=True)
class FramePart:
    """The outline of a rectangle."""

    box: Box


@dataclass(frozen=True, slots=True)
class LogoPart:
    """The organisation's logo in black and white, as large as its box allows.

    :param picture: what is drawn; empty if the organisation has none.
    """

    box: Box
    picture: bytes = b""


Part = SymbolPart | LinesPart | TextPart | FillPart | FramePart | LogoPart
# How wide the lines of a frame are.
STROKE = 0.3


@dataclass(frozen=True, slots=True)
class Design:
    """A label of one size, ready to be laid out."""

    key: str
    name: str
    parts: tuple[Part, ...]
