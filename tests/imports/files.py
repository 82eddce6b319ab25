"""Files for import tests: small ones by hand, hostile ones as small as possible."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

SNIPE_SAMPLE = (
    "\ufeffCompany,Name,Asset Tag,Category,Supplier,Manufacturer,Location,Order Number,Model,"
    "Model Notes,Model Number,Asset Notes,Purchase Date,Purchase Cost,Checkout Type,"
    "Checked Out To: Username,Checked Out To: First Name,Checked Out To: Last Name,"
    "Checked Out To: Email,Checked Out To: Location,Asset EOL Date\n"
    'Voolith,Ana\'s laptop,LT-001,Laptop,Oodle,Zoombeat,Room 101,4711,XPS,,K1,"fell, once",'
    "3/14/16,$1200.50,User,adrake,Ana,Drake,ana@example.org,,4/22/20\n"
    "Voolith,,LT-002,Laptop,Oodle,Zoombeat,Room 101,4711,XPS,,K1,,12/1/15,900,Location,,,,,"
    "Room 102,\n"
)

SNIPE_LIST = (
    "ID,Company,Asset Name,Device Image,Asset Tag,Serial,Model,Model No.,Category,Status,"
    "Checked Out To,Employee Number,Location,Default Location,Manufacturer,Supplier,Purchased,"
    "Age,Cost,Order Number,EOL Rate,EOL Date,Warranty,Warranty Expires,Requestable,Notes,"
    "Checkout Date,Last Checkin Date,Expected Checkin Date,Last Audit,Next Audit Date,BYOD,MAC\n"
    "12,Voolith,Ana's laptop,,LT-001,SN1,XPS,K1,Laptop,Ready to Deploy (Deployed),Ana Drake,E7,"
    'Room 101,Stock,Zoombeat,Oodle,2016-03-14,9 years,"1,200.50",4711,36 months,2020-04-22,'
    "36 months,2019-03-14,No,,2024-01-02,,,,,No,00:11\n"
    "13,,,,LT-002,SN2,XPS,K1,Laptop,Archived,,,,Stock,Zoombeat,,,,,,,,,,,,,,,,,,\n"
)

# Address, City... occur twice in Snipe-IT's custom report, once for each location.
SNIPE_REPORT = (
    "ID,Company,Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Purchased,Cost,"
    "EOL,Warranty,Warranty Expires,Current Value,Diff,Fully Depreciated,Order Number,Supplier,"
    "Location,Address,Address,City,State,Country,Zip,Default Location,Address,Address,City,State,"
    "Country,Zip,Checked Out,Type,Username,Employee No.,Manager,Department,Title,Phone,Status,"
    "Checkout Date,Last Checkin Date,Expected Checkin Date,Created At,Updated at,Deleted,"
    "Last Audit,Next Audit Date,Notes,URL,MAC\n"
)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_book(path: Path, rows: Sequence[Sequence[object]], *, sheet: str = "Assets") -> Path:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if hasattr(value, "year"):
                page.write_datetime(at, column, value, day)
            elif value is not None:
                page.write(at, column, value)
    book.close()
    return path


def write_far_cell(path: Path) -> Path:
    """A workbook of five kilobytes that asks a reader for half a terabyte."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_string(0, 0, "Asset Tag")
    page.write_string(1_048_575, 16_383, "x")
    book.close()
    return path


def change_parts(path: Path, target: Path, changes: dict[str, bytes | None]) -> Path:
    """Copy a workbook with parts replaced, added, or (None) left out."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.infolist():
            if part.filename not in changes:
                out.writestr(part.filename, source.read(part))
        for name, content in changes.items():
            if content is not None:
                out.writestr(name, content)
    return target
