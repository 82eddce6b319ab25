"""Rolling counts over four years, and the days on which programmes make audits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from scanner_app.domain.audits.programmes.plan import USUAL_COUNTS, read_programme, say_lateness
from scanner_app.domain.audits.programmes.rolling import (
    Load,
    PlaceClass,
    Unit,
    Waiting,
    ask_for,
    choose,
    classify,
    stagger,
)
from scanner_app.domain.audits.programmes.schedule import Every, Schedule, find_due
from scanner_app.domain.errors import Invalid

A, B, C = PlaceClass.A, PlaceClass.B, PlaceClass.C
WEEK = timedelta(days=7)
START = datetime(2026, 1, 5, tzinfo=UTC)


def office() -> list[Unit]:
    """12 locations with 700 assets that hold 80 % of the value, 18 with 500, 30 with 300."""
    units: list[Unit] = []
    for count, assets, worth in ((12, 700, 80_000), (18, 500, 15_000), (30, 300, 5_000)):
        for n in range(count):
            number = len(units) + 1
            share = assets // count + (n < assets % count)
            units.append(Unit(number, f"P-{number:02}", share, {"EUR": worth // count}))
    return units


def test_ranks_locations_by_the_value_that_they_hold():
    classes = classify(office())
    assert Counter(classes.values()) == {A: 12, B: 18, C: 30}
    two = [Unit(1, "X", 1, {"EUR": 100}), Unit(2, "Y", 9), Unit(3, "Z", 1, {"JPY": 5})]
    # The first of each currency is of class A; what has no value is of class C.
    assert classify(two) == {1: A, 2: C, 3: A}


@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(10)])
def test_counts_each_location_as_often_as_its_class_asks_for_four_years(seed: str):
    units = office()
    classes = classify(units)
    last = stagger(seed, classes, classes, units, USUAL_COUNTS, at=START)
    load, weeks, counted, worst = Load(), [], Counter(), 0.0
    for week in range(208):
        at = START + WEEK * week
        load = Load(load.taken, load.asked + ask_for(units, classes, USUAL_COUNTS) * 7)
        waiting = [Waiting(u, classes[u.location_id], last[u.location_id]) for u in units]
        worst = max(worst, *(one.score(USUAL_COUNTS, at) for one in waiting))
        taken = choose(seed, waiting, load, USUAL_COUNTS, at=at, next_at=at + WEEK)
        weeks.append(sum(one.unit.assets for one in taken))
        load = Load(load.taken + weeks[-1], load.asked)
        for one in taken:
            last[one.unit.location_id] = at
            counted[one.unit.location_id] += 1
    assert worst <= 1
    assert {counted[i] for i, c in classes.items() if c is A} == {16}
    assert {counted[i] for i, c in classes.items() if c is B} == {8}
    assert {counted[i] for i, c in classes.items() if c is C} == {4}
    assert 78.6 <= sum(weeks) / 208 <= 79.2
    assert max(weeks) <= 100


def test_a_month_has_its_31st_on_its_last_day():
    monthly = Schedule(Every.MONTH, date(2026, 1, 31))
    assert [monthly.day(n) for n in range(4)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    ]  # fmt: skip
    assert monthly.next_from(date(2026, 2, 28)) == date(2026, 2, 28)
    assert monthly.next_from(date(2026, 3, 1)) == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("every", "key", "following"),
    [
        (Every.WEEK, "2026-W49", date(2026, 12, 8)),
        (Every.MONTH, "2026-12", date(2027, 1, 1)),
        (Every.QUARTER, "2026-Q4", date(2027, 3, 1)),
        (Every.YEAR, "2026", date(2027, 12, 1)),
        (Every.ROLLING, "2026-12-01", date(2026, 12, 8)),
    ],
)
def test_names_the_time_of_a_round(every: Every, key: str, following: date):
    day = date(2026, 12, 1)
    due = find_due(Schedule(every, day), day, day)
    assert due is not None
    assert (due.key, due.next_on, due.skipped) == (key, following, 0)


def test_makes_only_the_newest_of_the_rounds_that_were_missed():
    weekly = Schedule(Every.WEEK, date(2026, 12, 1))
    due = find_due(weekly, date(2026, 12, 8), date(2026, 12, 24))
    assert due is not None
    assert (due.due_on, due.skipped, due.next_on) == (date(2026, 12, 22), 2, date(2026, 12, 29))
    assert say_lateness(due.due_on, date(2026, 12, 24), due.skipped) == (
        "made 2 days late, 2 rounds before it left out"
    )
    assert find_due(weekly, date(2026, 12, 8), date(2026, 12, 7)) is None


def test_a_programme_that_cannot_be_used_names_each_field():
    with pytest.raises(Invalid) as refused:
        read_programme(
            {"every": "rolling", "anchor_on": "x", "period_days": 0, "counts": {"A": "400"},
             "policy": {"places": "any"}, "sample": {"method": "simple"}}
        )  # fmt: skip
    assert set(refused.value.errors) == {
        "name", "anchor_on", "period_days", "counts.A", "policy.places", "sample.method",
    }  # fmt: skip
