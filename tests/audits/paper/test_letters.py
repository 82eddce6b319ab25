"""Names in the world's scripts on paper: in the forms and the order in which they are drawn."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zlib
from pathlib import Path

import pytest

from scanner_app import ROOT
from scanner_app.services.files.letters import form_letters, turn_round
from scanner_app.services.files.pdf import Paper, load_fonts, wrap

FONTS = ROOT / "static" / "vendor" / "dejavu-2.37"
GIVEN = Path(__file__).parents[2] / "imports" / "data" / "R21-scripts-in-paper.csv"
MORE = ["ল্যাপটপ কলকাতা", "மடிக்கணினி கோவை", "ਲੈਪਟਾਪ", "લેપટોપ", "ల్యాప్‌టాప్", "ಲ್ಯಾಪ್‌ಟಾಪ್", "ലാപ്ടോപ്പ്",
        "ලැප්ටොප්", "កុំព្យូទ័រ", "ကွန်ပျူတာ", "ላፕቶፕ", "رایانه می‌خواهم", "لابتوب الإدارة", "שָׁלוֹם",
        "हिन्दी", "ບັນຊີ", "ქართული", "Հայերեն", "Tiếng Việt"]  # fmt: skip


@pytest.fixture(autouse=True)
def fonts():
    load_fonts(FONTS)


def given() -> list[str]:
    with GIVEN.open(encoding="utf-8", newline="") as file:
        return [row["Asset Name"] for row in csv.DictReader(file)]


class TestScripts:
    @pytest.mark.parametrize("text", [*given(), *MORE])
    def test_no_letter_is_written_as_its_number(self, text):
        [line] = wrap(text, 500)

        missing = [sign for sign in text if f"U+{ord(sign):04X}" in line]
        assert missing == (["💻"] if "💻" in text else [])

    def test_what_is_drawn_can_be_found_again(self):
        """The file tells of each glyph which letter it is."""
        file = io.BytesIO()
        paper = Paper(file, title="x", foot="")
        for text in ("เครื่องพิมพ์", "लैपटॉप", "মডেম", "கணினி", "حاسوب"):
            paper.write(text)
        paper.finish()

        maps = b"".join(unpack(file.getvalue()))
        for letter in "ค\u0932\u09aeகح":
            forms = {letter, *(s for s in form_letters("حا") if letter == "ح")}
            assert any(f"<{ord(form):04X}>".encode() in maps.upper() for form in forms), letter


def unpack(pdf: bytes) -> list[bytes]:
    """Return the streams of a PDF that hold the meaning of glyphs."""
    found = []
    for packed in re.findall(
        rb"/Filter \[ /FlateDecode \].*?stream\r?\n(.*?)endstream", pdf, re.DOTALL
    ):
        data = zlib.decompressobj().decompress(packed)
        if b"beginbfchar" in data or b"beginbfrange" in data:
            found.append(data)
    assert found
    return found


class TestFormLetters:
    @pytest.mark.parametrize(
        ("text", "drawn"),
        [
            ("हिन्दी किताब", "िहन्दी िकताब"),
            ("কোন", "\u09c7ক\u09beন"),
            ("கோவை", "\u0bc7க\u0bbe\u0bc8வ"),
            ("ലാപ്ടോ", "ലാപ്\u0d47ട\u0d3e"),
            ("স্ত্রি", "িস্ত্র"),
            ("เครื่อง", "เครื่อง"),
            ("plain", "plain"),
        ],
    )
    def test_puts_vowels_where_they_are_written(self, text, drawn):
        assert form_letters(text) == drawn

    @pytest.mark.parametrize(
        ("text", "kinds"),
        [
            ("باب", ["INITIAL", "FINAL", "ISOLATED"]),
            ("محمد", ["INITIAL", "MEDIAL", "MEDIAL", "FINAL"]),
            ("لا", ["ISOLATED"]),
            ("سلام", ["INITIAL", "FINAL", "ISOLATED"]),
            ("می\u200cخ", ["INITIAL", "FINAL", "ISOLATED"]),
        ],
    )
    def test_joins_arabic_letters(self, text, kinds):
        names = [unicodedata.name(sign) for sign in form_letters(text)]

        assert [name.split()[-2] for name in names] == kinds
        assert unicodedata.normalize("NFKC", form_letters(text)) == text.replace("\u200c", "")

    def test_joins_across_marks(self):
        with_mark = form_letters("مُد")

        assert [unicodedata.name(s).split()[-2] for s in (with_mark[0], with_mark[2])] == [
            "INITIAL", "FINAL",
        ]  # fmt: skip


class TestTurnRound:
    @pytest.mark.parametrize(
        ("line", "drawn"),
        [
            ("מחשב", "בשחמ"),
            ("PC מחשב 12", "PC בשחמ 12"),
            ("חדר (מחסן)", "(ןסחמ) רדח"),
            ("(חדר)", "(רדח)"),
            ("קומה ٢٠٢٤", "٢٠٢٤ המוק"),
            ("plain (1)", "plain (1)"),
        ],
    )
    def test_turns_words_and_not_numbers(self, line, drawn):
        assert turn_round(line) == drawn
