"""A file that is not a table is named, with what to do."""

from __future__ import annotations

import io
import zipfile

import pytest

from scanner_app.services.files.tables.open import open_table
from scanner_app.services.files.tables.source_row import BadTable


def pack(**parts: str) -> bytes:
    """Return an archive; two underscores in a name are a slash, one a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


ODS = "application/vnd.oasis.opendocument.spreadsheet"
FILES = {
    "pdf": (b"%PDF-1.7\n1 0 obj", "PDF.*export"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
    "heic": (b"\0\0\0\x18ftypheic\0\0", "picture"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 ", "picture"),
    "bmp": (b"BM\x36\x10\0\0\0\0\0\0\x36", "picture"),
    "gzip": (b"\x1f\x8b\x08\0\0", "Unpack"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "Unpack"),
    "rar": (b"Rar!\x1a\x07\x01", "Unpack"),
    "zip of a csv": (pack(assets_csv="Asset Tag\nA1\n"), "Unpack"),
    "ods": (pack(mimetype=ODS, content_xml="<x/>"), r"\.ods.*\.xlsx or CSV"),
    "odt": (pack(mimetype="application/vnd.oasis.opendocument.text"), "document"),
    "docx": (pack(word__document_xml="<x/>", **{"[Content_Types]_xml": "<x/>"}), "document"),
    "numbers": (pack(Index__Document_iwa="x", preview_jpg="x"), "Apple Numbers.*Export"),
    "xlsb": (pack(xl__workbook_bin="x", **{"[Content_Types]_xml": "<x/>"}), r"\.xlsb"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old \.xls"),
    "html as xls": (b'\xef\xbb\xbf\r\n<html xmlns:o="urn"><table><tr><td>Asset Tag', "web page"),
    "html": (b"<!DOCTYPE html>\n<html><title>Sign in", "sign-in page"),
    "a bare table": (b"<TABLE border=1><tr><td>Asset Tag</td>", "web page"),
    "xml 2003": (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>', "XML"),
    "json": (b'[{"asset_tag": "A1"}]', "JSON"),
    "gsheet": (b'{"url": "https://docs.example/spreadsheets/d/1"}', "link"),
    "shortcut": (b"[InternetShortcut]\r\nURL=https://x", "link"),
    "rtf": (rb"{\rtf1\ansi", "document"),
    "sqlite": (b"SQLite format 3\0", "database"),
    "access": (b"\0\x01\0\0Standard ACE DB\0", "database"),
    "slk": (b"ID;PWXL;N;E\r\nP;PGeneral", "exchange"),
    "program": (b"MZ\x90\0\x03\0\0\0", "program"),
    "e-mail": (b"MIME-Version: 1.0\r\nSubject: list", "e-mail"),
    "empty": (b"", "empty"),
    "blank": (b"  \n\n", "no rows"),
}  # fmt: skip


class TestOtherFiles:
    @pytest.mark.parametrize("name", FILES)
    def test_are_named_with_what_to_do(self, tmp_path, name):
        content, words = FILES[name]
        path = tmp_path / "in.csv"
        path.write_bytes(content)

        with pytest.raises(BadTable, match=words) as refused:
            open_table(path, count_known=len)

        assert "traceback" not in str(refused.value).lower()

    @pytest.mark.parametrize(
        "text",
        ["MZ-1,Name\nA1,x\n", "From,To\nA1,x\n", "[Tag],Name\nA1,x\n", "BMW,Name\nA1,x\n",
         "{Tag},Name\nA1,x\n", "<Tag>,Name\nA1,x\n", "ID,Name\nA1,x\n", "#,Asset Tag\n1,A1\n"],
    )  # fmt: skip
    def test_a_table_that_begins_like_one_is_read(self, tmp_path, text):
        path = tmp_path / "in.csv"
        path.write_text(text)

        assert len(open_table(path, count_known=len).headers) == 2
