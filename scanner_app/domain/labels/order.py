"""What somebody wants printed: read from a form, a body or a command, or refused by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.designs import DESIGN_BY_KEY, DESIGNS
from scanner_app.domain.labels.own_designs import USUAL, Designs, LabelDesign
from scanner_app.domain.labels.stock import STOCK_BY_KEY, STOCKS, LabelStock
from scanner_app.domain.labels.symbols import Content
from scanner_app.domain.text import is_storable

MAX_THINGS, MAX_COPIES, MAX_LABELS = 500, 50, 2000
MAX_SHIFT = 10.0
MAX_CODE = 255
MAX_OWNER = 60
_BETWEEN = re.compile(r"[\r\n,;\t]+")


class PrintForm(StrEnum):
    """The forms of a printed file; a PNG is the first label alone."""

    PDF = "pdf"
    PNG = "png"
    ZPL = "zpl"


MEDIA_TYPES = {
    PrintForm.PDF: "application/pdf",
    PrintForm.PNG: "image/png",
    PrintForm.ZPL: "application/vnd.zebra.zpl",
}


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """How labels are to be printed.

    :param content: what the symbol says; None: what the design says.
    :param start: the first label of the sheet that is not used up, counted from 1.
    :param shift: how far right and down, in millimetres.
    :param owner: a line on each label.
    """

    stock: LabelStock = STOCKS[1]
    design: LabelDesign = DESIGNS[0]
    dpi: int = STOCKS[1].dpis[0]
    content: Content | None = None
    start: int = 1
    copies: int = 1
    shift: tuple[float, float] = (0.0, 0.0)
    owner: str = ""

    def to_texts(self) -> dict[str, str]:
        """Return the order as the fields of a form."""
        return {
            "stock": self.stock.key,
            "design": self.design.key,
            "dpi": str(self.dpi),
            "content": self.content.value if self.content else "",
            "start": str(self.start),
            "copies": str(self.copies),
            "right": f"{self.shift[0]:g}",
            "down": f"{self.shift[1]:g}",
            "owner": self.owner,
        }


def read_order(values: Mapping[str, str], designs: Designs = DESIGN_BY_KEY) -> PrintOrder:
    """Return the order that the fields of a form name; what is empty is left to the program.

    :param designs: those that may be named, by their key.
    :raises Invalid: a field cannot be used; `errors` says why.
    """
    errors: dict[str, list[str]] = {}
    given = {name: (values.get(name) or "").strip() for name in PrintOrder().to_texts()}
    stock = STOCK_BY_KEY.get(given["stock"] or STOCKS[1].key)
    if stock is None:
        errors["stock"] = ["Choose one of the list."]
        stock = STOCKS[1]
    design = designs.get(given["design"]) or DESIGNS[0]
    if not given["design"]:
        design = designs.get(USUAL, DESIGNS[0])
    elif given["design"] not in designs:
        errors["design"] = ["Choose one of the list."]
    content = None
    if given["content"]:
        try:
            content = Content(given["content"])
        except ValueError:
            errors["content"] = ["Choose one of the list."]
    owner = given["owner"]
    if len(owner) > MAX_OWNER or not is_storable(owner):
        errors["owner"] = [f"Use at most {MAX_OWNER} characters."]
    order = PrintOrder(
        stock=stock,
        design=design,
        dpi=_read_dpi(given["dpi"], stock, errors),
        content=content,
        start=_read_count(given, "start", stock.a_page, errors),
        copies=_read_count(given, "copies", MAX_COPIES, errors),
        shift=(_read_shift(given, "right", errors), _read_shift(given, "down", errors)),
        owner=owner,
    )
    if errors:
        raise Invalid("The labels cannot be printed like this.", errors=errors)
    return order


def _read_dpi(text: str, stock: LabelStock, errors: dict[str, list[str]]) -> int:
    known = {str(dpi): dpi for dpi in stock.dpis}
    if not text or text in known:
        return known.get(text, stock.dpis[0])
    # Another stock was chosen, whose printers have other resolutions: not a mistake of a person.
    if text in {str(dpi) for other in STOCKS for dpi in other.dpis}:
        return stock.dpis[0]
    errors["dpi"] = [f"Choose {' or '.join(known)}."]
    return stock.dpis[0]


def _read_count(
    given: Mapping[str, str], name: str, most: int, errors: dict[str, list[str]]
) -> int:
    text = given[name] or "1"
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) >= 1:  # noqa: PLR2004 - digits
        if int(text) <= most:
            return int(text)
        if name == "start":
            return 1  # as for the resolution: the new stock has fewer labels a page
    errors[name] = [f"Use a number from 1 to {most}."]
    return 1


def _read_shift(given: Mapping[str, str], name: str, errors: dict[str, list[str]]) -> float:
    text = (given[name] or "0").replace(",", ".")
    if re.fullmatch(r"[+-]?[0-9]{1,2}(\.[0-9]{1,2})?", text) and abs(float(text)) <= MAX_SHIFT:
        return float(text)
    errors[name] = [f"Use millimetres from -{MAX_SHIFT:g} to {MAX_SHIFT:g}."]
    return 0.0


def split_codes(texts: Iterable[str]) -> list[str]:
    """Return the codes of a pasted list: one a line, or separated by commas, each once."""
    found = (part.strip() for text in texts for part in _BETWEEN.split(text))
    return list(dict.fromkeys(part[:MAX_CODE] for part in found if part and is_storable(part)))
