"""The pure rules: what is in a count, what is low, what to order, and the words."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from scanner_app.domain.stock.acts import Act, say_done, say_pieces
from scanner_app.domain.stock.levels import (
    Counted,
    Leg,
    expected_at,
    fold_level,
    is_low,
    reorder_quantity,
    suggest_least,
)
from scanner_app.domain.stock.plots import list_day_ends, plot_level
from tests.stock.steps import START


def at(hour: int):
    return START + timedelta(hours=hour)


def test_a_level_without_a_count_is_the_sum_of_its_moves():
    assert fold_level(None, [Leg(at(1), 20), Leg(at(2), -3)]) == 17


def test_a_level_is_the_newest_count_and_what_moved_since():
    # Scenario 13: 18 counted at 10; 2 issued after it; 1 issued before it.
    legs = [Leg(at(0), 20), Leg(at(1), -1), Leg(at(3), -2)]
    assert fold_level(Counted(at(2), 18), legs) == 16


def test_a_count_expects_the_level_without_what_moved_since():
    assert expected_at(15, [Leg(at(3), -2), Leg(at(4), 7)], at(2)) == 10


@pytest.mark.parametrize(
    ("level", "least", "answer"),
    [(5, 5, True), (6, 5, False), (0, 0, True), (1, 0, False), (0, None, False)],
)
def test_an_item_is_low_at_its_minimum_and_never_without_one(level, least, answer):
    assert is_low(level, least) is answer


@pytest.mark.parametrize(
    ("level", "ordered", "least", "target", "pack", "order"),
    [
        (4, 0, 5, 20, 1, 16),
        (4, 0, 5, 20, 10, 20),
        (4, 16, 5, 20, 1, 0),
        (6, 0, 5, 20, 1, 0),
        (5, 0, 5, None, 1, 1),
        (0, 0, None, 20, 1, 0),
    ],
)
def test_what_to_order_fills_up_to_the_target_in_whole_packs(
    level, ordered, least, target, pack, order
):
    found = reorder_quantity(level=level, ordered=ordered, least=least, target=target, pack=pack)
    assert found == order


def test_the_suggested_minimum_lasts_until_a_delivery():
    # 36 used in 90 days, 14 days to deliver, 2 in reserve: 5.6 and 2, rounded up.
    assert suggest_least(used=36, days=90, lead_days=14, safety=2) == 8


def test_sentences_name_the_pieces_the_item_and_where():
    assert say_pieces(1, "box") == "1 box"
    assert say_pieces(3, "box") == "3 boxes"
    assert say_pieces(3, "") == "3"
    said = say_done(Act.ISSUE, item="Mouse (ST-0002)", quantity=2, place="Stockroom", to="Ana")
    assert said == "2 of Mouse (ST-0002) issued to Ana from Stockroom."
    said = say_done(Act.COUNT, item="Mouse (ST-0002)", quantity=18, place="Stockroom")
    assert said == "Mouse (ST-0002) at Stockroom: 18 counted."


def test_the_line_of_a_level_is_worked_out_backwards():
    ends = list_day_ends(at(30), ZoneInfo("Europe/Berlin"), days=3)
    # 5 now; 2 were issued in the last hours, and 4 came a day before.
    legs = [Leg(ends[-1] - timedelta(hours=1), -2), Leg(ends[0] + timedelta(hours=1), 4)]

    plot = plot_level(5, legs, ends)

    assert [point.value for point in plot.points] == [3, 7, 5]
    assert ends[-1] - ends[-2] < timedelta(days=1)
    assert len(list_day_ends(at(30), ZoneInfo("UTC"))) == 90
