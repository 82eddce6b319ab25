"""Read one workbook in a separate process and write its rows as JSON lines.

`workbook` starts this file by its path and in isolated mode (`python -I`), so it can import nothing
of this package. The limits are set before the workbook is opened.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from typing import Any

MAX_WHOLE = 1e15


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


def main(path: str, max_columns: int, max_cell: int) -> None:
    """Write one line about the sheet, then one line for each of its rows."""
    import python_calamine as calamine

    def write_line(value: Any) -> None:
        sys.stdout.write(json.dumps(value) + "\n")

    book = calamine.CalamineWorkbook.from_path(path)
    sheet = None
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ != calamine.SheetTypeEnum.WorkSheet or (
            meta.visible != calamine.SheetVisibleEnum.Visible
        ):
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.height:
            break
    if sheet is None:
        write_line({"sheet": "", "first": 0})
        return
    write_line({"sheet": sheet.name, "sheets": len(book.sheet_names)})
    # iter_rows() begins at the first row even if it is blank, so the numbers of rows are right.
    for row in sheet.iter_rows():
        cells = [to_text(value)[:max_cell] for value in row[:max_columns]]
        while cells and not cells[-1]:
            cells.pop()
        write_line(cells)


if __name__ == "__main__":
    limit_process(int(sys.argv[4]), int(sys.argv[5]))
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        sys.exit("memory")
    except Exception as error:  # noqa: BLE001 - the parent turns any error of the parser into words
        sys.stderr.write(f"{type(error).__name__}: {error}"[:300])
        sys.exit(3)
