"""Book values, against values worked out by hand and the published tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.costs.depreciation import (
    MACRS,
    Method,
    Rule,
    YearKind,
    check_rule,
    find_book_value,
)
from scanner_app.domain.errors import Invalid

D = Decimal
LINE = Rule("Laptops", Method.STRAIGHT_LINE, 36, salvage_percent=D(10))
DECLINE = Rule("Servers", Method.DECLINING, 60, salvage_cents=200_00, yearly_percent=D(40))
MACRS_5 = Rule("Five years", Method.TABLE, percents=MACRS[5], year=YearKind.FISCAL)


def value(rule: Rule, cost: int, start: str, on: str, **more: int) -> int | None:
    return find_book_value(
        rule, cost_cents=cost, start=date.fromisoformat(start), on=date.fromisoformat(on), **more
    )


class TestStraightLine:
    @pytest.mark.parametrize(
        ("on", "cents"),
        [("2025-01-15", 1200_00), ("2026-11-14", 570_00), ("2026-11-15", 540_00),
         ("2028-01-14", 150_00), ("2028-01-15", 120_00), ("2099-01-01", 120_00),
         ("2025-01-14", None)],
    )  # fmt: skip
    def test_loses_the_same_each_month_down_to_its_salvage(self, on, cents):
        assert value(LINE, 1200_00, "2025-01-15", on) == cents

    def test_rounds_half_a_cent_up_as_the_report_of_a_user_expects(self):
        """snipe-it#12788: 1,804.46 with a floor of 120 over 60 months, after 45 of them."""
        rule = Rule("x", Method.STRAIGHT_LINE, 60, salvage_cents=120_00)

        assert value(rule, 1804_46, "2019-07-02", "2023-04-05") == 541_12

    def test_a_month_that_begins_on_the_31st_ends_with_a_short_month(self):
        rule = Rule("x", Method.STRAIGHT_LINE, 12)

        assert value(rule, 1200_00, "2026-01-31", "2026-02-27") == 1200_00
        assert value(rule, 1200_00, "2026-01-31", "2026-02-28") == 1100_00
        assert value(rule, 1200_00, "2024-02-29", "2025-02-28") == 0


class TestDeclining:
    @pytest.mark.parametrize(
        ("months", "cents"),
        [(0, 2000_00), (6, 1600_00), (12, 1200_00), (18, 960_00), (24, 720_00), (36, 432_00),
         (48, 259_20), (60, 200_00), (90, 200_00)],
    )  # fmt: skip
    def test_loses_a_part_of_what_is_left_and_stops_at_its_salvage(self, months, cents):
        """Year 5 would lose 103.68, which passes the floor; it loses 59.20."""
        on = date(2020 + months // 12, 1 + months % 12, 1)

        found = find_book_value(DECLINE, cost_cents=2000_00, start=date(2020, 1, 1), on=on)

        assert found == cents

    def test_without_a_percentage_it_is_double_the_even_share(self):
        """5 years: 40 % of 1,000, 600; then at least an even share of the rest."""
        rule = Rule("x", Method.DECLINING, 60)

        ends = [value(rule, 1000_00, "2020-01-01", f"{2020 + n}-01-01") for n in range(1, 6)]

        # 129.60 left after 4 double-declining years would be 86.40 after the last switch: by hand,
        # 1000, 600, 360, 216 (144 > 120), then 216 over 2 years evenly: 108 > 86.40, and 0.
        assert ends == [600_00, 360_00, 216_00, 108_00, 0]

    @given(
        st.integers(1, 120), st.integers(0, 10**9), st.integers(0, 100), st.integers(1, 100),
        st.integers(0, 4000),
    )  # fmt: skip
    def test_never_rises_and_never_passes_its_salvage(self, months, cost, salvage, yearly, days):
        start = date(2020, 1, 31)
        rules = (
            Rule(
                "a", Method.DECLINING, months, salvage_percent=D(salvage), yearly_percent=D(yearly)
            ),
            Rule("b", Method.STRAIGHT_LINE, months, salvage_percent=D(salvage)),
        )
        for rule in rules:
            one = find_book_value(rule, cost_cents=cost, start=start, on=start + timedelta(days))
            later = find_book_value(
                rule, cost_cents=cost, start=start, on=start + timedelta(days + 40)
            )
            assert one is not None
            assert later is not None
            assert rule.find_salvage(cost) <= later <= one <= cost


class TestTables:
    def test_five_years_of_macrs_end_with_the_calendar_years(self):
        """IRS Publication 946, table A-1: 10,000 bought on 10 May 2026."""
        ends = [value(MACRS_5, 10_000_00, "2026-05-10", f"{y}-12-31") for y in range(2026, 2032)]

        assert ends == [8000_00, 4800_00, 2880_00, 1728_00, 576_00, 0]
        assert value(MACRS_5, 10_000_00, "2026-05-10", "2026-12-30") == 10_000_00

    def test_a_fiscal_year_that_begins_in_april_ends_in_march(self):
        found = [
            value(MACRS_5, 10_000_00, "2026-05-10", on, fiscal_month=4)
            for on in ("2026-12-31", "2027-03-30", "2027-03-31")
        ]

        assert found == [10_000_00, 10_000_00, 8000_00]

    def test_years_may_run_from_the_start(self):
        rule = Rule("x", Method.TABLE, percents=(D(50), D(25)))

        found = [value(rule, 100_00, "2026-05-10", f"{y}-05-10") for y in (2026, 2027, 2028, 2030)]

        assert found == [100_00, 50_00, 25_00, 25_00]

    @pytest.mark.parametrize("years", MACRS)
    def test_published_percentages_add_up(self, years):
        assert sum(MACRS[years]) == 100
        assert len(MACRS[years]) == years + 1  # the half years at both ends


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            (Rule("x", Method.STRAIGHT_LINE), "months"),
            (Rule("x", Method.DECLINING, 601), "months"),
            (Rule("x", Method.STRAIGHT_LINE, 12, salvage_percent=D(101)), "salvage_percent"),
            (Rule("x", Method.STRAIGHT_LINE, 12, salvage_cents=-1), "salvage_cents"),
            (Rule("x", Method.DECLINING, 12, yearly_percent=D(0)), "yearly_percent"),
            (Rule("x", Method.TABLE), "percents"),
            (Rule("x", Method.TABLE, percents=(D(60), D(41))), "percents"),
            (Rule("x", Method.TABLE, percents=(D(-1),)), "percents"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_used_name_their_field(self, rule, field):
        with pytest.raises(Invalid) as refused:
            check_rule(rule)
        assert set(refused.value.errors) == {field}

    def test_that_can_be_used_are_let_through(self):
        for rule in (LINE, DECLINE, MACRS_5, Rule("x", Method.TABLE, percents=(D(100),))):
            check_rule(rule)

    def test_more_salvage_than_cost_has_no_value(self):
        assert value(DECLINE, 199_99, "2020-01-01", "2021-01-01") is None
        assert value(DECLINE, 200_00, "2020-01-01", "2021-01-01") == 200_00
