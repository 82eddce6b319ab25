"""What is drawn is the same in each form: outlines, dots, ZPL, pages."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from benchmarks.labels.read_back import FONTS, THINGS, read_graphic
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.order import PrintForm, PrintOrder, read_order
from scanner_app.domain.labels.stock import STOCK_BY_KEY
from scanner_app.services.labels.outline import trace
from scanner_app.services.labels.prints import print_labels, print_test_page
from scanner_app.services.labels.zpl import write_zpl

PLAIN = THINGS["link"][0]


def order(**values: object) -> PrintOrder:
    return read_order({"stock": "avery-l7160", **{k: str(v) for k, v in values.items()}})


def bits_of(height: int = 12, width: int = 12):
    shape = st.tuples(st.integers(1, height), st.integers(1, width))
    return shape.flatmap(lambda size: arrays.arrays(bool, size))


class TestTrace:
    @settings(max_examples=80)
    @given(bits=bits_of())
    def test_encloses_exactly_the_dark_modules(self, bits):
        outlines = trace(tuple(tuple(map(bool, row)) for row in bits))

        width = bits.shape[1]
        filled = np.zeros_like(bits)
        for corners in outlines:
            for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
                assert x0 == x1 or y0 == y1
                if x0 == x1:  # even-odd: a side flips all that lies at its right
                    filled[min(y0, y1) : max(y0, y1), x0:width] ^= True
        assert np.array_equal(filled, bits)


class TestZpl:
    @settings(max_examples=60)
    @given(bits=bits_of(9, 30), copies=st.integers(1, 50))
    def test_holds_each_dot_and_no_more(self, bits, copies: int):
        zpl = write_zpl(bits, copies=copies)

        assert np.array_equal(read_graphic(zpl), bits)
        assert b"^PQ%d," % copies in zpl
        assert zpl.count(b"^XA") == zpl.count(b"^XZ") == 1


class TestPrintLabels:
    @pytest.mark.parametrize(
        ("copies", "start", "pages"), [(1, 1, 1), (21, 1, 1), (21, 2, 2), (1, 21, 1), (2, 21, 2)]
    )
    def test_goes_on_on_the_next_sheet_in_true_size(self, copies: int, start: int, pages: int):
        pdf = print_labels([PLAIN], order(copies=copies, start=start), PrintForm.PDF, fonts=FONTS)

        document = pypdfium2.PdfDocument(pdf)
        sizes = [document.get_page_size(page) for page in range(len(document))]
        document.close()
        assert len(sizes) == pages
        assert sizes[0] == pytest.approx((210 * 72 / 25.4, 297 * 72 / 25.4), abs=0.01)

    def test_says_that_no_reader_may_scale_it(self):
        pdf = print_labels([PLAIN], order(), PrintForm.PDF, fonts=FONTS)

        assert b"/PrintScaling /None" in pdf

    def test_is_the_same_twice(self):
        first, second = (
            print_labels([PLAIN], order(), PrintForm.PDF, fonts=FONTS) for _ in range(2)
        )

        assert first == second

    def test_makes_a_picture_of_the_label_s_size(self):
        png = print_labels([PLAIN], order(stock="zebra-2x1", dpi=203), PrintForm.PNG, fonts=FONTS)

        picture = Image.open(io.BytesIO(png))
        assert picture.size == (406, 203)
        assert picture.mode == "1"

    def test_refuses_all_if_one_cannot_be_printed(self):
        with pytest.raises(Invalid, match=r"LT-004217: This Code 128 must be"):
            print_labels(
                [PLAIN], order(stock="avery-l4731", design="barcode"), PrintForm.PDF, fonts=FONTS
            )

    def test_refuses_more_than_a_stack_of_paper(self):
        with pytest.raises(Invalid, match="Print at most 2,000"):
            print_labels([PLAIN] * 41, order(copies=50), PrintForm.PDF, fonts=FONTS)

    def test_draws_a_test_page_for_each_form_of_stock(self):
        for stock in ("avery-l4731", "brother-dk-11221"):
            pdf = print_test_page(order(stock=stock), fonts=FONTS)
            document = pypdfium2.PdfDocument(pdf)
            assert len(document) == 1
            document.close()


class TestReadOrder:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("stock", "avery-0"),
            ("design", "poster"),
            ("content", "poem"),
            ("dpi", "72"),
            ("copies", "0"),
            ("copies", "51"),
            ("copies", "²"),
            ("start", "first"),
            ("right", "99"),
            ("down", "1e3"),
            ("owner", "x" * 61),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, field: str, value: str):
        with pytest.raises(Invalid) as refused:
            read_order({field: value})

        assert list(refused.value.errors) == [field]

    def test_starts_again_on_a_stock_with_fewer_labels_or_other_printers(self):
        taken = read_order({"stock": "dymo-11352", "start": "60", "dpi": "600"})

        assert (taken.start, taken.dpi) == (1, 300)

    def test_reads_what_it_writes(self):
        wanted = order(design="qr", content="giai", start=3, copies=2, right="-0.5", owner="Ä")

        assert read_order(wanted.to_texts()) == wanted
        assert wanted.stock is STOCK_BY_KEY["avery-l7160"]
