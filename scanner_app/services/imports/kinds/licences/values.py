"""The cells of one row of a licence file, read and checked as the form of a licence checks them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.licences.metrics import (
    MAX_CORES,
    MAX_PRODUCT,
    MAX_SEATS,
    METRICS,
    Metric,
    hint_of,
    product_key,
)
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.blanks import TOTALS
from scanner_app.services.imports.cells import BadCell, check_note, check_tag, is_true, shorten
from scanner_app.services.imports.dates import parse_date
from scanner_app.services.imports.mapping import order_of
from scanner_app.services.imports.money import (
    guess_currency,
    is_no_amount,
    parse_amount,
    parse_currency,
)
from scanner_app.services.imports.names import PersonWords, match_key
from scanner_app.services.imports.row import PlanContext, RowReader

# Three zeros behind a point are a thousand where points group digits: that is asked, not guessed.
_COUNT = re.compile(r"(\d{1,9})(?:\.0{1,2})?", re.ASCII)
_METRICS = {
    match_key(word): metric for metric, row in METRICS.items() for word in (metric.value, row.label)
}
_YES_NO = frozenset(
    {"yes", "no", "y", "n", "true", "false", "1", "0", "ja", "nein", "oui", "non", "on", "off"}
)
DAYS = ("purchase_date", "ends_on", "termination_on", "maintained_until")


@dataclass(slots=True)
class LicenceCells:
    """What one row says.

    :param values: what the row names of the licence; a blank cell is not among them.
    :param cost_cents: of all seats together.
    """

    reader: RowReader
    tag: str = ""
    product: str = ""
    key_hint: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    cost_cents: int | None = None
    category: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    person: PersonWords | None = None
    device: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes rows of a file one licence."""
        return product_key(self.product), self.key_hint

    @property
    def names_holder(self) -> bool:
        return bool(self.device or self.person)


def label(target: str) -> str:
    """Return what a target is called."""
    return label_of(ImportKind.LICENCES, target)


def read_cells(row: Row, context: PlanContext) -> LicenceCells:
    """Return what a row says; what is wrong with it is among the reasons of its reader."""
    reader = RowReader.read(row, context)
    cells = LicenceCells(reader, custom=dict(reader.custom))
    cells.tag = reader.parse("licence_tag", label("licence_tag"), check_tag) or ""
    cells.product = " ".join(reader.plain("product", "Product").split())
    if len(cells.product) > MAX_PRODUCT:
        reader.reasons.append(f"Product is longer than {MAX_PRODUCT} characters")
    if TOTALS.fullmatch(cells.product):
        reader.reasons.append(
            f"{cells.product!r} looks like the last line of a table. Leave the row out"
        )
    # The key itself is not kept, here neither.
    cells.key_hint = hint_of(reader.plain("product_key", label("product_key")))
    _read_counts(cells)
    _read_days(cells, context)
    _read_money(cells, context)
    _read_words(cells)
    words = PersonWords(
        email=reader.plain("holder_email", label("holder_email")),
        username=reader.plain("holder_username", label("holder_username")),
        name=" ".join(reader.plain("holder", label("holder")).split()),
    )
    cells.person = words or None
    cells.device = reader.code("device", label("device"))
    return cells


def _read_counts(cells: LicenceCells) -> None:
    for name, most in (("seats", MAX_SEATS), ("min_free", MAX_SEATS), ("min_cores", MAX_CORES)):
        number = cells.reader.parse(name, label(name), _reads_count(most))
        if number is not None:
            cells.values[name] = number


def _reads_count(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = _COUNT.fullmatch(text)
        if found is None or int(found[1]) > most:
            raise BadCell(f"{shorten(text)!r} is not a whole number from 0 to {most:,}")
        return int(found[1])

    return read


def _read_days(cells: LicenceCells, context: PlanContext) -> None:
    for name in DAYS:
        day = cells.reader.parse(name, label(name), _reads_day(context, name))
        if day is not None:
            cells.values[name] = day
    bought, ends = cells.values.get("purchase_date"), cells.values.get("ends_on")
    if isinstance(bought, date) and isinstance(ends, date) and ends < bought:
        cells.reader.notes.append(
            "the licence ends before it was bought, so its first day is left open"
        )


def _reads_day(context: PlanContext, name: str) -> Callable[[str], date | None]:
    return lambda text: parse_date(text, order_of(context.mapping, name))


def _read_money(cells: LicenceCells, context: PlanContext) -> None:
    reader = cells.reader
    sign = context.mapping.decimal_sign or None
    currency = reader.parse("currency", "Currency", parse_currency)
    for name in ("cost", "unit_price"):
        text = reader.text(name)
        if is_no_amount(text):
            reader.texts.pop(name, None)
        amount = reader.parse(name, label(name), lambda cell: parse_amount(cell, sign))
        if amount is None:
            continue
        cents, named = amount
        if named and currency and named != currency:
            reader.reasons.append(
                f"{label(name)} is in {named} and Currency says {currency}; correct one of them"
            )
            continue
        if not (currency or named):
            named, note = guess_currency(text, context.currency)
            reader.notes += [note] if note else []
        if name == "cost":
            cells.cost_cents = cents
        else:
            cells.values["unit_price_cents"] = cents
        if currency or named:
            cells.values["currency"] = currency or named


def _read_words(cells: LicenceCells) -> None:
    reader = cells.reader
    metric = reader.text("metric")
    if metric and match_key(metric) not in _METRICS:
        known = ", ".join(one.value for one in Metric)
        reader.reasons.append(f"{label('metric')} {shorten(metric)!r} is not one of {known}")
    elif metric:
        cells.values["metric"] = _METRICS[match_key(metric)].value
    for name in ("supplier", "order_number"):
        if text := " ".join(reader.plain(name, label(name)).split()):
            cells.values[name] = text
    if notes := reader.parse("notes", "Notes", check_note):
        cells.values["notes"] = notes
    cells.category = " ".join(reader.plain("category", "Category").split())
    word = reader.text("reassignable")
    if word and word.casefold() not in _YES_NO:
        reader.notes.append(
            f"{label('reassignable')} {shorten(word)!r} is neither yes nor no: taken as yes"
        )
    if word:
        cells.values["reassignable"] = is_true(word) or word.casefold() not in _YES_NO
