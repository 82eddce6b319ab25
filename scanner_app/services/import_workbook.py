"""Read one workbook in a process of its own and write its rows as JSON lines.

Started by `tabular`, by path and in isolated mode, so it imports nothing of this package: a
workbook of a few kilobytes can ask for hundreds of gigabytes, and only a process with limits
answers that with an error instead of the end of the web worker.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from typing import Any

LARGEST_WHOLE = 1e15


def limit_process(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def to_text(value: Any) -> str:
    """Give a cell as a person would have typed it into a CSV file."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # 15 digits are what a spreadsheet shows; the 17th is noise such as 1299.9900000000002.
        is_whole = value.is_integer() and abs(value) < LARGEST_WHOLE
        return str(int(value)) if is_whole else format(value, ".15g")
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def main(path: str, most_columns: int, longest_cell: int) -> None:
    import python_calamine as calamine

    def say(value: Any) -> None:
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
        say({"sheet": "", "first": 0})
        return
    say({"sheet": sheet.name, "sheets": len(book.sheet_names)})
    # iter_rows() starts at the first row of the sheet, whatever stands there.
    for row in sheet.iter_rows():
        cells = [to_text(value)[:longest_cell] for value in row[:most_columns]]
        while cells and not cells[-1]:
            cells.pop()
        say(cells)


if __name__ == "__main__":
    limit_process(int(sys.argv[4]), int(sys.argv[5]))
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        sys.exit("memory")
    except Exception as error:  # noqa: BLE001 - whatever the parser says, the parent tells
        sys.stderr.write(f"{type(error).__name__}: {error}"[:300])
        sys.exit(3)
