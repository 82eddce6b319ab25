"""Labels printed and read back by our own decoder: a sample; `make labels` reads all."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.labels.read_back import FONTS, Case, find_faults, list_cases, render_pdf
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.designs import DESIGN_BY_KEY
from scanner_app.domain.labels.stock import STOCK_BY_KEY
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.picture import draw_bits

# Every 97th of 1,500: each stock, design, resolution and content is among them.
SAMPLE = list(list_cases())[11::97]


@pytest.mark.slow
class TestReadBack:
    def test_misses_nothing(self):
        read: list[Case] = []
        faults = {}
        for case in SAMPLE:
            try:
                found = find_faults(case)
            except Invalid:
                continue
            read.append(case)
            if found:
                faults[str(case)] = found

        assert faults == {}
        assert len(read) >= len(SAMPLE) * 3 // 4

    def test_draws_the_same_dots_in_the_pdf_as_in_the_picture(self):
        load_fonts(FONTS)
        for stock in ("brother-tze-24", "zebra-50x25", "avery-l7160"):
            case = Case(STOCK_BY_KEY[stock], DESIGN_BY_KEY["barcode"], 203, "giai")
            laid = case.lay_out()
            [bars] = laid.symbols
            rows, columns = slice(bars.y, bars.y + bars.height), slice(bars.x, bars.x + bars.width)

            drawn = np.asarray(render_pdf(case, laid))[rows, columns]

            printed = draw_bits(laid, fonts=FONTS)[rows, columns]
            assert np.array_equal(drawn < 128, printed), stock

    @pytest.mark.parametrize("field", ["stock", "design", "dpi", "thing"])
    def test_has_a_sample_of_each_kind(self, field: str):
        everything = {str(getattr(case, field)) for case in list_cases()}
        sample = {str(getattr(case, field)) for case in SAMPLE}

        assert len(sample) >= min(len(everything), 4)

    def test_tells_a_label_that_is_not_read(self, monkeypatch):
        case = SAMPLE[0]
        monkeypatch.setattr(Case, "said", property(lambda _: "LT-OTHER"))

        assert "picture is not read" in find_faults(case, is_worn=False)
