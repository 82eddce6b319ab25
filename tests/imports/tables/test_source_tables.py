"""Reading tables that anybody may have made: encodings, separators, and hostile files."""

from __future__ import annotations

import io
import stat
import struct
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import count_known
from scanner_app.services.files.tables import workbook
from scanner_app.services.files.tables.open import open_table
from scanner_app.services.files.tables.source_row import BadTable, clean_cell
from tests.imports.files import change_parts, write, write_book, write_far_cell


def open_(path: Path, **choices):
    return open_table(
        path, count_known=lambda headers: count_known(ImportKind.ASSETS, headers), **choices
    )


def read_all(path: Path) -> tuple[tuple[str, ...], list[list[str]]]:
    table = open_(path)
    return table.headers, [row.cells for row in table.rows()]


class TestOpenTable:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [
            ("utf-8", "utf-8-sig"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
            ("cp1252", "cp1252"),
        ],
    )
    def test_finds_out_the_encoding(self, tmp_path, encoding, found):
        path = write(tmp_path / "a.csv", "Asset Tag,Name\nA1,Käthes Gerät €\n", encoding)

        table = open_(path)

        assert table.encoding == found
        assert table.headers == ("Asset Tag", "Name")
        assert [row.cells for row in table.rows()] == [["A1", "Käthes Gerät €"]]

    @pytest.mark.parametrize("separator", list(",;\t|"))
    def test_finds_out_the_separator(self, tmp_path, separator):
        lines = [["Asset Tag", "Name", "Notes"], ["A1", '"x, y; z"', "a"], ["A2", "", ""]]
        path = write(tmp_path / "a.csv", "\r\n".join(separator.join(line) for line in lines))

        table = open_(path)

        assert table.separator == separator
        assert [row.cells for row in table.rows()] == [["A1", "x, y; z", "a"], ["A2", "", ""]]

    @pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
    def test_uses_the_separator_that_the_first_line_names(self, tmp_path, first):
        path = write(tmp_path / "a.csv", f"{first}\r\nAsset Tag;Name\r\nA,1;x\r\n", "utf-8-sig")

        table = open_(path)

        assert table.headers == ("Asset Tag", "Name")
        assert [(row.number, row.cells) for row in table.rows()] == [(3, ["A,1", "x"])]

    def test_numbers_rows_as_a_spreadsheet_shows_them(self, tmp_path):
        path = write(tmp_path / "a.csv", '\nAsset Tag,Notes\nA1,"two\nlines"\n\n,\nA2,x\n')

        assert [row.number for row in open_(path).rows()] == [3, 6]

    def test_reads_a_file_of_one_column(self, tmp_path):
        path = write(tmp_path / "a.csv", "Asset Tag\nA1\nA2")

        assert read_all(path) == (("Asset Tag",), [["A1"], ["A2"]])

    def test_reads_a_workbook_like_a_typed_csv(self, tmp_path):
        rows: list[list[object]] = [
            ["Asset Tag", "Cost", "Purchased", "Spare"],
            ["A1", 1299.9, datetime(2024, 3, 5), True],  # noqa: DTZ001 - a spreadsheet's date has no zone
            [1042, 1200, datetime(2024, 3, 5, 10, 30), None],  # noqa: DTZ001 - as above
        ]
        path = write_book(tmp_path / "a.xlsx", rows)

        headers, cells = read_all(path)

        assert headers == ("Asset Tag", "Cost", "Purchased", "Spare")
        assert cells == [
            ["A1", "1299.9", "2024-03-05", "yes"],
            ["1042", "1200", "2024-03-05 10:30:00"],
        ]

    def test_recognises_a_workbook_by_its_content(self, tmp_path):
        path = write_book(tmp_path / "a.csv", [["Asset Tag"], ["A1"]])

        assert open_(path).format == "xlsx"

    @settings(max_examples=60)
    @given(
        rows=st.lists(
            st.lists(
                st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=12),
                min_size=2,
                max_size=4,
            ),
            max_size=6,
        ),
        separator=st.sampled_from(",;\t|"),
    )
    def test_reads_back_what_a_csv_writer_wrote(self, tmp_path_factory, rows, separator):
        import csv

        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator)
        writer.writerow(["Asset Tag", "Name", "Notes", "Serial"])
        writer.writerows(rows)
        path = write(tmp_path_factory.mktemp("csv") / "a.csv", out.getvalue())

        _headers, cells = read_all(path)

        wanted = [[clean_cell(cell) for cell in row] for row in rows]
        assert cells == [row for row in wanted if any(row)]


