"""Read one workbook in a separate process and write its rows as JSON lines.

`workbook` starts this file by its path and in isolated mode (`python -I`), so it can import nothing
of this package. The limits are set before the workbook is opened.

A cell's value is not what a person sees: 42 in the format `"IT-"0000` is the label IT-0042. The
reader of workbooks gives values only, so the formats are read here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from xml.etree import ElementTree as ET

MAX_WHOLE = 1e15
PROBED_ROWS = 40
MAX_SHEETS = 20
# Of the formats that need no definition, those that show two decimals.
BUILT_IN = {2: "0.00", 4: "#,##0.00", 39: "#,##0.00", 40: "#,##0.00", 44: "#,##0.00"}
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<skipped>\[[^\]]*\]'
    r"|_.|\*.)|(?P<general>General)|(?P<digit>[0#?])|(?P<dot>\.)|(?P<comma>,)"
    r"|(?P<plain>[-+ ():$€£¥])",
    re.DOTALL | re.IGNORECASE,
)
_DECIMALS = 2

Format = Sequence[tuple[str, str]]


def limit_process(memory: int, seconds: int) -> None:
    """Set the limits of this process: memory, time, no core dump, and no file may be written."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def to_text(value: Any) -> str:
    """Return a cell as a person would have typed it into a CSV file."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # A spreadsheet shows 15 digits; the 17th is noise such as 1299.9900000000002.
        is_whole = value.is_integer() and abs(value) < MAX_WHOLE
        return str(int(value)) if is_whole else format(value, ".15g")
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


# -- How a cell shows its number -------------------------------------------------------------------


def read_format(code: str) -> Format | None:
    """Return the parts of a number format; None where it adds nothing to the plain number."""
    code = re.split(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", code)[0]
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(code):
        found = _TOKEN.match(code, at)
        if found is None:
            return None  # a date, a fraction, a percentage, a text
        at = found.end()
        name = found.lastgroup or ""
        if name == "general":
            parts.append(("digit", "#"))
        elif name in {"digit", "dot", "comma"}:
            parts.append((name, found[name]))
        elif name != "skipped" and found[name]:
            parts.append(("literal", found[name]))
    if not any(name == "digit" for name, _text in parts):
        return None
    zeros = sum(text == "0" for _name, text in parts)
    return parts if zeros > 1 or any(name == "literal" for name, _text in parts) else None


def show_number(value: float, parts: Format) -> str | None:
    """Return a number as its cell shows it; None where only the value itself is right."""
    if value < 0 or abs(value) >= MAX_WHOLE:
        return None
    names = [name for name, _text in parts]
    if "dot" in names:
        decimals = sum(name == "digit" for name in names[names.index("dot") :])
        if decimals < _DECIMALS:
            return None
        step = Decimal(1).scaleb(-decimals)
        return _surround(str(Decimal(repr(value)).quantize(step, ROUND_HALF_UP)), parts)
    if not value.is_integer():
        return None
    if "comma" in names:
        return _surround(str(int(value)), parts)
    return _fill(str(int(value)), parts)


def _surround(number: str, parts: Format) -> str:
    digits = [at for at, (name, _text) in enumerate(parts) if name == "digit"]
    before = "".join(text for name, text in parts[: digits[0]] if name == "literal")
    after = "".join(text for name, text in parts[digits[-1] + 1 :] if name == "literal")
    return before + number + after


def _fill(digits: str, parts: Format) -> str:
    """Return the digits in their places: the last place first, the rest in the first place."""
    places = [at for at, (name, _text) in enumerate(parts) if name == "digit"]
    shown: list[str] = []
    for at in range(len(parts) - 1, -1, -1):
        name, text = parts[at]
        if name == "literal":
            shown.append(text)
        elif at == places[0]:
            shown.append(digits or ("0" if text == "0" else ""))
        else:
            shown.append(digits[-1:] or ("0" if text == "0" else ""))
            digits = digits[:-1]
    return "".join(reversed(shown))


def read_styles(archive: zipfile.ZipFile) -> dict[str, Format]:
    """Return the format of each style of cells that shows more than a plain number."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ET.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - limits, see above
    codes: dict[str, str] = {str(key): code for key, code in BUILT_IN.items()}
    codes |= {
        item.get("numFmtId", ""): item.get("formatCode", "") for item in root.iter(f"{_MAIN}numFmt")
    }
    styles: dict[str, Format] = {}
    for number, item in enumerate(root.findall(f"{_MAIN}cellXfs/{_MAIN}xf")):
        parts = read_format(codes.get(item.get("numFmtId", ""), ""))
        if parts is not None:
            styles[str(number)] = parts
    return styles


