"""Rates, total cost of ownership, choices and the roadmap, with numbers worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from scanner_app.domain.costs.choices import (
    Choice,
    Plan,
    advise,
    check_plan,
    count_years_to_keep,
    look_ahead,
)
from scanner_app.domain.costs.expenses import Expense, ExpenseKind, say_left_out, sum_expenses
from scanner_app.domain.costs.rates import Rate, Rates
from scanner_app.domain.costs.replacement import (
    DueReason,
    LifeFacts,
    count_points,
    find_budget_year,
    find_due_day,
    inflate,
    list_signs,
)
from scanner_app.domain.errors import Invalid
from scanner_app.domain.months import add_months, count_year_ends, fiscal_year, whole_months

D = Decimal
DAY = date(2026, 11, 29)
RATES = Rates(
    "EUR", {"USD": (Rate(date(2026, 11, 20), D("1.05")), Rate(date(2026, 11, 27), D("1.08")))}
)
EIGHT = D(8)


class TestRates:
    @pytest.mark.parametrize(
        ("on", "cents"),
        [(date(2026, 11, 19), None), (date(2026, 11, 20), 95_24), (date(2026, 11, 26), 95_24),
         (date(2026, 11, 27), 92_59), (date(2026, 12, 4), 92_59), (date(2026, 12, 5), None)],
    )  # fmt: skip
    def test_the_newest_of_the_last_seven_days_counts(self, on, cents):
        assert RATES.to_base(100_00, "USD", on) == cents

    def test_the_base_needs_none(self):
        assert RATES.to_base(12345, "EUR", DAY) == 12345
        assert RATES.to_base(5000_00, "JPY", DAY) is None


class TestCostOfOwnership:
    def test_adds_up_all_kinds_and_takes_off_what_came_back(self):
        kinds = {
            ExpenseKind.PURCHASE: 1200_00, ExpenseKind.DELIVERY: 20_00,
            ExpenseKind.DEPLOYMENT: 45_00, ExpenseKind.SUPPORT: 90_00,
            ExpenseKind.MAINTENANCE: 180_00, ExpenseKind.PART: 75_00, ExpenseKind.LICENCE: 300_00,
            ExpenseKind.DISPOSAL: 12_00, ExpenseKind.PROCEEDS: 150_00,
        }  # fmt: skip
        expenses = [Expense(kind, date(2024, 1, 1), cents, "EUR") for kind, cents in kinds.items()]

        cost = sum_expenses(expenses, RATES, on=DAY, in_service=date(2023, 11, 29))

        assert (cost.total, cost.months, cost.per_month) == (1772_00, 36, 49_22)
        assert cost.by_kind == kinds

    def test_what_has_no_rate_is_left_out_and_said(self):
        expenses = [
            Expense(ExpenseKind.PURCHASE, DAY, 100_00, "USD"),
            Expense(ExpenseKind.PART, DAY, 5000_00, "JPY"),
            Expense(ExpenseKind.PART, DAY, 1_00, "JPY"),
            Expense(ExpenseKind.PART, DAY, 1_00, "CHF"),
            Expense(ExpenseKind.PART, date(2026, 11, 30), 9_00, "EUR"),  # not by that day
        ]

        cost = sum_expenses(expenses, RATES, on=DAY, in_service=None)

        assert (cost.total, cost.months) == (92_59, 1)
        said = say_left_out(cost.without_rate)
        assert said == "1 amount in CHF has no rate; 2 amounts in JPY have no rate"


# Price, costs and resale values of the designed examples.
NEW = Plan(1200_00, (60_00, 90_00, 160_00, 300_00, 480_00), (700_00, 450_00, 280_00, 120_00, 0))
KEEP = Plan(250_00, (260_00, 380_00, 520_00), (120_00, 40_00, 0))
UPGRADE = Plan(250_00 + 160_00, (110_00, 170_00, 330_00), (180_00, 90_00, 20_00))


class TestChoices:
    def test_the_yearly_cost_of_a_new_one_by_how_long_it_is_kept(self):
        ahead = look_ahead(NEW, EIGHT)

        assert ahead.yearly == (656_00, 531_00, 480_17, 480_67, 502_65)
        assert (ahead.best_years, ahead.best) == (3, 480_17)

    def test_without_interest_it_is_the_plain_mean(self):
        assert look_ahead(NEW, D(0)).yearly == (560_00, 450_00, 410_00, 422_50, 458_00)

    def test_what_one_more_year_costs(self):
        keep, upgrade = look_ahead(KEEP, EIGHT), look_ahead(UPGRADE, EIGHT)

        assert keep.yearly == (410_00, 438_65, 477_02)
        assert keep.next_years == (410_00, 469_60, 563_20)
        assert upgrade.yearly == (372_80, 325_49, 350_66)
        assert upgrade.next_years == (372_80, 274_40, 407_20)
        assert count_years_to_keep(keep, look_ahead(NEW, EIGHT)) == 2

    def test_the_advice_is_the_least_and_says_all_three(self):
        plans = {Choice.KEEP: KEEP, Choice.UPGRADE: UPGRADE, Choice.REPLACE: NEW}

        choice, sentence = advise({c: look_ahead(p, EIGHT) for c, p in plans.items()}, "EUR")

        assert choice is Choice.UPGRADE
        assert sentence == (
            "Upgrade it: upgrade 325.49, keep 410.00, replace 480.17 EUR a year, "
            "each over the years that cost least."
        )

    def test_of_two_that_cost_the_same_the_one_that_changes_less_is_advised(self):
        same = look_ahead(KEEP, EIGHT)
        assert advise({Choice.REPLACE: same, Choice.KEEP: same}, "EUR")[0] is Choice.KEEP

    @pytest.mark.parametrize(
        "plan",
        [Plan(1, (), ()), Plan(1, (1,), ()), Plan(-1, (1,), (1,)), Plan(1, (1,) * 16, (1,) * 16)],
    )
    def test_a_plan_that_cannot_be_compared_names_its_field(self, plan):
        with pytest.raises(Invalid) as refused:
            check_plan(plan, "keep")
        assert set(refused.value.errors) == {"keep"}


class TestRoadmap:
    def year(self, facts: LifeFacts) -> int:
        found = find_due_day(facts)
        assert found
        return find_budget_year(found[0], today=DAY, first_month=4)

    def test_each_thing_lies_in_the_budget_of_its_due_day(self):
        """The fiscal year begins in April, and is named by the year it ends in."""
        overdue = LifeFacts(start=date(2021, 6, 1), life_months=48)  # June 2025
        support = LifeFacts(support_ends=date(2027, 1, 31))
        bought = LifeFacts(start=date(2023, 9, 1), life_months=48)  # September 2027
        extended = LifeFacts(date(2023, 9, 1), 48, extended_until=date(2028, 9, 1))

        assert [self.year(facts) for facts in (overdue, support, bought, extended)] == [
            2027, 2027, 2028, 2029,
        ]  # fmt: skip
        assert 15 * inflate(1100_00, D(3), 0) == 16_500_00
        assert 20 * inflate(1100_00, D(3), 1) == 22_660_00

    def test_the_earliest_day_decides_and_a_decision_overrides(self):
        both = LifeFacts(date(2023, 9, 1), 48, support_ends=date(2026, 1, 1))

        assert find_due_day(both) == (date(2026, 1, 1), DueReason.SUPPORT)
        assert find_due_day(LifeFacts(date(2023, 9, 1), 48))[1] is DueReason.LIFE
        assert find_due_day(LifeFacts(start=DAY)) is None

    def test_the_priority_shows_its_reasons(self):
        facts = LifeFacts(
            date(2021, 1, 1), 48, support_ends=date(2026, 1, 1), warranty_months=36, failures=2
        )

        signs = list_signs(facts, DAY)

        assert count_points(signs) == 70
        assert [(row.points, row.label) for row in signs] == [
            (25, "its useful life is over"), (25, "support has ended"), (10, "out of warranty"),
            (10, "repaired twice in 12 months"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("facts", "points"),
        [
            (LifeFacts(), 0),
            (LifeFacts(date(2023, 9, 29), 48), 0),  # 38 of 48 months
            (LifeFacts(date(2023, 7, 29), 50), 10),  # 40 of 50
            (LifeFacts(date(2022, 11, 29), 48), 25),  # today
            (LifeFacts(support_ends=date(2027, 5, 28)), 10),  # in 180 days
            (LifeFacts(support_ends=date(2027, 5, 29)), 0),
            (LifeFacts(support_ends=DAY), 25),
            (LifeFacts(date(2025, 11, 29), warranty_months=12), 10),
            (LifeFacts(date(2025, 11, 30), warranty_months=12), 0),
            (LifeFacts(failures=1), 5),
            (LifeFacts(failures=9), 15),
            (LifeFacts(date(2020, 1, 1), 48, date(2026, 1, 1), 36, failures=9), 75),  # the most
        ],
    )  # fmt: skip
    def test_each_sign_has_its_points_and_its_day(self, facts, points):
        assert count_points(list_signs(facts, DAY)) == points


class TestYears:
    @pytest.mark.parametrize(
        ("day", "months", "found"),
        [("9999-12-31", 0, "9999-12-31"), ("9999-11-30", 2, "9999-12-31"),
         ("9960-01-01", 600, "9999-12-31"), ("0001-01-31", -1, "0001-01-01"),
         ("0001-03-31", -1, "0001-02-28")],
    )  # fmt: skip
    def test_a_mistyped_year_leads_to_the_first_or_last_day(self, day, months, found):
        assert add_months(date.fromisoformat(day), months) == date.fromisoformat(found)
        assert count_year_ends(date.min, date.max, 4) == 9999

    @pytest.mark.parametrize(
        ("day", "month", "year"),
        [(date(2026, 12, 31), 1, 2026), (date(2026, 3, 31), 4, 2026), (date(2026, 4, 1), 4, 2027),
         (date(2026, 9, 30), 10, 2026), (date(2026, 10, 1), 10, 2027)],
    )  # fmt: skip
    def test_a_fiscal_year_is_named_by_its_end(self, day, month, year):
        assert fiscal_year(day, month) == year

    @pytest.mark.parametrize(
        ("first", "last", "count"),
        [("2026-05-10", "2026-12-30", 0), ("2026-05-10", "2026-12-31", 1),
         ("2026-12-31", "2026-12-31", 1), ("2026-01-01", "2028-06-01", 2)],
    )  # fmt: skip
    def test_ends_of_years_are_counted_with_both_days(self, first, last, count):
        assert count_year_ends(date.fromisoformat(first), date.fromisoformat(last), 1) == count

    @pytest.mark.parametrize(
        ("first", "last", "months"),
        [("2026-01-31", "2026-02-28", 1), ("2026-01-31", "2026-02-27", 0),
         ("2024-02-29", "2025-02-28", 12), ("2026-05-10", "2026-05-09", -1),
         ("2026-05-10", "2026-06-09", 0)],
    )  # fmt: skip
    def test_months_pass_with_the_calendar(self, first, last, months):
        assert whole_months(date.fromisoformat(first), date.fromisoformat(last)) == months
