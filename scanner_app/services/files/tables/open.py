"""Opens a CSV or XLSX file that anybody may have made: how it is read, its headers, its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner_app.services.files.tables.csv_rows import (
    SEPARATORS,
    CountKnown,
    find_separator,
    read_csv,
)
from scanner_app.services.files.tables.encoding import ENCODINGS, find_encoding
from scanner_app.services.files.tables.source_row import MAX_COLUMNS, BadTable, Row
from scanner_app.services.files.tables.workbook import WorkbookRows, check_archive

MAX_HEADER = 200


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file that was opened: how it is read, and its header row."""

    path: Path
    format: str
    headers: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: int = 1

    def rows(self) -> Iterator[Row]:
        """Stream the rows below the header, without blank rows.

        :raises BadTable: a row cannot be read; the message names the line.
        """
        header_seen = False
        for row in self._read():
            if not any(row.cells):
                continue
            if not header_seen:
                header_seen = True
                continue
            yield row

    def _read(self) -> Iterator[Row]:
        if self.format == "xlsx":
            return WorkbookRows(self.path)
        return read_csv(self.path, self.encoding, self.separator)


def open_table(
    path: Path,
    *,
    count_known: CountKnown,
    encoding: str | None = None,
    separator: str | None = None,
) -> SourceTable:
    """Find out how a file is read, and read its header row.

    :param count_known: counts the header names it knows; this decides between separators.
    :param encoding: a key of ENCODINGS that a person chose; None finds it out.
    :raises BadTable: the file is not a table, or not one that can be read.
    """
    head = _read_head(path)
    if not head:
        raise BadTable("The file is empty.")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable(
            "This is an old .xls workbook, or one with a password. Save it as .xlsx without a "
            "password, or as CSV."
        )
    if head.startswith(b"PK\x03\x04"):
        return _open_workbook(path)
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf")):
        raise BadTable("This is not a table. Choose a CSV or XLSX file.")
    encoding = encoding if encoding in ENCODINGS else find_encoding(path)
    if separator not in SEPARATORS:
        separator = find_separator(path, encoding, count_known)
    headers = next(
        (row.cells for row in read_csv(path, encoding, separator) if any(row.cells)), None
    )
    if headers is None:
        raise BadTable("The file has no rows.")
    return SourceTable(path, "csv", _check_headers(headers), encoding, separator)


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _check_headers(cells: Sequence[str]) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise BadTable(f"The file has more than {MAX_COLUMNS} columns. Leave out what is not used.")
    headers = tuple(cell.replace("\ufeff", "").strip() for cell in cells)
    if any(len(header) > MAX_HEADER or "\0" in header for header in headers):
        raise BadTable(
            "The first row does not look like headers. The first row must name the columns."
        )
    return headers


def _open_workbook(path: Path) -> SourceTable:
    check_archive(path)
    rows = WorkbookRows(path)
    try:
        for row in rows:
            if any(row.cells):
                meta = rows.meta
                sheet, sheets = str(meta.get("sheet", "")), int(str(meta.get("sheets", 1)))
                headers = _check_headers(row.cells)
                return SourceTable(path, "xlsx", headers, sheet=sheet, sheets=sheets)
    finally:
        rows.close()
    raise BadTable("The workbook has no visible sheet with rows.")
