"""Rows out of an XLSX workbook: the archive checked here, its content read by a child process.

A workbook of a few kilobytes can ask for hundreds of gigabytes. Only a process with limits answers
that with an error instead of the end of the web worker.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner_app.services.files.tables.source_row import (
    MAX_CELL,
    MAX_COLUMNS,
    BadTable,
    Row,
    clean_cell,
)

# A workbook may be this large once unpacked, have this many parts, and shrink by this factor.
MAX_UNPACKED = 1_500_000_000
MAX_PARTS = 2_000
MAX_RATIO = 150
RATIO_FREE = 20_000_000
CHILD_MEMORY = 2 << 30
CHILD_SECONDS = 120
_CHUNK = 1 << 20

# What `zipfile` raises on damaged archives, besides the exception that is meant for it.
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


def check_archive(path: Path) -> None:
    """Raise unless the archive is a plain workbook, by what it declares and by what it holds.

    :raises BadTable: too many or too large parts, a password, macros, names that leave the archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_parts(parts, path.stat().st_size)
            unpacked = 0
            for part in parts:
                with archive.open(part) as file:
                    # Read each part to its end: only then do a false size and a damaged part show.
                    while chunk := file.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED:
                            _refuse_unpacked(unpacked)
    except _DAMAGE as error:
        raise BadTable("The workbook is damaged or cut off. Save it again as .xlsx.") from error


def _refuse_unpacked(size: int) -> None:
    raise BadTable(f"The workbook unpacks to {size // 1_000_000:,} MB. Save the table as CSV.")


def _check_parts(parts: Sequence[zipfile.ZipInfo], size: int) -> None:
    if len(parts) > MAX_PARTS:
        raise BadTable(f"The workbook has {len(parts):,} parts; at most {MAX_PARTS:,} are allowed.")
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
    if declared > MAX_UNPACKED or (declared > RATIO_FREE and declared > MAX_RATIO * size):
        _refuse_unpacked(declared)


class WorkbookRows(Iterator[Row]):
    """The rows of a sheet that the child process reads; closing ends the process.

    Without a name of a sheet, these are the first rows of each visible one.
    """

    def __init__(self, path: Path, sheet: str = "") -> None:
        child = Path(__file__).with_name("workbook_child.py")
        self.process = subprocess.Popen(
            [
                sys.executable, "-I", str(child), str(path), str(MAX_COLUMNS + 1),
                str(MAX_CELL + 1), str(CHILD_MEMORY), str(CHILD_SECONDS), sheet,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )  # fmt: skip
        self.number = 0
        self.sheet = ""

    def __next__(self) -> Row:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if line and not line.endswith("\n"):
            line = ""  # the process died in the middle of a row
        if not line:
            self._finish()
            raise StopIteration
        value = json.loads(line)
        if isinstance(value, dict):
            self.sheet, self.number = str(value["sheet"]), 0
            return next(self)
        self.number += 1
        return Row(self.number, [clean_cell(cell) for cell in value])

    def by_sheet(self) -> dict[str, list[Row]]:
        """Return all rows that are left, by the name of their sheet; a blank sheet has none."""
        found: dict[str, list[Row]] = {}
        for row in self:
            found.setdefault(self.sheet, []).append(row)
        return found

    def _finish(self) -> None:
        if self.process.poll() is None and self.process.stdout and self.process.stdout.closed:
            return
        words = self.process.stderr.read() if self.process.stderr else ""
        code = self.process.wait()
        self.close()
        if code == 0:
            return
        if code < 0 or "memory" in words:
            raise BadTable(
                "The workbook asks for more memory or time than a table needs: a cell far out, or "
                "far too many. Copy the table into a new workbook, or save it as CSV."
            )
        if "Password" in words:
            raise BadTable("The workbook has a password. Save it without one.")
        raise BadTable(
            f"The workbook cannot be read ({words.strip()[:120]}). Save it again as .xlsx or CSV."
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
