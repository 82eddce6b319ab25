"""What a file is that is not a table we read, by its first bytes or its parts; and what to do."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

PICTURE = "This is a picture. Choose the table itself, as a CSV or XLSX file."
UNPACK = "This is a packed archive. Unpack it, and choose the CSV or XLSX file in it."
EXPORT = "In the program that wrote it, export the table as CSV or XLSX, and choose that file."
SAVE = "Open it in a spreadsheet, save it as .xlsx or CSV, and choose that file."
OLD = (
    "This is an old .xls workbook, or one with a password. Save it as .xlsx without a password, or"
    " as CSV."
)
LINK = (
    "This is a link or a setting, and not the table. Open it, download the table as CSV or XLSX,"
    " and choose that file."
)
PAGE = (
    f"This is a web page: some programs give it the name .xls. {SAVE} If it shows a sign-in page,"
    " download the table again."
)
MAIL = "This is an e-mail. Save its attachment, and choose that CSV or XLSX file."
NUMBERS = "This is a file of Apple Numbers. Export it there to Excel or CSV, and choose that file."
# Each by how it begins. A letter of an ASCII beginning may be upper or lower case.
_BEGINNINGS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), words)
    for pattern, words in (
        (rb"\xd0\xcf\x11\xe0", OLD),
        (rb"%PDF", f"This is a PDF. {EXPORT}"),
        (rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP", PICTURE),
        (rb".{4}ftyp(hei|mif|avi)", PICTURE),
        (rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd", UNPACK),
        (rb"SQLite format 3|\0\x01\0\0Standard (Jet|ACE)", f"This is a database. {EXPORT}"),
        (rb"\{\\rtf", f"This is a text document. {EXPORT}"),
        (rb"\s*\{\s*\"(url|doc_id)\"|\[InternetShortcut\]|bplist", LINK),
        (rb"\s*[\[{]\s*[\[{\"]", f"This is JSON. {EXPORT}"),
        (rb"\s*(<!--.{0,200}?-->\s*)?<(!doctype html|html|head|body|table|meta|style|div)", PAGE),
        (rb"\s*<\?(xml|mso)|\s*<Workbook", f"This is XML. {SAVE}"),
        (rb"ID;P|TABLE\r?\n0,1", f"This is an exchange file of a spreadsheet. {SAVE}"),
        (rb"MZ[\x90\x00\x80]|\x7fELF|#!/", "This is a program. Choose a CSV or XLSX file."),
        (rb"(From|Received|MIME-Version|Return-Path): ", MAIL),
        (rb"BEGIN:V(CARD|CALENDAR)", "These are contacts or events. Choose a CSV or XLSX file."),
    )
)
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def name_file(path: Path, head: bytes) -> str:
    """Return what a file is and what to do; an empty text for one that may be a table."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    for pattern, words in _BEGINNINGS:
        if pattern.match(text):
            return words
    return _name_archive(path) if head.startswith(b"PK") else ""


def _name_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(80) if "mimetype" in names else b""
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError):
        return ""  # a damaged workbook is told as such
    if "xl/workbook.xml" in names:
        return ""
    if kind == _ODS:
        return f"This is an OpenDocument spreadsheet (.ods). {SAVE}"
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        return NUMBERS
    if "xl/workbook.bin" in names:
        return f"This is a binary workbook (.xlsb). {SAVE}"
    if kind or names & {"word/document.xml", "ppt/presentation.xml"}:
        return f"This is a document or a presentation. {EXPORT}"
    if "[Content_Types].xml" in names:
        return ""
    return UNPACK