def find_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - limits, see above
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for item in book.iter(f"{_MAIN}sheet"):
        if item.get("name") == sheet:
            target = targets.get(item.get(_RELATION), "")
            name = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return name if name in archive.namelist() else None
    return None


def stream_shown(path: str, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
    """Yield row number, from 0, and the cells of that row which show more than their number."""
    with zipfile.ZipFile(path) as archive:
        styles = read_styles(archive)
        part = find_part(archive, sheet) if styles else None
        if part is None:
            return
        with archive.open(part) as file:
            yield from _read_shown(file, styles)


def _read_shown(file: Any, styles: Mapping[str, Format]) -> Iterator[tuple[int, dict[int, str]]]:
    number = -1
    for _event, item in ET.iterparse(file, ("end",)):  # noqa: S314 - limits, see above
        if item.tag != f"{_MAIN}row":
            continue
        number = int(item.get("r", number + 2)) - 1
        shown: dict[int, str] = {}
        for at, cell in enumerate(item):
            parts = styles.get(cell.get("s", ""))
            value = cell.findtext(f"{_MAIN}v")
            if parts is None or not value or cell.get("t", "n") != "n":
                continue
            text = show_number(float(value), parts)
            if text is not None:
                shown[_column_of(cell.get("r", ""), at)] = text
        item.clear()
        if shown:
            yield number, shown


def _column_of(reference: str, at: int) -> int:
    letters = reference.rstrip("0123456789")
    if not letters:
        return at
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


# -- Rows ------------------------------------------------------------------------------------------


class MergedCells:
    """Cells that cover several rows: their value is in the first one only."""

    def __init__(self, spans: Mapping[tuple[int, int], int]) -> None:
        self.spans = spans  # (row, column) of the first cell: the last row
        self.covering: dict[int, tuple[int, str]] = {}
        self.columns_of: dict[int, list[int]] = {}
        for row, column in spans:
            self.columns_of.setdefault(row, []).append(column)

    def fill(self, number: int, cells: list[str]) -> None:
        """Write into a row what covers it."""
        for column, (last, text) in list(self.covering.items()):
            if number > last:
                del self.covering[column]
            elif column < len(cells) and not cells[column]:
                cells[column] = text
        for column in self.columns_of.get(number, ()):
            if column < len(cells):
                self.covering[column] = (self.spans[number, column], cells[column])


def stream_rows(sheet: Any, path: str, max_columns: int, max_cell: int) -> Iterator[list[str]]:
    """Yield the rows as a person sees them; a merged cell is in each row that it covers."""
    shown = stream_shown(path, sheet.name)
    ahead = next(shown, None)
    spans = {
        (first[0], first[1]): last[0]
        for first, last in sheet.merged_cell_ranges or ()
        if last[0] > first[0]
    }
    merged = MergedCells(spans)
    # iter_rows() begins at the first row even if it is blank, so the numbers of rows are right.
    for number, row in enumerate(sheet.iter_rows()):
        cells = [to_text(value)[:max_cell] for value in row[:max_columns]]
        while ahead is not None and ahead[0] < number:
            ahead = next(shown, None)
        if ahead is not None and ahead[0] == number:
            for column, text in ahead[1].items():
                # A date is not a number here, although its cell holds one.
                if column < len(cells) and isinstance(row[column], float | int):
                    cells[column] = text[:max_cell]
        merged.fill(number, cells)
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def main(path: str, max_columns: int, max_cell: int, wanted: str) -> None:
    """Write the rows of one sheet; without a name, the first rows of each visible one.

    A line with the name of a sheet comes before its rows.
    """
    import python_calamine as calamine

    def write_line(value: Any) -> None:
        sys.stdout.write(json.dumps(value) + "\n")

    book = calamine.CalamineWorkbook.from_path(path)
    visible = [
        index
        for index, meta in enumerate(book.sheets_metadata)
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
        and meta.visible == calamine.SheetVisibleEnum.Visible
        and (not wanted or meta.name == wanted)
    ]
    for index in visible[:MAX_SHEETS]:
        sheet = book.get_sheet_by_index(index)
        write_line({"sheet": sheet.name})
        for number, cells in enumerate(stream_rows(sheet, path, max_columns, max_cell)):
            if not wanted and number >= PROBED_ROWS:
                break
            write_line(cells)


if __name__ == "__main__":
    limit_process(int(sys.argv[4]), int(sys.argv[5]))
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[6])
    except MemoryError:
        sys.exit("memory")
    except Exception as error:  # noqa: BLE001 - the parent turns any error of the parser into words
        sys.stderr.write(f"{type(error).__name__}: {error}"[:300])
        sys.exit(3)
