"""Keep of an untrusted SVG only what draws: shapes, text and their look.

What could run, load or link goes: scripts, event attributes, pictures, foreign elements, movement,
addresses. What is kept is written again from an allow-list, so that nothing unknown gets through.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from scanner_app.domain.errors import Invalid, TooLarge

SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MAX_BYTES = 4 * 1024 * 1024
MAX_ELEMENTS = 60_000
MAX_DEPTH = 64
_SHAPES = {
    *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"),
    *("tspan", "title", "desc", "defs", "symbol", "use", "clipPath", "mask", "pattern", "marker"),
    *("linearGradient", "radialGradient", "stop"),
}
_LOOKS = {
    *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "opacity"),
    *("stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "display"),
    *("stroke-dashoffset", "font-size", "font-weight", "font-style", "font-family", "visibility"),
    *("text-anchor", "dominant-baseline", "stop-color", "stop-opacity", "clip-path", "clip-rule"),
    *("mask", "marker-start", "marker-mid", "marker-end", "color", "letter-spacing"),
}
_PLACES = {
    *("id", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy"),
    *("width", "height", "points", "transform", "viewBox", "preserveAspectRatio", "offset"),
    *("gradientUnits", "gradientTransform", "patternUnits", "patternContentUnits", "fx", "fy"),
    *("patternTransform", "clipPathUnits", "maskUnits", "maskContentUnits", "markerUnits"),
    *("markerWidth", "markerHeight", "refX", "refY", "orient", "spreadMethod", "rotate"),
}
_ADDRESS = re.compile(r"url\(\s*(['\"]?)(?!['\"]?#)", re.IGNORECASE)
# Functions of CSS that load, whose addresses are in quotes and not in `url()`.
_LOADS = re.compile(r"(?:image|image-set|src|cross-fade|element|attr|var)\s*\(", re.IGNORECASE)
_CLASS = re.compile(r"\.([\w-]+)")
# A file chooses these texts, so no pattern may try them in more than one way.
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(e[+-]?[0-9]+)? ?(?:px|pt|mm|cm|in)?")
MAX_NUMBER = 40
_DEFINES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_KNOWN_DOCTYPE = re.compile(rb"<!DOCTYPE\s+svg\s+PUBLIC\s+\"[^\">\[]*\"\s+\"[^\">\[]*\"\s*>")


def is_svg(data: bytes) -> bool:
    """Return whether a file looks like an SVG, whatever its name says."""
    return b"<svg" in data[:4096]


def clean_svg(data: bytes) -> tuple[bytes, int, int]:
    """Return a safe copy of an SVG with its width and height, in its own units.

    :raises Invalid: it is not an SVG, defines entities, or does not say how large it is.
    :raises TooLarge: it has too many bytes or elements.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"An SVG may have {MAX_BYTES // 1024 // 1024} MB. Send it as a picture.")
    # Old drawing programs write a document type that defines nothing.
    data = _KNOWN_DOCTYPE.sub(b"", data, count=1)
    if b"\0" in data:  # in UTF-16 a definition would not be seen
        raise _wrong("This SVG is not in UTF-8. Save it as plain SVG.")
    if _DEFINES.search(data):
        raise _wrong("This SVG defines entities. Save it as plain SVG.")
    try:
        root = ET.fromstring(data)  # noqa: S314 - no entities, and no more bytes than a picture
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise _wrong("This SVG cannot be read. Save it again, or send it as a picture.") from error
    if root.tag != f"{SVG}svg":
        raise _wrong("This is not an SVG.")
    count = sum(1 for _ in root.iter())
    if count > MAX_ELEMENTS:
        raise TooLarge(f"This SVG has {count:,} elements; {MAX_ELEMENTS:,} are allowed.")
    width, height = _measure(root)
    kept = _keep(root, _read_classes(root), 0)
    if _count_drawn(kept) > MAX_ELEMENTS:
        raise TooLarge(f"This SVG draws more than {MAX_ELEMENTS:,} elements. Send it as a picture.")
    kept.attrib.pop("width", None)
    kept.attrib.pop("height", None)
    kept.set("width", f"{width:g}")
    kept.set("height", f"{height:g}")
    if "viewBox" not in kept.attrib:
        kept.set("viewBox", f"0 0 {width:g} {height:g}")
    ET.register_namespace("", SVG[1:-1])
    return ET.tostring(kept, encoding="utf-8"), max(1, round(width)), max(1, round(height))


