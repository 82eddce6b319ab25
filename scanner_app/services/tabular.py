"""Rows out of a CSV or XLSX file that anybody may have made, in bounded memory.

Finds out the encoding and the separator, streams the rows, and refuses with a sentence what no
spreadsheet program writes. What the columns mean is decided elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner_app.domain.errors import Invalid

MOST_COLUMNS = 512
LONGEST_CELL = 10_000
LONGEST_LINE = 1_000_000
SEPARATORS = ",;\t|"
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
}
_SAMPLE_LINES = 60
_CHUNK = 1 << 20

# A workbook may be this large once unpacked, have this many parts, and shrink by this factor.
MOST_UNPACKED = 1_500_000_000
MOST_PARTS = 2_000
HIGHEST_RATIO = 150
RATIO_FREE = 20_000_000
CHILD_MEMORY = 2 << 30
CHILD_SECONDS = 120

_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)

# Our own exports (`services.exports`) put an apostrophe before what a spreadsheet would take for a
# formula, full-width signs too, and another one before an apostrophe that stood there already.
_GUARD = re.compile(r"'\s*'*\s*[=+\-@\t\r|%\uff1d\uff0b\uff0d\uff20]")

CountKnown = Callable[[Sequence[str]], int]


class BadTable(Invalid):
    """The file cannot be read as a table; the message says where and what to do."""

    code = "bad_table"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is usually 1), and its cells."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was opened: how it is to be read, and its header row."""

    path: Path
    format: str
    headers: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: int = 1

    def rows(self) -> Iterator[Row]:
        """Stream the rows below the header; blank rows are left out.

        :raises BadTable: the file goes wrong somewhere; the message names the line.
        """
        source = _read_workbook(self.path) if self.format == "xlsx" else self._read_text()
        header_seen = False
        for row in source:
            if not any(row.cells):
                continue
            if not header_seen:
                header_seen = True
                continue
            yield row

    def _read_text(self) -> Iterator[Row]:
        return _read_csv(self.path, self.encoding, self.separator)


def open_table(
    path: Path,
    *,
    count_known: CountKnown,
    encoding: str | None = None,
    separator: str | None = None,
) -> Table:
    """Find out how a file is to be read, and read its header row.

    :param count_known: counts the header names it knows; decides between separators.
    :param encoding: a key of ENCODINGS, where a person has said so; else it is found out.
    :raises BadTable: it is no table, or none that can be taken.
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
        raise BadTable("This is not a table. Take a CSV or XLSX file.")
    encoding = encoding if encoding in ENCODINGS else find_encoding(path)
    if separator not in tuple(SEPARATORS):
        separator = _find_separator(path, encoding, count_known)
    headers = next(
        (row.cells for row in _read_csv(path, encoding, separator) if any(row.cells)), None
    )
    if headers is None:
        raise BadTable("The file has no rows.")
    return Table(path, "csv", _check_headers(headers), encoding, separator)


def clean_cell(cell: str) -> str:
    """Give a cell without marks and blanks around it and without our own formula guard."""
    text = cell.strip(" \t\r\n\u00a0\ufeff") if cell else ""
    return text[1:] if text[:1] == "'" and _GUARD.match(text) else text


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _check_headers(cells: Sequence[str]) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS:
        raise BadTable(
            f"The file has more than {MOST_COLUMNS} columns. Leave out what is not used."
        )
    headers = tuple(cell.replace("\ufeff", "").strip() for cell in cells)
    if any(len(header) > 200 or "\0" in header for header in headers):  # noqa: PLR2004 - a header, not a text
        raise BadTable(
            "The first row does not look like headers. The first row must name the columns."
        )
    return headers


# -- Text -----------------------------------------------------------------------------------------


def find_encoding(path: Path) -> str:
    """Find out how a text file is encoded, by reading all of it once.

    :raises BadTable: it is none of the encodings we know, or more than one of them.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise BadTable("The file is UTF-32, which is not read here. Save it as UTF-8.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _check_whole(path, "utf-16")
    nul_share = 0.2  # ASCII in UTF-16 is half NUL bytes, all on one side
    if head[1::2].count(0) > nul_share * len(head) and not head[::2].count(0):
        return _check_whole(path, "utf-16-le")
    if head[::2].count(0) > nul_share * len(head) and not head[1::2].count(0):
        return _check_whole(path, "utf-16-be")
    if _decodes(path, "utf-8"):
        return "utf-8-sig"
    _refuse_mixture(path)
    return _check_whole(path, "cp1252")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_whole(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        raise BadTable(
            f"The file looks like {ENCODINGS[encoding]} but is not, or is cut off. "
            "Save it again as CSV UTF-8."
        )
    return encoding


def _refuse_mixture(path: Path) -> None:
    """Refuse a file of which some lines are UTF-8 and some are not: half would be garbage."""
    good = bad = 0
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                bad = bad or number
            else:
                good = good or number
            if good and bad:
                raise BadTable(
                    f"The file mixes encodings: line {good} is UTF-8 and line {bad} is not. "
                    "Mend that line and save the file as CSV UTF-8."
                )


def _find_separator(path: Path, encoding: str, count_known: CountKnown) -> str:
    lines: list[str] = []
    with _open_text(path, encoding) as file:
        for line in _cap_lines(file):
            lines.append(line)
            if len(lines) >= _SAMPLE_LINES:
                break
    said = _said_separator(lines[0]) if lines else None
    if said is not None:
        return said

    def judge(separator: str) -> tuple[int, float, int]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=separator) if row]
        except csv.Error:
            return (0, 0.0, 0)
        if not rows:
            return (0, 0.0, 0)
        width = len(rows[0])
        same = sum(len(row) == width for row in rows) / len(rows)
        return (count_known(rows[0]), same if width > 1 else 0.0, width)

    return max(SEPARATORS, key=judge)


