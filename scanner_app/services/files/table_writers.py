"""Writes tables for other programs: CSV and XLSX, row by row, with formulas made harmless.

What a spreadsheet would run as a formula is written as text. Our own import takes the guard off
again (`formula_guard`), so a table that is written here and read there is the same table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from scanner_app.domain.errors import Invalid
from scanner_app.services.files.formula_guard import add_guard, double_guard

Cell = str | int | float | Decimal | date | datetime | None

MAX_XLSX_ROWS = 1_048_575
MAX_XLSX_CELL = 32_767


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table to be written: a name, the headers, and the rows, which may be read one by one."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_csv(table: ExportTable, target: IO[bytes]) -> None:
    """Write a table as CSV: UTF-8, comma, CRLF, quotes only where needed (RFC 4180)."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([add_guard(header) for header in table.headers])
    for row in table.rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    text.flush()
    text.detach()  # otherwise the wrapper would close the caller's file


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    # Only text can be a formula; -5 as a number must stay a number.
    return add_guard(cell) if isinstance(cell, str) else str(cell)


def write_xlsx(table: ExportTable, target: IO[bytes]) -> None:
    """Write a table as XLSX with one sheet; memory does not grow with the rows.

    :raises Invalid: the table has more rows, or a cell more text, than a sheet holds.
    """
    write_book([table], target)


def write_book(tables: Iterable[ExportTable], target: IO[bytes]) -> None:
    """Write tables as XLSX, each as a separate sheet; memory does not grow with the rows.

    :raises Invalid: a table has more rows, or a cell more text, than a sheet holds.
    """
    # Here: every process that serves pages would wait for it as it starts.
    from xlsxwriter import Workbook

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    with Workbook(target, options) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "0.00"})
        for table in tables:
            _write_sheet(book.add_worksheet(table.name[:31]), table, bold, money)


def _write_sheet(sheet: Any, table: ExportTable, bold: Any, money: Any) -> None:
    for column, header in enumerate(table.headers):
        sheet.write_string(0, column, _xlsx_text(header), bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(table.rows, start=1):
        if number > MAX_XLSX_ROWS:
            raise Invalid("A sheet holds 1,048,575 rows. Export as CSV instead.")
        for column, cell in enumerate(row):
            if isinstance(cell, str) and cell:
                sheet.write_string(number, column, _xlsx_text(cell))
            elif isinstance(cell, datetime | date):
                sheet.write_datetime(number, column, cell)
            elif isinstance(cell, Decimal):
                sheet.write_number(number, column, float(cell), money)
            elif isinstance(cell, int | float):
                sheet.write_number(number, column, cell)


def _xlsx_text(text: str) -> str:
    """Return a text for a cell of the type text, which no spreadsheet runs."""
    if len(text) > MAX_XLSX_CELL:
        raise Invalid("A cell holds 32,767 characters. Export as CSV instead.")
    return double_guard(text)
