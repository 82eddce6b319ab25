"""The cells of one row of a stock file, read and checked as the form of an item checks them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scanner_app.domain.errors import Invalid
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.stock.items import MAX_QUANTITY, STOCK_CLASSES, StockClass
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.blanks import TOTALS
from scanner_app.services.imports.cells import BadCell, check_note, shorten
from scanner_app.services.imports.dates import parse_date
from scanner_app.services.imports.mapping import order_of
from scanner_app.services.imports.money import (
    guess_currency,
    is_no_amount,
    parse_amount,
    parse_currency,
)
from scanner_app.services.imports.names import Reference, match_key
from scanner_app.services.imports.places import PlaceIndex
from scanner_app.services.imports.row import PlanContext, RowReader
from scanner_app.services.stock.items import clean_values

TEXTS = ("name", "category", "manufacturer", "supplier", "unit")
# A spreadsheet may write 5 as 5.0; 1,000 may be one thousand, or one.
_PIECES = re.compile(r"(\d{1,9})(?:\.0{1,3})?", re.ASCII)
_CLASSES = {
    match_key(word): one
    for one, facts in STOCK_CLASSES.items()
    for word in (one.value, facts.label, facts.plural)
}


@dataclass(slots=True)
class StockCells:
    """What one row says.

    :param values: fields of the item that the row names; a blank cell is not among them.
    :param stock_class: None if neither the file nor the row says it.
    """

    reader: RowReader
    stock_class: StockClass | None
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    place: Reference | None = None
    quantity: int | None = None
    least: int | None = None
    target: int | None = None
    order_number: str = ""
    bought_on: date | None = None

    @property
    def name(self) -> str:
        return str(self.values.get("name", ""))

    @property
    def category(self) -> str:
        return str(self.values.get("category", ""))


def read_cells(
    row: Row, context: PlanContext, places: PlaceIndex, file_class: StockClass | None
) -> StockCells:
    """Return what a row says; what is wrong with it is among the reasons of its reader."""
    reader = RowReader.read(row, context)
    cells = StockCells(reader, file_class)
    if reader.text("serial_number"):
        reader.reasons.append(
            "the row has a serial number: a thing with a serial number is an asset, not stock"
        )
    cells.code = " ".join(reader.code("code", "Code").split())
    for name in TEXTS:
        if text := " ".join(reader.plain(name, _label(name)).split()):
            cells.values[name] = text
    if TOTALS.fullmatch(cells.name) and not cells.category:
        reader.reasons.append(
            f"{cells.name!r} looks like the last line of a table. Leave the row out"
        )
    if text := reader.maker_code("supplier_code", _label("supplier_code")):
        cells.values["supplier_code"] = text
    if notes := reader.parse("notes", "Notes", check_note):
        cells.values["notes"] = notes
    if reader.custom:
        cells.values["custom"] = dict(reader.custom)
    _read_class(cells)
    _read_numbers(cells, is_foreign=file_class is not None)
    _read_money(cells, context)
    cells.place = reader.parse("location", "Location", places.resolve)
    cells.order_number = reader.plain("order_number", "Order Number")
    order = order_of(context.mapping, "purchase_date")
    cells.bought_on = reader.parse(
        "purchase_date", "Purchase Date", lambda text: parse_date(text, order)
    )
    _check_as_the_form_does(cells)
    return cells


def _label(target: str) -> str:
    return label_of(ImportKind.STOCK, target)


def _read_class(cells: StockCells) -> None:
    text = cells.reader.text("stock_class")
    if not text:
        return
    found = _CLASSES.get(match_key(text))
    if found is None:
        words = ", ".join(one.value for one in StockClass)
        cells.reader.reasons.append(f"Class {shorten(text)!r} is not one of {words}")
    cells.stock_class = found or cells.stock_class


def read_pieces(text: str) -> int:
    """Return a number of pieces.

    :raises BadCell: it is not a whole number that a level can have.
    """
    if text.startswith(("-", "\N{MINUS SIGN}")):
        raise BadCell(f"{shorten(text)!r} is below zero")
    found = _PIECES.fullmatch(text)
    if found is None:
        raise BadCell(f"{shorten(text)!r} is not a whole number of pieces; write 1000")
    if int(found[1]) > MAX_QUANTITY:
        raise BadCell(f"{shorten(text)!r} is more than {MAX_QUANTITY:,} pieces")
    return int(found[1])


def _read_numbers(cells: StockCells, *, is_foreign: bool) -> None:
    reader = cells.reader
    cells.quantity = reader.parse("quantity", "QTY", read_pieces)
    cells.least = reader.parse("min_quantity", "Min Amount", read_pieces)
    cells.target = reader.parse("target_quantity", "Target", read_pieces)
    if is_foreign and cells.least == 0:
        cells.least = None  # there, 0 is what an item has that nobody gave a minimum
    if cells.least is not None and cells.target is not None and cells.target <= cells.least:
        reader.reasons.append("Target must be above Min Amount")
    pack = reader.parse("pack_quantity", "Pack", read_pieces)
    if pack is not None:
        cells.values["pack_quantity"] = pack


def _read_money(cells: StockCells, context: PlanContext) -> None:
    reader = cells.reader
    sign = context.mapping.decimal_sign or None
    text = reader.text("unit_cost")
    if is_no_amount(text):
        reader.texts.pop("unit_cost", None)
    amount = reader.parse("unit_cost", "Purchase Cost", lambda cell: parse_amount(cell, sign))
    currency = reader.parse("currency", "Currency", parse_currency)
    if amount is None:
        return
    named = amount[1]
    if named and currency and named != currency:
        reader.reasons.append(
            f"Purchase Cost is in {named} and Currency says {currency}; correct one of them"
        )
        return
    if not (currency or named):
        named, note = guess_currency(text, context.currency)
        reader.notes += [note] if note else []
    cells.values["unit_cost_cents"] = amount[0]
    if currency or named:
        cells.values["currency"] = currency or named


def _check_as_the_form_does(cells: StockCells) -> None:
    if cells.reader.reasons:
        return
    given = {**cells.values, **({"code": cells.code} if cells.code else {})}
    try:
        clean_values(given, is_new=False)
    except Invalid as error:
        for name, texts in error.errors.items():
            cells.reader.reasons += [f"{_label(name)}: {text.rstrip('.')}" for text in texts]
