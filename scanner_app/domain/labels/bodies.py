"""The body of a design as it is kept and exported: JSON, checked field by field.

`{"margin": 1.0, "elements": [{"type": "symbol", "x": 1, "y": 1, "w": 12, "h": 12, ...}]}`, in
millimetres from the upper left corner. Nothing in it is computed, and none of it is markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.parts import (
    FIELDS,
    LEADING,
    LINE_SIZES,
    MAX_TEXT,
    MIN_TEXT,
    STROKE,
    Align,
    Box,
    Design,
    FillPart,
    Fit,
    FramePart,
    LinesPart,
    LogoPart,
    Part,
    SymbolPart,
    TextPart,
)
from scanner_app.domain.labels.stock import LabelStock
from scanner_app.domain.labels.symbols import Content, Symbology
from scanner_app.domain.text import is_storable

MAX_ELEMENTS = 20
MAX_MARGIN = 5.0
MAX_OWN_TEXT = 20.0
CUSTOM = "custom."
MAX_CUSTOM = 100
# Two boxes may touch; a number is rounded to a hundredth.
SLACK = 0.011
SIDES = ("x", "y", "w", "h")
Errors = dict[str, list[str]]
Word = TypeVar("Word", bound=StrEnum)


class ElementType(StrEnum):
    SYMBOL = "symbol"
    TEXT = "text"
    LINE = "line"
    BOX = "box"
    LOGO = "logo"


class Weight(StrEnum):
    REGULAR = "regular"
    BOLD = "bold"


@dataclass(frozen=True, slots=True)
class ElementFacts:
    """What is said about a type of element.

    :param least: the least width and height, in millimetres.
    :param usual: a new one, on a label that is large enough.
    """

    label: str
    least: tuple[float, float]
    usual: Mapping[str, Any]


ELEMENTS = {
    ElementType.SYMBOL: ElementFacts(
        "Symbol", (3.0, 3.0), {"symbology": "qr", "content": "link", "align": "centre"}
    ),
    ElementType.TEXT: ElementFacts(
        "Text",
        (2.0, round(MIN_TEXT * LEADING, 2)),
        {"field": "name", "size": 2.5, "weight": "regular", "align": "left", "fit": "shrink"},
    ),
    ElementType.LINE: ElementFacts("Line", (0.1, 0.1), {}),
    ElementType.BOX: ElementFacts("Frame", (2.0, 2.0), {}),
    ElementType.LOGO: ElementFacts("Logo", (3.0, 3.0), {}),
}


@dataclass(frozen=True, slots=True)
class DesignBody:
    """A body that can be used: as it is kept, and as it is laid out."""

    data: dict[str, Any]
    parts: tuple[Part, ...]


def read_body(raw: Any, *, kind: str, stock: LabelStock) -> DesignBody:
    """Return the body of a design for one kind of thing on one stock.

    :raises Invalid: it cannot be used; `errors` names each field, such as `elements.2.w`.
    """
    errors: Errors = {}
    if not isinstance(raw, dict):
        raise _refuse({"body": ["Give an object with `margin` and `elements`."]})
    given = raw.get("elements")
    if not isinstance(given, list) or not given:
        raise _refuse({"elements": ["Add a symbol and some texts."]})
    if len(given) > MAX_ELEMENTS:
        raise _refuse({"elements": [f"Use at most {MAX_ELEMENTS} elements."]})
    for name in sorted(set(map(str, raw)) - {"margin", "elements"}):
        errors[name[:40]] = ["A design does not have this field."]
    margin = _read_number(raw.get("margin", 1.0), "margin", (0.0, MAX_MARGIN), errors)
    read = [
        _read_element(one, f"elements.{index}", kind, errors) for index, one in enumerate(given)
    ]
    if errors:
        raise _refuse(errors)
    elements = [element for element, _ in read]
    _check_places(elements, stock, margin, errors)
    if not any(element["type"] == ElementType.SYMBOL for element in elements):
        errors["elements"] = ["Add a symbol: a label that nothing reads is only a sticker."]
    if errors:
        raise _refuse(errors)
    data = {"margin": margin, "elements": elements}
    return DesignBody(data, tuple(part for _, part in read if part is not None))


def _refuse(errors: Errors) -> Invalid:
    return Invalid("That design cannot be used.", errors=errors)


def _read_number(value: Any, name: str, span: tuple[float, float], errors: Errors) -> float:
    least, most = span
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Rounded, and without a minus before a zero. An infinite number is outside of every span.
    if is_number and least - SLACK <= value <= most + SLACK:
        return round(min(max(float(value), least), most), 2) + 0.0
    errors[name] = [f"Use millimetres from {least:g} to {most:g}."]
    return least


def _read_word(
    element: Mapping[str, Any], name: str, kind: type[Word], usual: Word, at: str, errors: Errors
) -> Word:
    value = element.get(name, usual)
    if isinstance(value, str) and value in set(kind):
        return kind(value)
    errors[f"{at}.{name}"] = [f"Use {', '.join(kind)}."]
    return usual


def _read_element(
    raw: Any, at: str, kind: str, errors: Errors
) -> tuple[dict[str, Any], Part | None]:
    """Return an element as it is kept, and its part; None if it cannot be used."""
    found = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(found, str) or found not in set(ElementType):
        errors[f"{at}.type"] = [f"Use {', '.join(ElementType)}."]
        return {}, None
    type_ = ElementType(found)
    facts = ELEMENTS[type_]
    for name in sorted(set(map(str, raw)) - {"type", *SIDES, *facts.usual}):
        errors[f"{at}.{name[:40]}"] = [f"A {facts.label.lower()} does not have this field."]
    least = {"x": 0.0, "y": 0.0, "w": facts.least[0], "h": facts.least[1]}
    sides = {
        name: _read_number(raw.get(name), f"{at}.{name}", (least[name], 300.0), errors)
        for name in SIDES
    }
    box = Box(sides["x"], sides["y"], sides["w"], sides["h"])
    if type_ is ElementType.SYMBOL:
        more, part = _read_symbol(raw, box, at, errors)
    elif type_ is ElementType.TEXT:
        more, part = _read_text(raw, box, at, kind, errors)
    elif type_ is ElementType.LINE:
        more, part = {}, FillPart(box)
    elif type_ is ElementType.BOX:
        more, part = {}, FramePart(box)
    else:
        more, part = {}, LogoPart(box)
    return {"type": type_.value, **sides, **more}, part


def _read_symbol(
    raw: Mapping[str, Any], box: Box, at: str, errors: Errors
) -> tuple[dict[str, Any], Part]:
    symbology = _read_word(raw, "symbology", Symbology, Symbology.QR, at, errors)
    content = _read_word(raw, "content", Content, Content.LINK, at, errors)
    align = _read_word(raw, "align", Align, Align.CENTRE, at, errors)
    if align is Align.RIGHT:
        errors[f"{at}.align"] = ["Use left, centre."]
    part = SymbolPart(box, symbology, content, is_left=align is Align.LEFT)
    words = {"symbology": symbology, "content": content, "align": align}
    return {name: word.value for name, word in words.items()}, part


def _read_text(
    raw: Mapping[str, Any], box: Box, at: str, kind: str, errors: Errors
) -> tuple[dict[str, Any], Part]:
    field = raw.get("field")
    if not isinstance(field, str) or not is_field(field, kind):
        errors[f"{at}.field"] = ["Choose one of the list."]
        field = "code"
    size = _read_number(raw.get("size", 2.5), f"{at}.size", (MIN_TEXT, MAX_OWN_TEXT), errors)
    weight = _read_word(raw, "weight", Weight, Weight.REGULAR, at, errors)
    align = _read_word(raw, "align", Align, Align.LEFT, at, errors)
    fit = _read_word(raw, "fit", Fit, Fit.SHRINK, at, errors)
    part = TextPart(box, field, size, weight is Weight.BOLD, align, fit)
    words = {"weight": weight, "align": align, "fit": fit}
    return {
        "field": field,
        "size": size,
        **{name: word.value for name, word in words.items()},
    }, part


def is_field(name: str, kind: str) -> bool:
    """Return whether a kind of thing has a text of this name; assets have custom fields as well."""
    if name in FIELDS[kind]:
        return True
    key = name.removeprefix(CUSTOM)
    return kind == "asset" and key != name and 1 <= len(key) <= MAX_CUSTOM and is_storable(key)


def _check_places(
    elements: list[dict[str, Any]], stock: LabelStock, margin: float, errors: Errors
) -> None:
    """Note what lies beside the label, too near to its edge, or on another element."""
    taken: list[tuple[int, tuple[float, float, float, float]]] = []
    for index, element in enumerate(elements):
        at, is_symbol = f"elements.{index}", element["type"] == ElementType.SYMBOL
        # A symbol brings its white: only that may lie at the edge.
        edges = (
            (0.0, 0.0) if is_symbol else (max(margin, stock.guard_x), max(margin, stock.guard_y))
        )
        for start, long, edge, whole in (
            ("x", "w", edges[0], stock.width),
            ("y", "h", edges[1], stock.height),
        ):
            if element[start] < edge - SLACK:
                errors.setdefault(f"{at}.{start}", [f"Use at least {edge:g} mm."])
            elif element[start] + element[long] > whole - edge + SLACK:
                most = max(whole - edge - element[start], 0)
                errors.setdefault(f"{at}.{long}", [f"It ends at {most:g} mm from there."])
        for rectangle in _outline(element):
            for other, place in taken:
                if other != index and _meet(rectangle, place):
                    errors.setdefault(f"{at}.x", [f"It lies on element {other + 1}."])
            taken.append((index, rectangle))


def _outline(element: Mapping[str, Any]) -> list[tuple[float, float, float, float]]:
    """Return the rectangles that an element covers: of a frame its four sides."""
    x0, y0 = element["x"], element["y"]
    x1, y1 = x0 + element["w"], y0 + element["h"]
    if element["type"] != ElementType.BOX:
        return [(x0, y0, x1, y1)]
    return [
        (x0, y0, x1, y0 + STROKE),
        (x0, y1 - STROKE, x1, y1),
        (x0, y0, x0 + STROKE, y1),
        (x1 - STROKE, y0, x1, y1),
    ]


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return (
        a[0] + SLACK < b[2] and b[0] + SLACK < a[2] and a[1] + SLACK < b[3] and b[1] + SLACK < a[3]
    )


def write_body(design: Design, kind: str) -> dict[str, Any]:
    """Return a design that comes with the program as a body to begin with."""
    elements: list[dict[str, Any]] = []
    for part in design.parts:
        if isinstance(part, SymbolPart):
            words = {"symbology": part.symbology.value, "content": part.content.value}
            align = Align.LEFT if part.is_left else Align.CENTRE
            elements.append(
                {"type": "symbol", **_write_box(part.box), **words, "align": align.value}
            )
        elif isinstance(part, LinesPart):
            elements += _write_lines(part, kind)
    return {"margin": 1.0, "elements": elements}


def _write_box(box: Box) -> dict[str, float]:
    sides = zip(SIDES, (box.x, box.y, box.width, box.height), strict=True)
    return {name: round(side, 2) for name, side in sides}


def _write_lines(part: LinesPart, kind: str) -> list[dict[str, Any]]:
    """Return lines of text as one element each, the block of them in the middle of its box."""
    names = [name for name in part.fields if name in FIELDS[kind]][: part.count]
    first = min(part.box.height / (LEADING * sum(LINE_SIZES[name] for name in names)), MAX_TEXT)
    # Rounded down, so that the last line ends inside of the box.
    sizes = [math.floor(max(LINE_SIZES[name] * first, MIN_TEXT) * 100) / 100 for name in names]
    while sum(sizes) * LEADING > part.box.height + SLACK:
        sizes, names = sizes[:-1], names[:-1]
    y = part.box.y + (part.box.height - sum(sizes) * LEADING) / 2
    elements = []
    for name, size in zip(names, sizes, strict=True):
        box = Box(part.box.x, y, part.box.width, math.floor(size * LEADING * 100) / 100)
        y += size * LEADING
        elements.append(
            {
                "type": "text",
                **_write_box(box),
                "field": name,
                "size": size,
                "weight": "bold" if name == "code" else "regular",
                "align": "centre" if part.is_centred else "left",
                "fit": "shrink",
            }
        )
    return elements


def add_element(
    elements: list[dict[str, Any]], type_: ElementType, stock: LabelStock
) -> dict[str, Any]:
    """Return a new element where nothing else is, or in the corner if the label is full."""
    facts = ELEMENTS[type_]
    least_w, least_h = facts.least
    room_w, room_h = stock.width - 2 * stock.guard_x - 2, stock.height - 2 * stock.guard_y - 2
    wanted = {
        ElementType.SYMBOL: (14.0, 14.0),
        ElementType.TEXT: (room_w / 2, 3.5),
        ElementType.LINE: (room_w, 0.3),
        ElementType.BOX: (room_w, room_h),
        ElementType.LOGO: (12.0, 6.0),
    }[type_]
    w = round(max(min(wanted[0], room_w), least_w), 2)
    h = round(max(min(wanted[1], room_h), least_h), 2)
    x, y = find_room([one for one in elements if is_placed(one)], (w, h), stock)
    return {"type": type_.value, "x": x, "y": y, "w": w, "h": h, **facts.usual}


def is_placed(element: Mapping[str, Any]) -> bool:
    """Return whether an element that was not checked has numbers for its place."""
    return all(isinstance(element.get(name), int | float) for name in SIDES)


def find_room(
    elements: list[dict[str, Any]], size: tuple[float, float], stock: LabelStock
) -> tuple[float, float]:
    """Return the first place from the top where a rectangle lies on no other element."""
    taken = [place for one in elements for place in _outline(one)]
    edge_x, edge_y = max(stock.guard_x, 1.0), max(stock.guard_y, 1.0)
    for row in range(int((stock.height - edge_y - size[1]) * 2) + 1):
        for column in range(int((stock.width - edge_x - size[0]) * 2) + 1):
            x, y = edge_x + column / 2, edge_y + row / 2
            here = (x, y, x + size[0], y + size[1])
            fits = here[2] <= stock.width - edge_x and here[3] <= stock.height - edge_y
            if fits and not any(_meet(here, place) for place in taken):
                return round(x, 2), round(y, 2)
    return round(edge_x, 2), round(edge_y, 2)
