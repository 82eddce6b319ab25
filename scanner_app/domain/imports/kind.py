"""The row of facts that every layer reads about a kind of import, and the words it is made of.

Nothing here knows a single kind: those are `assets`, `locations` and `people` beside this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# What a column can mean besides a target: a custom column with the header's name, or nothing.
CUSTOM = "custom"
IGNORED = ""


class Holds(StrEnum):
    """What the cells of a column hold; dates, amounts and statuses need a look at all of it first.

    A key is not to be shown: of its samples only the last characters are kept.
    """

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    STATUS = "status"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that a column can mean. `names` are headers, normalised by `header_key`."""

    name: str
    label: str
    names: tuple[str, ...]
    holds: Holds = Holds.TEXT

    @property
    def own_names(self) -> frozenset[str]:
        """The headers that mean nothing else: the other names yield to them."""
        return frozenset({header_key(self.label), header_key(self.name)})


@dataclass(frozen=True, slots=True)
class OtherMeaning:
    """A name that means something else beside certain headers: a state beside a city.

    `header` and `beside` are keys; the column is then left out, or kept under its own name.
    """

    header: str
    beside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Related:
    """Records that an import adds because its rows name them.

    `name` is their key in a plan. `choice` is the field of the mapping that allows them; without
    one they are always added.
    """

    name: str
    one: str
    many: str
    choice: str = ""


PLACES = Related("places", "location", "locations", "make_places")
PEOPLE = Related("people", "person", "people", "make_people")
MODELS = Related("models", "model", "models")
CATEGORIES = Related("categories", "category", "categories")


@dataclass(frozen=True, slots=True)
class SnipeHeader:
    """A header that means something else in Snipe-IT's files.

    `beside` must be in the same header row, and `without` must not.
    """

    header: str
    target: str
    beside: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True)
class SnipeFile:
    """How a file from Snipe-IT is recognised: one key header, and some that only Snipe-IT has."""

    key: str
    marks: frozenset[str]
    headers: tuple[SnipeHeader, ...]


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Everything that pages, commands and the matching of headers need to know about one kind."""

    label: str
    one: str  # heads the column that names each row
    icon: str
    link: str  # the page that lists what was imported
    order: int  # lower ones first: each file may name what the ones before it brought
    row_means: str
    known_by: str
    targets: tuple[Target, ...]
    required: tuple[tuple[str, ...], ...]  # of each group, one target must be in the file
    left_out: frozenset[str]  # headers that say nothing new; never custom columns
    export_headers: tuple[str, ...]
    adds: tuple[Related, ...] = ()
    keeps_custom: bool = False  # an unknown header becomes a custom column
    snipe: SnipeFile | None = None
    other_meanings: tuple[OtherMeaning, ...] = ()


def header_key(header: str) -> str:
    """Return the form in which headers are compared: lower case, single blanks, no dots."""
    text = header.replace("\ufeff", "").casefold()
    text = re.sub(r"[\s_\-]+", " ", text.replace(".", " ").replace(":", " : "))
    return re.sub(r"\s+", " ", text).strip(" *")


def header_keys(headers: Iterable[str]) -> frozenset[str]:
    """Return the keys of several headers."""
    return frozenset(header_key(header) for header in headers)


def make_target(name: str, label: str, *names: str, holds: Holds = Holds.TEXT) -> Target:
    """Return a target that its label, its name and the other names stand for."""
    keys = dict.fromkeys(header_key(text) for text in (label, name, *names))
    return Target(name, label, tuple(keys), holds)