@pytest.mark.slow
class TestHostileText:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b"\n\n  \n", "no rows"),
            (b"Asset Tag,Name\n" + b"x" * 1_100_000, "longer than"),
            (b"," * 600_000 + b"\n", "columns"),
            (b'Asset Tag,Name\nA1,"never closed\n' + b"A2,x\n" * 40_000, "never closed"),
            (b'Asset Tag,Name\nA1,"never closed', "never closed"),
            (b'Asset Tag,Name\nA1,"a"b"\n', "quotation mark"),
            ("Asset Tag,Name\nA1,Käthe\n".encode() + "A2,Jörg\n".encode("cp1252"), "mixes"),
            ("Asset Tag\nA".encode("utf-16") + b"\x00", "UTF-16"),
            ("Asset Tag\nA".encode("utf-32"), "UTF-32"),
            (b"%PDF-1.7\n", "This is a PDF"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
            (b"A\0sset,Name\nx,y\n", "headers"),
        ],
        ids=[
            "empty", "blank", "long line", "many columns", "quote never closed",
            "quote open at the end", "text after a quote", "mixed encodings", "half of utf-16",
            "utf-32", "pdf", "old workbook", "nul in a header",
        ],
    )  # fmt: skip
    def test_hostile_text_is_refused_with_a_sentence(self, tmp_path, content, words):
        path = tmp_path / "a.csv"
        path.write_bytes(content)

        with pytest.raises(BadTable, match=words):
            list(open_(path).rows())

    def test_an_endless_line_is_refused_in_bounded_memory(self, tmp_path):
        path = tmp_path / "a.csv"
        with path.open("wb") as file:
            file.write(b"Asset Tag,Name\n")
            file.seek(200_000_000)
            file.write(b"\n")
        script = (
            "import re, sys\n"
            "from pathlib import Path\n"
            "from scanner_app.services.files.tables.open import open_table\n"
            "from scanner_app.services.files.tables.source_row import BadTable\n"
            "try:\n"
            "    list(open_table(Path(sys.argv[1]), count_known=len).rows())\n"
            "except BadTable as error:\n"
            "    print(error)\n"
            # The peak of this program alone: getrusage's is inherited from the test run.
            "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
            "print(int(peak) // 1024)\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
        )

        words, megabytes = done.stdout.strip().splitlines()
        assert "longer than" in words
        assert int(megabytes) < 150


