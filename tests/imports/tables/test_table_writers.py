"""The writers of exports: what they write is never a formula, and reads back as it was."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from scanner_app.domain.errors import Invalid
from scanner_app.services.files.formula_guard import add_guard, double_guard
from scanner_app.services.files.table_writers import ExportTable, write_csv, write_xlsx
from scanner_app.services.files.tables.source_row import clean_cell

FORMULAS = [
    '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", " =1",
    "=cmd|'/C calc'!A0", "'=1", "''=1",
]  # fmt: skip


def to_csv(*rows) -> list[list[str]]:
    out = io.BytesIO()
    write_csv(ExportTable("T", ["Head", "=Head"], rows), out)
    return list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))


def to_xlsx(*rows) -> io.BytesIO:
    out = io.BytesIO()
    write_xlsx(ExportTable("T", ["Head"], rows), out)
    out.seek(0)
    return out


class TestAddGuard:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_puts_an_apostrophe_before_a_formula(self, text):
        assert add_guard(text).startswith(f"'{text[0]}")
        assert clean_cell(add_guard(text)) == text

    @pytest.mark.parametrize("text", ["", "LT-1", "a=b", "5-1", "O'Hara", "'quoted'", "Ä", "1+1"])
    def test_leaves_other_text_alone(self, text):
        assert add_guard(text) == text

    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
    def test_the_import_removes_the_guard_again(self, text):
        text = text.replace("\ufeff", "").strip()  # the import strips every cell

        assert clean_cell(add_guard(text)) == text


class TestWriteCsv:
    def test_keeps_numbers_and_guards_text_and_headers(self):
        rows = to_csv(["-5", -5], [None, Decimal("12.50")], ['a,"b"\nc', date(2026, 3, 2)])

        assert rows == [
            ["Head", "'=Head"],
            ["'-5", "-5"],
            ["", "12.50"],
            ['a,"b"\nc', "2026-03-02"],
        ]

    @given(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
    )
    def test_writes_any_text_into_one_cell(self, text):
        [_, [cell, end]] = to_csv([text, "end"])

        assert (cell, end) == (add_guard(text), "end")
        assert not cell or cell.lstrip()[:1] not in {"=", "+", "-", "@", "\uff1d"}


class TestListSeparators:
    """A CSV is opened where lists are separated by another sign than the comma."""

    @pytest.mark.parametrize("separator", [";", "\t", "|"])
    @pytest.mark.parametrize(
        "text",
        [
            "x;=cmd|'/c calc'!A0;",
            "x;=cmd",
            "x; =cmd",
            'x;"=cmd',
            "x;\uff1d1",
            "x\t=cmd",
            "x|@SUM(1)",
            "x\n=cmd",
            "x\r\n-2+3",
            "x;;;+1",
            "x;\n\n =1",
        ],
    )
    def test_begin_no_formula_in_the_middle_of_a_cell(self, separator, text):
        out = io.BytesIO()
        write_csv(ExportTable("T", ["Head"], [["before", text, "after"]]), out)

        rows = csv.reader(io.StringIO(out.getvalue().decode(), newline=""), delimiter=separator)

        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.lstrip(' "')[:1] in set("=+-@\uff1d")]

    @given(st.text(st.sampled_from(";|\t\r\n =+-'\"x"), max_size=30))
    @example("' '=")
    def test_come_back_as_they_were_from_both_formats(self, text):
        text = text.strip()
        assert clean_cell(add_guard(text)) == text
        assert clean_cell(double_guard(text)) == text


class TestWriteXlsx:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_writes_text_and_never_a_formula(self, text):
        book = to_xlsx([text])

        with zipfile.ZipFile(book) as parts:
            sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<f " not in sheet

    def test_keeps_the_types_of_cells(self):
        book = to_xlsx(["0012", 36, Decimal("1234.50"), date(2026, 3, 2), None, "http://x.y"])

        rows = CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()

        assert rows[1] == ["0012", 36, 1234.5, date(2026, 3, 2), "", "http://x.y"]

    def test_refuses_what_a_sheet_cannot_hold(self):
        with pytest.raises(Invalid, match="CSV"):
            to_xlsx(["x" * 40_000])