def _measure(root: ET.Element) -> tuple[float, float]:
    box = root.get("viewBox", "").replace(",", " ").split()
    sizes = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]  # noqa: PLR2004 - x, y, width, height
    numbers = [_NUMBER.fullmatch(size.strip()) for size in sizes if len(size) <= MAX_NUMBER]
    found = [float(number[1] + (number[2] or "")) for number in numbers if number]
    if len(found) != 2 or not all(0 < size < 1e6 for size in found):  # noqa: PLR2004 - two sides
        raise _wrong("This SVG does not say how large it is. Save it with a viewBox.")
    if max(found) > 100 * min(found):
        raise _wrong("This SVG is a hundred times longer than it is wide. Cut it to the floor.")
    return found[0], found[1]


def _read_classes(root: ET.Element) -> dict[str, dict[str, str]]:
    """Return the looks that plain rules of one class give; all other rules go."""
    looks: dict[str, dict[str, str]] = {}
    for style in root.iter(f"{SVG}style"):
        for rule in _drop_comments(style.text or "").split("}"):
            selectors, _, rules = rule.rpartition("{")
            read = _read_style(rules)
            for selector in selectors.rpartition("{")[2].split(","):
                if name := _CLASS.fullmatch(selector.strip()):
                    looks.setdefault(name[1], {}).update(read)
    return looks


def _drop_comments(text: str) -> str:
    """Return a style sheet without its comments; what follows one that never ends goes too."""
    first, *others = text.split("/*")
    return first + "".join(other.partition("*/")[2] for other in others)


def _read_style(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    looks = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in looks.items() if name in _LOOKS and _is_safe(value)}


def _is_safe(value: str) -> bool:
    return (
        "\\" not in value
        and _ADDRESS.search(value) is None
        and _LOADS.search(value) is None
        and "javascript" not in value.lower()
    )


def _count_drawn(root: ET.Element) -> int:
    """Return how many elements a drawing has once each `use` is drawn, more than any if endless.

    A short file may use what uses what uses: each step multiplies what a browser draws.
    """
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    known: dict[ET.Element, int] = {}

    def count(element: ET.Element, around: frozenset[ET.Element]) -> int:
        if element in around or len(around) > 2 * MAX_DEPTH:
            return MAX_ELEMENTS + 1
        if element not in known:
            inside = around | {element}
            total = 1 + sum(count(child, inside) for child in element)
            target = named.get((element.get("href") or "").removeprefix("#"))
            if target is not None:
                total += count(target, inside)
            known[element] = min(total, MAX_ELEMENTS + 1)
        return known[element]

    return count(root, frozenset())


def _keep(element: ET.Element, classes: dict[str, dict[str, str]], depth: int) -> ET.Element:
    kept = ET.Element(element.tag)
    for name in element.get("class", "").split():
        kept.attrib.update(classes.get(name, {}))
    for name, value in element.attrib.items():
        if name in _LOOKS | _PLACES and _is_safe(value):
            kept.set(name, value)
    kept.attrib.update(_read_style(element.get("style", "")))
    link = element.get("href") or element.get(XLINK_HREF)
    if element.tag == f"{SVG}use" and link and link.startswith("#"):
        kept.set("href", link)
    kept.text = element.text
    for child in element:
        is_shape = isinstance(child.tag, str) and child.tag.removeprefix(SVG) in _SHAPES
        if is_shape and child.tag.startswith(SVG) and depth < MAX_DEPTH:
            inside = _keep(child, classes, depth + 1)
            inside.tail = child.tail
            kept.append(inside)
    return kept


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="bad_svg", errors={"file": [message]})
