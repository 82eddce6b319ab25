"""Where the words of a template's markup are: texts, tags and the attributes that people read.

A template's markup is cut at tags without looking at what Jinja puts between: each expression or
statement is one character of `MARKS`, which no text holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# A private use area: one character stands for one expression or statement of Jinja.
MARKS = range(0xF0000, 0xFFFFE)
MARK = re.compile("[\U000f0000-\U000ffffd]")
LETTER = re.compile(r"[^\W\d_]")
# Elements that are part of a sentence. All others end it.
INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "em",
        "i",
        "kbd",
        "mark",
        "q",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "var",
    ]
)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# What they hold is not a text of ours, or not a text at all.
OPAQUE = frozenset(("bdi", "kbd", "textarea", "script", "style"))
# Attributes that are read by people.
READ = frozenset(
    [
        "title",
        "aria-label",
        "aria-description",
        "aria-roledescription",
        "placeholder",
        "alt",
        "data-label",
    ]
)
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*|[\U000f0000-\U000ffffd])|<!--.*?-->|<!", re.DOTALL
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=>\"'/\U000f0000-\U000ffffd]+)(?P<equals>\s*=\s*)(?P<quote>[\"'])"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of a template begins: in text, in a tag, or in the value of an attribute.

    :param quote: the sign that ends the value; empty outside of values.
    """

    tag: str = ""
    attribute: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the markup: `text`, a value that is read (`value`), a whole `tag`, or the `rest`.

    :param start: where it begins.
    """

    kind: str
    source: str
    start: Place
    name: str = ""
    is_end: bool = False


def cut(source: str, place: Place) -> list[Piece]:
    """Return the pieces of a source that begins at a place; together they are the source."""
    pieces = []
    at = 0
    while at < len(source):
        if not place.tag:
            end, after, kind = _cut_text(source, at)
        elif place.attribute:
            end, after, kind = _cut_value(source, at, place)
        else:
            end, after, kind = _cut_tag(source, at, place)
        named = after if after.tag else place
        if kind == "tag":
            found = _TAG.match(source, at)
            name = (found["name"] or "!").lower() if found else "!"
            pieces.append(Piece(kind, source[at:end], place, name, bool(found and found["end"])))
        elif end > at:
            pieces.append(Piece(kind, source[at:end], place, named.tag))
        at, place = end, after
    return pieces


def open_tag(piece: Piece) -> list[Piece]:
    """Return the pieces of a whole tag, with the values that are read apart."""
    found = _TAG.match(piece.source)
    if found is None or _find_read(piece.source, found.end(), len(piece.source)) is None:
        return [replace(piece, kind="rest")]
    head = Piece("rest", found[0], piece.start, piece.name)
    return [head, *cut(piece.source[found.end() :], Place(tag=piece.name))]


def find_place(source: str, place: Place) -> Place:
    """Return where a source ends that begins at a place."""
    at = 0
    while at < len(source):
        if not place.tag:
            at, place, _ = _cut_text(source, at)
        elif place.attribute:
            at, place, _ = _cut_value(source, at, place)
        else:
            at, place, _ = _cut_tag(source, at, place)
    return place


def _cut_text(source: str, at: int) -> tuple[int, Place, str]:
    found = _TAG.search(source, at)
    if found is None:
        return len(source), Place(), "text"
    if found.start() > at:
        return found.start(), Place(), "text"
    if found[0].startswith("<!--"):
        return found.end(), Place(), "rest"
    end = _find_end(source, found.end())
    if end is not None:
        return end, Place(), "tag"
    return found.end(), Place(tag=(found["name"] or "!").lower()), "rest"


def _find_end(source: str, at: int) -> int | None:
    """Return where a tag ends; None if it does not end in this source."""
    quote = ""
    for index in range(at, len(source)):
        char = source[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ">":
            return index + 1
    return None


def _find_read(source: str, at: int, end: int) -> re.Match[str] | None:
    """Return the first attribute between two places whose value is read and has words."""
    while found := _ATTRIBUTE.search(source, at, end):
        close = source.find(found["quote"], found.end())
        close = end if close < 0 else close
        value = source[found.end() : close]
        if found["name"] in READ and (LETTER.search(value) or MARK.search(value)):
            return found
        at = close + 1
    return None


def _cut_tag(source: str, at: int, place: Place) -> tuple[int, Place, str]:
    end = _find_end(source, at)
    stop = len(source) if end is None else end
    found = _find_read(source, at, stop)
    if found is not None:
        return found.end(), Place(place.tag, found["name"], found["quote"]), "rest"
    if end is not None:
        return end, Place(), "rest"
    # The tag goes on in what Jinja decides, maybe in the middle of a value.
    while found := _ATTRIBUTE.search(source, at):
        at = source.find(found["quote"], found.end()) + 1
        if not at:
            return len(source), Place(place.tag, found["name"], found["quote"]), "rest"
    return len(source), place, "rest"


def _cut_value(source: str, at: int, place: Place) -> tuple[int, Place, str]:
    end = source.find(place.quote, at)
    end = len(source) if end < 0 else end
    if end == at:
        return at + 1, Place(place.tag), "rest"
    return end, place, "value" if place.attribute in READ else "rest"
