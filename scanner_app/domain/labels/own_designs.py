"""Designs that an admin made, and which design is usual for a stock or a category."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.designs import DESIGN_BY_KEY, DESIGNS, ShippedDesign
from scanner_app.domain.labels.parts import KINDS, Design, LogoPart, Part, SymbolPart
from scanner_app.domain.labels.stock import LabelStock
from scanner_app.domain.labels.symbols import Content

USUAL = "usual"
MAX_DESIGNS = 100
MAX_NAME, MAX_KEY = 60, 40
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+", re.ASCII)
# A stock, or None for any; the id of a category, or None for any.
Scope = tuple[str | None, int | None]


@dataclass(frozen=True, slots=True)
class OwnDesign:
    """One version of a design for one kind of thing on one stock."""

    key: str
    label: str
    kind: str
    stock: LabelStock
    version: int
    parts: tuple[Part, ...]

    @property
    def hint(self) -> str:
        return f"{KINDS[self.kind]} on {self.stock.maker} {self.stock.name}"

    @property
    def content(self) -> Content:
        """What its first symbol says."""
        return next(part.content for part in self.parts if isinstance(part, SymbolPart))

    def suits(self, thing: LabelContent, stock: LabelStock) -> bool:
        return self.kind == thing.kind and self.stock.key == stock.key

    def build(self, stock: LabelStock, *, content: Content | None = None) -> Design:
        """Return the design, for the stock that it was made for.

        :param content: what its symbols say, if not what it says itself.
        :raises Invalid: it is for another stock.
        """
        if stock.key != self.stock.key:
            sentence = f"“{self.label}” is for {self.stock.maker} {self.stock.name} alone."
            raise Invalid(sentence, errors={"design": [sentence]})
        parts = tuple(
            replace(part, content=content) if content and isinstance(part, SymbolPart) else part
            for part in self.parts
        )
        return Design(self.key, self.label, parts)


@dataclass(frozen=True, slots=True)
class UsualDesign:
    """For each thing the design that was chosen for its category and the stock."""

    choices: Mapping[Scope, ShippedDesign | OwnDesign] = field(default_factory=dict)
    key: str = USUAL
    label: str = "The usual one"
    hint: str = "As chosen for the category and the stock"
    content: Content = Content.LINK


LabelDesign = ShippedDesign | OwnDesign | UsualDesign
Designs = Mapping[str, LabelDesign]


def pick_design(
    design: LabelDesign, thing: LabelContent, stock: LabelStock
) -> ShippedDesign | OwnDesign:
    """Return the design that a thing's label has.

    Of the usual ones, the first of these that suits the thing: that of its category on this stock,
    of its category, of this stock, of everything; else the first that comes with the program.

    :raises Invalid: the design is for other things.
    """
    if isinstance(design, UsualDesign):
        category = thing.category_id
        scopes: tuple[Scope, ...] = ((stock.key, None), (None, None))
        if category is not None:
            scopes = ((stock.key, category), (None, category), *scopes)
        for scope in scopes:
            found = design.choices.get(scope)
            if found is not None and found.suits(thing, stock):
                return found
        return DESIGNS[0]
    if isinstance(design, OwnDesign) and design.kind != thing.kind:
        sentence = f"“{design.label}” is a design for {KINDS[design.kind].lower()}."
        raise Invalid(sentence, errors={"design": [sentence]})
    return design


def list_designs(
    own: Iterable[OwnDesign], choices: Mapping[Scope, str], *, logo: bytes = b""
) -> dict[str, LabelDesign]:
    """Return every design by its key, the usual one first, if any was chosen."""
    drawn = {one.key: draw_logo(one, logo) for one in own}
    known: dict[str, ShippedDesign | OwnDesign] = {**DESIGN_BY_KEY, **drawn}
    chosen = {scope: known[key] for scope, key in choices.items() if key in known}
    usual: dict[str, LabelDesign] = {USUAL: UsualDesign(chosen)} if chosen else {}
    return {**usual, **known}


def draw_logo(design: OwnDesign, logo: bytes) -> OwnDesign:
    """Return a design with the organisation's logo where it has its place."""
    parts = tuple(
        replace(part, picture=logo) if isinstance(part, LogoPart) else part for part in design.parts
    )
    return replace(design, parts=parts)


def make_key(name: str, taken: Iterable[str]) -> str:
    """Return a key for a design, made from its name, that no other design has."""
    used = {*taken, *DESIGN_BY_KEY, USUAL}
    stem = _NOT_A_WORD.sub("-", name.lower())[: MAX_KEY - 4].strip("-") or "design"
    key, number = stem, 1
    while key in used:
        number += 1
        key = f"{stem}-{number}"
    return key


def write_scope(stock: str | None, category_id: int | None) -> str:
    """Return what a choice holds for as one text, so that one text has one choice."""
    return f"{stock or '*'}|{category_id or '*'}"