def _said_separator(line: str) -> str | None:
    """Give the separator of a first line such as `sep=;`, which spreadsheet programs write."""
    text = line.replace("\ufeff", "").strip("\r\n").strip('"')
    if text.lower().startswith("sep=") and len(text) == len("sep=x") and text[-1] in SEPARATORS:
        return text[-1]
    return None


def _open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open("r", encoding=encoding, newline="")


def _cap_lines(file: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise BadTable(
                f"Line {number} is longer than {LONGEST_LINE:,} characters. "
                "This does not look like a table."
            )
        yield line


def _read_csv(path: Path, encoding: str, separator: str) -> Iterator[Row]:
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
            if len(cells) > MOST_COLUMNS:
                raise BadTable(
                    f"Line {line} has more than {MOST_COLUMNS} columns. "
                    "Leave out what is not used, or check the separator."
                )
            if number == 1 and _said_separator(separator.join(cells)) == separator:
                continue
            yield Row(number, [clean_cell(cell) for cell in cells])


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


# -- Workbooks ------------------------------------------------------------------------------------


def _open_workbook(path: Path) -> Table:
    check_archive(path)
    rows = _read_workbook(path)
    try:
        for row in rows:
            if any(row.cells):
                meta = _workbook_meta(rows)
                sheet, sheets = str(meta.get("sheet", "")), int(str(meta.get("sheets", 1)))
                headers = _check_headers(row.cells)
                return Table(path, "xlsx", headers, sheet=sheet, sheets=sheets)
    finally:
        rows.close()
    raise BadTable("The workbook has no visible sheet with rows.")


def check_archive(path: Path) -> None:
    """Refuse an archive that is no plain workbook: by what it declares, then by what it holds.

    :raises BadTable: too many or too large parts, a password, macros, names that leave the archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_parts(parts, path.stat().st_size)
            unpacked = 0
            for part in parts:
                with archive.open(part) as file:
                    # To the end of each part: a size that lies and a damaged part show here.
                    while chunk := file.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MOST_UNPACKED:
                            _refuse_unpacked(unpacked)
    except _DAMAGE as error:
        raise BadTable("The workbook is damaged or cut off. Save it again as .xlsx.") from error


def _refuse_unpacked(size: int) -> None:
    raise BadTable(f"The workbook unpacks to {size // 1_000_000:,} MB. Save the table as CSV.")


def _check_parts(parts: Sequence[zipfile.ZipInfo], size: int) -> None:
    if len(parts) > MOST_PARTS:
        raise BadTable(f"The workbook has {len(parts):,} parts; at most {MOST_PARTS:,} are taken.")
    names = {part.filename for part in parts}
    for part in parts:
        name = part.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            raise BadTable("The workbook holds a file name that points outside of it. Refused.")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise BadTable("The workbook holds a link. Refused.")
        if part.flag_bits & 1:
            raise BadTable("The workbook has a password. Save it without one.")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise BadTable("This archive is not an .xlsx workbook. Save the table as .xlsx or CSV.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadTable("The workbook holds macros. Save it as .xlsx without macros, or as CSV.")
    declared = sum(part.file_size for part in parts)
    if declared > MOST_UNPACKED or (declared > RATIO_FREE and declared > HIGHEST_RATIO * size):
        _refuse_unpacked(declared)


class _WorkbookRows(Iterator[Row]):
    """The rows that the child process gives; closing ends the process."""

    def __init__(self, path: Path) -> None:
        child = Path(__file__).with_name("import_workbook.py")
        self.process = subprocess.Popen(
            [
                sys.executable, "-I", str(child), str(path), str(MOST_COLUMNS + 1),
                str(LONGEST_CELL + 1), str(CHILD_MEMORY), str(CHILD_SECONDS),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )  # fmt: skip
        self.number = 0
        self.meta: dict[str, object] = {}

    def __next__(self) -> Row:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if line and not line.endswith("\n"):
            line = ""  # the process died in the middle of a row
        if not line:
            self._finish()
            raise StopIteration
        value = json.loads(line)
        if isinstance(value, dict):
            self.meta = value
            return next(self)
        self.number += 1
        return Row(self.number, [clean_cell(cell) for cell in value])

    def _finish(self) -> None:
        if self.process.poll() is None and self.process.stdout and self.process.stdout.closed:
            return
        said = self.process.stderr.read() if self.process.stderr else ""
        code = self.process.wait()
        self.close()
        if code == 0:
            return
        if code < 0 or "memory" in said:
            raise BadTable(
                "The workbook asks for more memory or time than a table needs: a cell far out, or "
                "far too many. Copy the table into a new workbook, or save it as CSV."
            )
        if "Password" in said:
            raise BadTable("The workbook has a password. Save it without one.")
        raise BadTable(
            f"The workbook cannot be read ({said.strip()[:120]}). Save it again as .xlsx or CSV."
        )

    def close(self) -> None:
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __del__(self) -> None:
        if hasattr(self, "process"):
            self.close()


def _read_workbook(path: Path) -> _WorkbookRows:
    return _WorkbookRows(path)


def _workbook_meta(rows: _WorkbookRows) -> dict[str, object]:
    return rows.meta
