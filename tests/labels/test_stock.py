"""What labels are printed on: each row of the table, against its page."""

from __future__ import annotations

import pytest

from scanner_app.domain.labels.stock import STOCKS, LabelStock, StockForm, least_dots, to_dots

SHEETS = [stock for stock in STOCKS if stock.form is StockForm.SHEET]


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.key)
class TestSheet:
    def test_has_its_labels_in_the_middle_of_the_page(self, stock: LabelStock):
        for side, first, count, pitch, size in (
            (stock.page[0], stock.left, stock.across, stock.pitch_x, stock.width),
            (stock.page[1], stock.top, stock.down, stock.pitch_y, stock.height),
        ):
            last = first + (count - 1) * pitch + size
            assert first >= 0
            assert abs((side - last) - first) < 0.11
            assert count == 1 or pitch >= size

    def test_has_a_corner_for_each_label(self, stock: LabelStock):
        corners = {stock.corner(position) for position in range(stock.a_page)}

        assert len(corners) == stock.a_page
        assert max(x for x, _ in corners) + stock.width <= stock.page[0]
        assert max(y for _, y in corners) + stock.height <= stock.page[1]


class TestStocks:
    def test_have_keys_and_names_of_their_own(self):
        assert len({stock.key for stock in STOCKS}) == len(STOCKS)
        assert len({stock.label for stock in STOCKS}) == len(STOCKS)

    def test_leave_room_between_their_guards(self):
        for stock in STOCKS:
            assert stock.width - 2 * stock.guard_x >= 10, stock.key
            assert stock.height - 2 * stock.guard_y >= 8, stock.key


class TestLeastDots:
    @pytest.mark.parametrize(
        ("dpi", "length", "dots"),
        [(203, 0.25, 2), (300, 0.25, 3), (600, 0.25, 6), (203, 0.254, 3), (300, 0.254, 3)],
    )
    def test_are_whole_and_long_enough(self, dpi: int, length: float, dots: int):
        assert least_dots(length, dpi) == dots
        assert dots >= to_dots(length, dpi) - 0.01