@pytest.mark.slow
class TestHostileWorkbooks:
    def test_a_cell_far_out_ends_the_child_and_not_the_worker(self, tmp_path):
        path = write_far_cell(tmp_path / "a.xlsx")

        with pytest.raises(BadTable, match="far out"):
            list(open_(path).rows())

    def test_a_last_row_far_down_is_read(self, tmp_path):
        path = write_book(tmp_path / "a.xlsx", [["Asset Tag"], ["A1"], *[[]] * 60_000, ["A2"]])

        assert [row.cells for row in open_(path).rows()] == [["A1"], ["A2"]]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"xl/vbaProject.bin": b"x"}, "macros"),
            ({"../evil.xml": b"x"}, "outside"),
            ({"/etc/evil": b"x"}, "outside"),
            ({"xl\\..\\..\\evil": b"x"}, "outside"),
            ({"xl/workbook.xml": None}, "not an .xlsx"),
            ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}, "cannot be read"),
            (
                {
                    "xl/sharedStrings.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><sst><si><t>&b;</t></si></sst>'
                },
                "cannot be read",
            ),
            ({"xl/sharedStrings.xml": b"<sst>" + b" " * 60_000_000 + b"</sst>"}, "unpacks"),
            ({f"x/{number}": b"" for number in range(2100)}, "parts"),
        ],
        ids=[
            "macros", "up", "absolute", "up by backslash", "another archive", "cut xml", "entity",
            "ratio", "many parts",
        ],
    )  # fmt: skip
    def test_hostile_workbooks_are_refused_with_a_sentence(self, tmp_path, changes, words):
        book = write_book(tmp_path / "good.xlsx", [["Asset Tag"], ["A1"]])
        path = change_parts(book, tmp_path / "bad.xlsx", changes)

        with pytest.raises(BadTable, match=words):
            list(open_(path).rows())

    def test_a_false_size_of_a_part_is_refused(self, tmp_path):
        path = write_book(tmp_path / "a.xlsx", [["Asset Tag"], *[["A" * 50]] * 500])
        content = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            part = archive.getinfo("xl/worksheets/sheet1.xml")
            start = content.rfind(b"PK\x01\x02", 0, content.rfind(part.filename.encode()))
        struct.pack_into("<I", content, start + 24, 10)  # the declared size of the part
        path.write_bytes(content)

        with pytest.raises(BadTable, match="damaged"):
            open_(path)

    def test_a_workbook_that_is_cut_off_is_refused(self, tmp_path):
        path = write_book(tmp_path / "a.xlsx", [["Asset Tag"], ["A1"]])
        path.write_bytes(path.read_bytes()[:-200])

        with pytest.raises(BadTable, match="damaged"):
            open_(path)

    def test_a_password_or_a_link_is_refused(self, tmp_path):
        book = write_book(tmp_path / "a.xlsx", [["Asset Tag"], ["A1"]])
        linked = tmp_path / "linked.xlsx"
        with zipfile.ZipFile(book) as source, zipfile.ZipFile(linked, "w") as out:
            for part in source.infolist():
                out.writestr(part.filename, source.read(part))
            link = zipfile.ZipInfo("xl/link")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            out.writestr(link, "/etc/passwd")
        locked = bytearray(book.read_bytes())
        at = locked.find(b"PK\x01\x02")
        locked[at + 8] |= 1  # the flag of an encrypted part
        (tmp_path / "locked.xlsx").write_bytes(locked)

        with pytest.raises(BadTable, match="link"):
            open_(linked)
        with pytest.raises(BadTable, match="password"):
            open_(tmp_path / "locked.xlsx")

    def test_a_workbook_that_unpacks_to_too_much_is_refused(self, tmp_path, monkeypatch):
        book = write_book(tmp_path / "a.xlsx", [["Asset Tag"], *[["A" * 50]] * 500])
        monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)

        with pytest.raises(BadTable, match="unpacks"):
            open_(book)

    def test_reads_the_first_visible_sheet(self, tmp_path):
        import xlsxwriter

        book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
        hidden, shown = book.add_worksheet("hidden"), book.add_worksheet("shown")
        hidden.write_string(0, 0, "Secret")
        hidden.hide()
        shown.activate()
        shown.set_first_sheet()
        shown.write_string(0, 0, "Asset Tag")
        shown.write_formula(1, 0, "=1+1", None, "A1")
        book.close()

        table = open_(tmp_path / "a.xlsx")

        assert (table.sheet, table.sheet_names) == ("shown", ("shown",))
        assert [row.cells for row in table.rows()] == [["A1"]]  # the cached value, never a formula


class TestCleanCell:
    @pytest.mark.parametrize(
        ("cell", "wanted"),
        [
            ("'=1+1", "=1+1"),
            ("'-5", "-5"),
            ("'@x", "@x"),
            ("''=x", "'=x"),
            ("'quoted'", "'quoted'"),
            ("'", "'"),
            (" \u00a0A1\ufeff ", "A1"),
            ("=1+1", "=1+1"),
        ],
    )
    def test_removes_only_our_own_formula_guard(self, cell, wanted):
        assert clean_cell(cell) == wanted
