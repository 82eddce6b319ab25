"""Rows out of a text file: the separator found out, then each row, in bounded memory."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scanner_app.services.files.tables.encoding import ENCODINGS, MAX_LINE
from scanner_app.services.files.tables.source_row import MAX_COLUMNS, BadTable, Row, clean_cell

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_LINES = 60
_AS_TEXT = re.compile(r'="([^"]*)"')

CountKnown = Callable[[Sequence[str]], int]


def find_separator(path: Path, encoding: str, count_known: CountKnown) -> str:
    """Return the sign between the cells.

    :param count_known: counts the header names it knows; this decides between separators.
    """
    lines: list[str] = []
    with _open_text(path, encoding) as file:
        for line in _cap_lines(file):
            lines.append(line)
            if len(lines) >= _SAMPLE_LINES:
                break
    declared = _declared_separator(lines[0]) if lines else None
    if declared is not None:
        return declared

    def judge(separator: str) -> tuple[int, float, int]:
        """Return how well a separator fits: known headers first, then rows of one width."""
        try:
            rows = [row for row in csv.reader(lines, delimiter=separator) if row]
        except csv.Error:
            return (0, 0.0, 0)
        if not rows:
            return (0, 0.0, 0)
        # Titles may be above the header row, so most rows tell the width.
        width = Counter(map(len, rows)).most_common(1)[0][0]
        same = sum(len(row) == width for row in rows) / len(rows)
        return (max(map(count_known, rows)), same if width > 1 else 0.0, width)

    return max(SEPARATORS, key=judge)


def _declared_separator(line: str) -> str | None:
    """Return the separator of a first line such as `sep=;`, which spreadsheet programs write."""
    text = line.replace("\ufeff", "").strip("\r\n").strip('"')
    if text.lower().startswith("sep=") and len(text) == len("sep=x") and text[-1] in SEPARATORS:
        return text[-1]
    return None


def _open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open("r", encoding=encoding, newline="")


def _cap_lines(file: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) >= MAX_LINE and not line.endswith(("\n", "\r")):
            raise BadTable(
                f"Line {number} is longer than {MAX_LINE:,} characters. "
                "This does not look like a table."
            )
        yield line


def read_csv(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """Stream all rows of a text file.

    :raises BadTable: a row cannot be read; the message names the line.
    """
    with _open_text(path, encoding) as file:
        reader = csv.reader(_cap_lines(file), delimiter=separator, strict=True)
        number = 0
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise BadTable(_explain(error, line, reader.line_num)) from None
            except UnicodeDecodeError:
                raise BadTable(
                    f"Line {reader.line_num + 1} cannot be read as {ENCODINGS[encoding]}. "
                    "Save the file as CSV UTF-8."
                ) from None
            number += 1
            if len(cells) > MAX_COLUMNS:
                raise BadTable(
                    f"Line {line} has more than {MAX_COLUMNS} columns. "
                    "Leave out what is not used, or check the separator."
                )
            if number == 1 and _declared_separator(separator.join(cells)) == separator:
                continue
            yield Row(number, [clean_cell(_take_text_off(cell)) for cell in cells])


def _take_text_off(cell: str) -> str:
    """Return `000123` for `="000123"`, which keeps a spreadsheet from reading a number."""
    return found[1] if cell[:2] == '="' and (found := _AS_TEXT.fullmatch(cell)) else cell


def _explain(error: csv.Error, line: int, last: int) -> str:
    text = str(error)
    if "unexpected end" in text or "field larger" in text:
        return (
            f"A quotation mark that opens in the row at line {line} is never closed. "
            'Close it, or write "" for a quotation mark inside a quoted cell.'
        )
    if "expected after" in text:
        return (
            f"Line {last}: text follows a closing quotation mark. "
            'Write "" for a quotation mark inside a quoted cell.'
        )
    return f"Line {last} cannot be read: {text}."
