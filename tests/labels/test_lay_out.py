"""The layout of a label: whole dots, texts that fit, and refusals with numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.labels.read_back import FONTS, THINGS
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent, write_link
from scanner_app.domain.labels.designs import DESIGN_BY_KEY
from scanner_app.domain.labels.stock import STOCK_BY_KEY
from scanner_app.domain.labels.symbols import Content
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.lay_out import DoesNotFit, lay_out
from scanner_app.services.labels.marks import LaidLabel, overlap

PLAIN = THINGS["plain tag"][0]


@pytest.fixture(autouse=True)
def fonts() -> None:
    load_fonts(FONTS)


def lay(
    thing: LabelContent,
    *,
    stock: str = "avery-l7160",
    design: str = "qr-text",
    content=None,
    dpi=300,
) -> LaidLabel:
    on = STOCK_BY_KEY[stock]
    return lay_out(DESIGN_BY_KEY[design].build(on, content=content), on, thing, dpi=dpi)


def named(name: str) -> LabelContent:
    return replace(PLAIN, texts={**PLAIN.texts, "name": name})


def lines_of(label: LaidLabel) -> list[str]:
    return ["".join(run.text for run in mark.runs) for mark in label.texts]


class TestTexts:
    @settings(max_examples=60)
    @given(name=st.text(max_size=300))
    @example(name="^XZ~JA^XA^FO0,0")
    @example(name="x\x00y\u202e\u2066evil")
    @example(name="مرحبا (بالعالم) 42")
    @example(name="W" * 10_000)
    def test_change_nothing_but_themselves_and_stay_on_the_label(self, name: str):
        label, calm = lay(named(name)), lay(PLAIN)

        assert label.symbols == calm.symbols
        assert not overlap(label)
        for mark in label.texts:
            assert mark.x >= 0
            assert mark.x + mark.width <= label.width + 0.01
            assert 0 < mark.y <= label.height

    def test_are_cut_with_a_mark_where_they_would_be_too_small(self):
        label = lay(named("A very long name " * 10), stock="avery-l4731")

        assert label.is_cut
        assert lines_of(label)[1].endswith("…")
        assert not lay(PLAIN).is_cut

    def test_leave_no_hole_for_a_field_without_a_value(self):
        bare = replace(PLAIN, texts={"serial_number": "S/N 1"})

        assert lines_of(lay(bare)) == ["LT-004217", "S/N 1"]

    def test_write_a_code_that_is_too_long_in_two_lines_and_never_cut(self):
        label = lay(replace(PLAIN, code="LT-00421712345678900"), stock="avery-l4731")

        assert (
            lines_of(label)[:2] == ["LT-0042171", "2345678900"]
            or "".join(lines_of(label)[:2]) == "LT-00421712345678900"
        )

    def test_are_left_out_from_the_last_on_where_there_is_no_room(self):
        small, large = lay(PLAIN, stock="avery-l4731"), lay(PLAIN, stock="avery-l7163")

        assert lines_of(small) == lines_of(large)[: len(lines_of(small))]
        assert len(lines_of(small)) < len(lines_of(large))


class TestSymbol:
    def test_has_modules_of_whole_dots_at_each_resolution(self):
        sizes = {
            dpi: lay(PLAIN, stock="zebra-50x25", design="qr", dpi=dpi).symbols[0].module_width
            for dpi in (203, 300, 600)
        }

        assert all(isinstance(size, int) and size >= 2 for size in sizes.values())
        # As large at each, but for the dot that rounding takes.
        lengths = [size / dpi for dpi, size in sizes.items()]
        assert max(lengths) - min(lengths) <= 1 / 203

    def test_that_does_not_fit_is_refused_with_both_sizes(self):
        with pytest.raises(DoesNotFit) as refused:
            lay(PLAIN, stock="avery-l4731", design="barcode")

        need, have = map(float, re.findall(r"(\d+\.\d+) mm", refused.value.message))
        assert need > have

    def test_of_a_link_is_never_below_a_quarter_of_a_millimetre(self):
        thing = replace(PLAIN, link="https://a-long-name.example.org/a/" + "LT-0042" * 20)

        with pytest.raises(DoesNotFit):
            lay(thing, stock="avery-l4731")

    def test_of_a_number_that_the_thing_lacks_is_refused(self):
        with pytest.raises(Invalid, match="LT-004217 has no serial number"):
            lay(replace(PLAIN, serial=""), content=Content.SERIAL)

    def test_of_characters_that_bars_lack_is_refused(self):
        with pytest.raises(Invalid, match="cannot be written as Code 128"):
            lay(replace(PLAIN, code="日本-1"), design="barcode", stock="avery-5163")


class TestWriteLink:
    @pytest.mark.parametrize(
        ("base", "code", "link"),
        [
            ("https://s.ex.org", "LT-1", "HTTPS://S.EX.ORG/A/LT-1"),
            ("https://s.ex.org:8443/", "LT-1", "HTTPS://S.EX.ORG:8443/A/LT-1"),
            # Lower case, and characters beyond those of the dense mode, mean a link as usual.
            ("https://s.ex.org", "lt-1", "https://s.ex.org/a/lt-1"),
            ("https://s.ex.org", "LT_1", "https://s.ex.org/a/LT_1"),
            # A path in front of ours may tell capitals apart.
            ("https://ex.org/scan", "LT-1", "https://ex.org/scan/a/LT-1"),
            ("https://s.ex.org", "A/B 1", "HTTPS://S.EX.ORG/A/A%2FB%201"),
        ],
    )
    def test_is_in_capitals_where_that_means_the_same(self, base: str, code: str, link: str):
        assert write_link(base, "asset", code) == link
