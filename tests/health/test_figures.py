"""How much things are used and how often they fail: the numbers of the scenarios."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from scanner_app.domain.health.reliability import DriveCount, Reliability, count_drives, round_to
from scanner_app.domain.health.utilisation import Turn, Utilisation, is_held_in, measure
from scanner_app.domain.register.lifecycle import Stage
from scripts import published_figures


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


# Stock to 11 January, out to 10 February, repair to 20, stock to 1 March, out.
TURNS = [
    Turn(datetime(2025, 6, 1, tzinfo=UTC), False),
    Turn(day(1, 11), True),
    Turn(day(2, 10), None),
    Turn(day(2, 20), False),
    Turn(day(3, 1), True),
]


class TestUtilisation:
    def test_is_held_of_held_and_idle(self):
        found = measure(TURNS, since=day(1, 1), until=day(4, 1))

        assert (found.held, found.idle) == (timedelta(days=61), timedelta(days=19))
        assert round_to(found.share * 100, 2) == Decimal("76.25")
        assert found.idle_since is None

    def test_is_not_known_before_a_thing_is_there(self):
        assert measure([], since=day(1, 1), until=day(4, 1)).share is None
        late = measure([Turn(day(3, 31), True)], since=day(1, 1), until=day(4, 1))
        assert late.held == timedelta(days=1)
        assert measure([Turn(day(5, 1), True)], since=day(1, 1), until=day(4, 1)).share is None

    @pytest.mark.parametrize(
        ("held", "idle", "since", "little"),
        [(10, 80, 60, True), (10, 80, 59, False), (20, 80, 60, False), (0, 80, None, False)],
    )
    def test_is_little_below_a_fifth_and_after_60_idle_days(self, held, idle, since, little):
        now = day(4, 1)
        idle_since = None if since is None else now - timedelta(days=since)
        found = Utilisation(timedelta(days=held), timedelta(days=idle), idle_since)
        assert found.is_little(now) is little

    def test_counts_what_is_in_use_or_in_stock(self):
        assert [is_held_in(stage, has_custodian=True) for stage in Stage] == [
            {Stage.IN_STOCK: False, Stage.IN_USE: True}.get(stage) for stage in Stage
        ]


class TestReliability:
    def test_of_a_fleet_with_failures(self):
        found = Reliability(8, Decimal(14_600), Decimal(24))

        assert found.mtbf_days == 1825
        assert round_to(found.yearly_rate * 100, 1) == Decimal("20.0")
        assert found.mttr_days == 3
        assert round_to(found.availability * 100, 2) == Decimal("99.84")
        assert found.most_a_year is None
        assert found.say() == "8 failures in 40.0 device-years: 20.0 % a year."

    def test_of_a_fleet_without_one_is_bounded(self):
        found = Reliability(0, Decimal(3650), Decimal(0))

        assert {found.mtbf_days, found.yearly_rate, found.mttr_days, found.availability} == {None}
        assert round_to(found.most_a_year * 100, 0) == 30
        assert found.say() == (
            "No failure in 10.0 device-years; with 95 % confidence at most 30 % a year."
        )
        assert Reliability(0, Decimal(36), Decimal(0)).say() == (
            "No failure in 0.1 device-years, which is too short to tell a rate."
        )
        assert "Nothing is known" in Reliability(0, Decimal(0), Decimal(0)).say()


class TestDrives:
    def test_are_counted_by_model(self):
        rows = [{"model": "A", "failure": "0"}] * 364 + [{"model": "A", "failure": "1"}]
        counts: dict[str, list[int]] = {}
        count_drives(rows, counts)
        found = count_drives([{"model": "B", "failure": "0"}], counts)

        assert found == {"A": DriveCount(365, 1), "B": DriveCount(1, 0)}
        assert found["A"].yearly_percent == 100
        assert DriveCount(0, 0).yearly_percent is None

    @pytest.mark.parametrize(
        "row", [{"model": "", "failure": "0"}, {"model": "A", "failure": "2"}, {}]
    )
    def test_of_another_form_are_refused(self, row):
        with pytest.raises(ValueError, match="no model"):
            count_drives([row])


def test_published_figures_are_the_same(capsys):
    assert published_figures.main() == 0
    assert capsys.readouterr().out == "43 figures: 40 the same, 3 within 0.01, 0 differ.\n"
