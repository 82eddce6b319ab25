"""Finds out how a text file is encoded, by reading all of it once."""

from __future__ import annotations

import codecs
from pathlib import Path

from scanner_app.services.files.tables.source_row import BadTable

MAX_LINE = 1_000_000
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
}
_CHUNK = 1 << 20
# ASCII text in UTF-16 is half NUL bytes, all on one side. Text in other scripts has fewer.
_NUL_SHARE = 0.2


def find_encoding(path: Path) -> str:
    """Return the encoding of a text file, a key of ENCODINGS.

    :raises BadTable: the file has none of the encodings that we know, or more than one of them.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise BadTable("The file is UTF-32, which cannot be read here. Save it as UTF-8.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _check_whole(path, "utf-16")
    if head[1::2].count(0) > _NUL_SHARE * len(head) and not head[::2].count(0):
        return _check_whole(path, "utf-16-le")
    if head[::2].count(0) > _NUL_SHARE * len(head) and not head[1::2].count(0):
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
    """Raise if some lines are UTF-8 and some are not: either reading would garble half of them."""
    good = bad = 0
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE):
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
                    "Correct that line and save the file as CSV UTF-8."
                )
