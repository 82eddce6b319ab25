"""The states of a location, cell by cell; two counts compared by numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner_app.domain.audits.rounds.comparison import compare
from scanner_app.domain.audits.rounds.steps import (
    PLACE_STEPS,
    PlaceAct,
    PlaceEvent,
    PlaceState,
    fold_place,
    show_place_steps,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
# By hand, from the design: a dot is a state that stays as it is.
TABLE = """
            scan      scan_by_another done    signed_off signed_off_by_another recount_asked
new         counting  counting        counted signed_off signed_off            .
counting    .         .               counted signed_off signed_off            .
counted     counting  counting        .       signed_off signed_off            recount
signed_off  counting  counting        .       .          .                     recount
recount     .         counting        .       .          signed_off            .
"""


def list_cells() -> list[tuple[str, str, str]]:
    heads, *lines = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (state, act, cell)
        for state, *cells in lines
        for act, cell in zip(heads, cells, strict=True)
    ]


def events(*steps: str) -> list[PlaceEvent]:
    """Events a minute apart: `m scan` is a scan by m."""
    made = []
    for minute, step in enumerate(steps):
        person, act = step.split()
        made.append(PlaceEvent(START + timedelta(minutes=minute), PlaceAct(act), person))
    return made


class TestSteps:
    @pytest.mark.parametrize(("state", "act", "then"), list_cells())
    def test_follow_the_table(self, state, act, then):
        found = PLACE_STEPS.get((PlaceState(state), PlaceAct(act)))

        assert (found.value if found else ".") == then

    def test_cover_every_state_and_act(self):
        assert len(list_cells()) == len(PlaceState) * len(PlaceAct)

    def test_are_printed_in_the_docs(self):
        assert show_place_steps() in (ROOT / "docs" / "audits.md").read_text()


class TestFold:
    @pytest.mark.parametrize(
        ("steps", "state", "rounds"),
        [
            ([], "new", [""]),
            (["m scan"], "counting", ["m"]),
            (["m scan", "k scan", "m signed_off"], "signed_off", ["mk"]),
            (["m signed_off"], "signed_off", ["m"]),
            (["m scan", "m signed_off", "m scan"], "counting", ["m"]),
            (["m scan", "m signed_off", "a recount_asked"], "recount", ["m"]),
            (["m scan", "m signed_off", "a recount_asked", "m scan"], "recount", ["m"]),
            (["m scan", "m signed_off", "a recount_asked", "k scan"], "counting", ["m", "k"]),
            (
                ["m scan", "m done", "a recount_asked", "k scan", "k signed_off"],
                "signed_off",
                ["m", "k"],
            ),
            (["m scan", "m done", "a recount_asked", "k signed_off"], "signed_off", ["m", "k"]),
            (
                ["m scan", "m done", "a recount_asked", "k scan", "k done", "a recount_asked",
                 "k scan", "m scan", "b scan"],
                "counting",
                ["m", "k", "b"],
            ),
        ],
    )  # fmt: skip
    def test_follows_time_and_persons(self, steps, state, rounds):
        made = events(*steps)

        for order in (made, made[::-1]):
            count = fold_place(order)
            assert count.state == state
            assert list(count.rounds) == [frozenset(who) for who in rounds]

    def test_a_scan_made_before_the_sign_off_that_comes_later_withdraws_nothing(self):
        signed, late = events("m signed_off", "k scan")
        late = PlaceEvent(signed.at - timedelta(minutes=5), late.act, "k")

        assert fold_place([signed, late]).signed_off == signed

    def test_all_seen_ends_the_first_round_and_no_second_one(self):
        assert fold_place(events("m scan"), is_all_seen=True).state == "counted"
        second = events("m scan", "m done", "a recount_asked", "k scan")
        assert fold_place(second, is_all_seen=True).state == "counting"


class TestComparison:
    def test_of_96_and_94_with_92_in_both(self):
        found = compare(range(96), [*range(92), 100, 101])

        assert (found.first, found.second, len(found.both)) == (96, 94, 92)
        assert len(found.differing) == 6
        assert round(found.agreement, 3) == 0.939  # 92 / 98
        assert round(found.estimate, 2) == 98.09  # 97 * 95 / 93 - 1

    def test_of_40_and_45_with_36_in_both(self):
        found = compare(range(40), range(4, 49))

        assert len(found.both) + len(found.differing) == 49
        assert round(found.estimate, 2) == 49.97
        assert round(found.deviation, 2) == 1.14

    def test_of_nothing_agrees_about_nothing(self):
        assert compare([], []).agreement is None
