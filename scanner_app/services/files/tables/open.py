"""Opens a CSV or XLSX file that anybody may have made: how it is read, its headers, its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from scanner_app.services.files.tables.csv_rows import (
    SEPARATORS,
    CountKnown,
    find_separator,
    read_csv,
)
from scanner_app.services.files.tables.encoding import ENCODINGS, FoundEncoding, find_encoding
from scanner_app.services.files.tables.other_files import name_file
from scanner_app.services.files.tables.source_row import MAX_COLUMNS, BadTable, Row
from scanner_app.services.files.tables.workbook import WorkbookRows, check_archive

MAX_HEADER = 200
# A table's headers are in one of these first rows; titles and blank rows may come before them.
MAX_TITLE_ROWS = 40
# This many known names show that a row below the first one holds the headers.
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person wants a file to be read; what is blank is found out."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_row: int = 0


FIND_OUT = Reading()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file that was opened: how it is read, and its header row.

    `encodings` holds what the encoding may be, each with a sample, where the file does not show it.
    """

    path: Path
    format: str
    headers: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheet_names: tuple[str, ...] = ()
    header_row: int = 1
    encodings: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Stream the rows below the header, without blank rows.

        :raises BadTable: a row cannot be read; the message names the line.
        """
        for row in self._read():
            if row.number > self.header_row and any(row.cells):
                yield row

    def _read(self) -> Iterator[Row]:
        if self.format == "xlsx":
            return WorkbookRows(self.path, self.sheet)
        return read_csv(self.path, self.encoding, self.separator)


def open_table(path: Path, *, count_known: CountKnown, reading: Reading = FIND_OUT) -> SourceTable:
    """Find out how a file is read, and read its header row.

    :param count_known: counts the header names it knows; this decides between separators, sheets
        and rows that may be the header.
    :param reading: what a person chose.
    :raises BadTable: the file is not a table, or not one that can be read.
    """
    head = _read_head(path)
    if not head:
        raise BadTable("The file is empty.")
    if words := name_file(path, head):
        raise BadTable(words)
    if head.startswith(b"PK\x03\x04"):
        return _open_workbook(path, count_known, reading)
    return _open_text(path, count_known, reading)


def _open_text(path: Path, count_known: CountKnown, reading: Reading) -> SourceTable:
    found = FoundEncoding(reading.encoding, {})
    if reading.encoding not in ENCODINGS:
        found = find_encoding(path)
    separator = reading.separator
    if separator not in SEPARATORS:
        separator = find_separator(path, found.encoding, count_known)
    first = list(islice(read_csv(path, found.encoding, separator), MAX_TITLE_ROWS))
    header = find_header(first, count_known, reading.header_row)
    if header is None:
        raise BadTable("The file has no rows.")
    return SourceTable(
        path,
        "csv",
        _check_headers(header.cells),
        found.encoding,
        separator,
        header_row=header.number,
        encodings=found.choices,
    )


def find_header(rows: Sequence[Row], count_known: CountKnown, wanted: int = 0) -> Row | None:
    """Return the row that names the columns; None if all rows are blank.

    :param wanted: the number of the row that a person chose; 0 finds it out.
    """
    filled = [row for row in rows if any(row.cells)]
    if not filled:
        return None
    if wanted:
        return next((row for row in filled if row.number == wanted), filled[0])
    known = [count_known(row.cells) for row in filled]
    best = max(known)
    widths = [sum(bool(cell) for cell in row.cells) for row in filled]
    if best > known[0] and (best >= _ENOUGH or widths[0] == 1):
        return filled[known.index(best)]
    if best:
        return filled[0]
    # No name is known. Titles have one or two cells, headers about as many as the rows below.
    return next(row for row, width in zip(filled, widths, strict=True) if 2 * width >= max(widths))


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _check_headers(cells: Sequence[str]) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise BadTable(f"The file has more than {MAX_COLUMNS} columns. Leave out what is not used.")
    headers = tuple(cell.replace("\ufeff", "").strip() for cell in cells)
    if any(len(header) > MAX_HEADER or "\0" in header for header in headers):
        raise BadTable(
            "The first row does not look like headers. The first row must name the columns."
        )
    return headers


def _open_workbook(path: Path, count_known: CountKnown, reading: Reading) -> SourceTable:
    check_archive(path)
    rows = WorkbookRows(path)
    try:
        sheets = rows.by_sheet()
    finally:
        rows.close()
    if reading.sheet in sheets:
        headers = {
            reading.sheet: find_header(sheets[reading.sheet], count_known, reading.header_row)
        }
    else:
        headers = {name: find_header(first, count_known) for name, first in sheets.items()}
    found = {name: header for name, header in headers.items() if header is not None}
    if not found:
        raise BadTable("The workbook has no visible sheet with rows.")
    # Of sheets that name as many known columns, the first.
    sheet = max(found, key=lambda name: count_known(found[name].cells))
    header = found[sheet]
    return SourceTable(
        path,
        "xlsx",
        _check_headers(header.cells),
        sheet=sheet,
        sheet_names=tuple(name for name, first in sheets.items() if any(r.cells for r in first)),
        header_row=header.number,
    )
