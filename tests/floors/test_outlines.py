"""The outline of a room: what is accepted, what is refused, and where its name is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.errors import Invalid
from scanner_app.domain.floors.outlines import (
    check_corners,
    find_middle,
    read_corners,
    show_corners,
)

SQUARE = ((100, 100), (300, 100), (300, 300), (100, 300))


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "100,100 300,100 300,300 100,300",
            " 100, 100  300 ,100\n300,300;100,300 ",
            "100,100 300,100 300,100 300,300 100,300 100,100",  # tapped twice, and closed
        ],
    )
    def test_reads_what_people_type(self, text):
        assert read_corners(text) == SQUARE

    @pytest.mark.parametrize(
        "text", ["100;100", "a,b c,d e,f", "1,1 2,2 3", "-1,0 5,5 9,9", "1.5,2"]
    )
    def test_names_the_word_that_is_no_corner(self, text):
        with pytest.raises(Invalid, match="is not a corner"):
            read_corners(text)

    @given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=30))
    def test_reads_back_whatever_it_accepts(self, corners):
        try:
            kept = check_corners(corners)
        except Invalid:
            return
        assert read_corners(show_corners(kept)) == kept


class TestChecking:
    def test_refuses_what_is_no_room(self):
        bow_tie = [(0, 0), (400, 400), (400, 0), (0, 400)]
        touching = [(0, 0), (400, 0), (400, 400), (200, 0), (0, 400)]
        for corners, words in (
            (SQUARE[:2], "3 to 24 corners; these are 2"),
            ([(x * 40, x * x) for x in range(25)], "these are 25"),
            (bow_tie, "Two sides cross"),
            (touching, "Two sides cross"),
            ([(0, 0), (1001, 0), (0, 500)], "1001,0 lies outside"),
            ([(0, 0), (44, 0), (0, 44)], "too small"),  # 968 of 1,000 square thousandths
            ([(0, 0), (500, 0), (1000, 0)], "too small"),
        ):
            with pytest.raises(Invalid, match=words):
                check_corners(corners)

    def test_accepts_the_smallest_room_and_a_bent_one(self):
        assert check_corners([(0, 0), (50, 0), (0, 40)])  # 1,000 square thousandths
        bent = [(0, 0), (400, 0), (400, 100), (100, 100), (100, 400), (0, 400)]
        assert check_corners(bent) == tuple(bent)


def test_the_middle_is_that_of_the_area_and_not_of_the_corners():
    assert find_middle(SQUARE) == pytest.approx((200, 200))
    assert find_middle(SQUARE[::-1]) == pytest.approx((200, 200))
    # A triangle's is a third of the way up; two corners close together do not pull it.
    assert find_middle([(0, 0), (300, 0), (0, 300)]) == pytest.approx((100, 100))
    near = [(0, 0), (600, 0), (600, 300), (590, 300), (0, 300)]
    assert find_middle(near) == pytest.approx((300, 150))
