"""One row of a table, its cells, and the limits that every format shares."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.errors import Invalid
from scanner_app.services.files.formula_guard import remove_guard

MAX_COLUMNS = 512
MAX_CELL = 10_000


class BadTable(Invalid):
    """The file cannot be read as a table; the message says where and what to do."""

    code = "bad_table"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is usually 1), and its cells."""

    number: int
    cells: list[str]


def clean_cell(cell: str) -> str:
    """Return a cell without the marks and blanks around it, and without our formula guard."""
    return remove_guard(cell.strip(" \t\r\n\u00a0\ufeff")) if cell else ""
