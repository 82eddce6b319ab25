"""What a sample proves: published intervals, and how often bounds hold."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner_app.domain.audits.sampling.distributions import find_z, hypergeometric_at_most
from scanner_app.domain.audits.sampling.intervals import (
    Bounds,
    Conclusion,
    Group,
    bound_count,
    bound_count_above,
    bound_count_below,
    bound_share,
    bound_share_above,
    conclude,
    estimate_places,
    estimate_strata,
)

AT_95 = Fraction(95, 100)


class TestBoundCount:
    @pytest.mark.parametrize(
        ("population", "drawn", "found", "low", "high"),
        [
            (1500, 150, 3, 7, 83),
            (1500, 150, 9, 44, 162),
            (333, 93, 2, 2, 22),
            (1500, 59, 2, 7, 173),
            (60, 60, 7, 7, 7),
            (1, 1, 0, 0, 0),
        ],
    )
    def test_is_the_exact_one(self, population, drawn, found, low, high):
        assert bound_count(population, drawn, found, AT_95) == Bounds(low, high)

    @pytest.mark.parametrize(
        ("population", "drawn", "found", "upper"),
        [(1500, 150, 9, 150), (1500, 58, 0, 74)],
    )
    def test_is_lower_where_it_is_one_sided(self, population, drawn, found, upper):
        assert bound_count_above(population, drawn, found, AT_95) == upper

    def test_leaves_out_what_has_a_chance_of_exactly_the_risk(self):
        # One of 40 is drawn and fine: with 39 missing, the chance of that is one in forty.
        assert bound_count(40, 1, 0, AT_95) == Bounds(0, 38)

    def test_covers_the_truth_as_often_as_it_claims_whatever_the_truth(self):
        bounds = [bound_count(60, 20, found, AT_95) for found in range(21)]

        def coverage(truth: int) -> float:
            return math.fsum(
                math.comb(truth, k) * math.comb(60 - truth, 20 - k) / math.comb(60, 20)
                for k in range(max(0, truth - 40), min(20, truth) + 1)
                if bounds[k].low <= truth <= bounds[k].high
            )

        assert min(map(coverage, range(61))) == pytest.approx(0.957, abs=0.0005)

    @settings(max_examples=60)
    @given(st.data())
    def test_holds_all_numbers_that_fit_and_no_other(self, data):
        population = data.draw(st.integers(1, 120))
        drawn = data.draw(st.integers(1, population))
        found = data.draw(st.integers(0, drawn))
        bounds = bound_count(population, drawn, found, AT_95)

        # The definition, by whole numbers: both tails above half of the risk, one part in forty.
        ways = math.comb(population, drawn)
        fits = []
        for truth in range(found, population - drawn + found + 1):
            chances = [
                math.comb(truth, k) * math.comb(population - truth, drawn - k)
                for k in range(drawn + 1)
            ]
            if sum(chances[found:]) * 40 > ways and sum(chances[: found + 1]) * 40 > ways:
                fits.append(truth)
        assert fits == list(range(int(bounds.low), int(bounds.high) + 1))


class TestConclude:
    def test_shows_five_percent_with_none_of_58_missing_and_not_with_one(self):
        tolerable = Fraction(5, 100) * 1500
        none, one = (bound_count_above(1500, 58, found, AT_95) for found in (0, 1))

        assert none == 74
        assert conclude(0, none, tolerable) is Conclusion.SHOWN
        assert conclude(bound_count_below(1500, 58, 1, AT_95), one, tolerable) is (
            Conclusion.NOT_SHOWN
        )

    def test_refutes_what_even_the_lower_bound_exceeds(self):
        lower = bound_count_below(1500, 150, 30, AT_95)

        assert conclude(lower, bound_count_above(1500, 150, 30, AT_95), 75) is Conclusion.REFUTED


class TestBoundShare:
    @pytest.mark.parametrize(
        ("found", "drawn", "low", "high"),
        [
            (81, 263, 0.2527, 0.3676),
            (15, 148, 0.0578, 0.1617),
            (0, 20, 0, 0.1684),
            (1, 29, 0.0009, 0.1776),
            (20, 20, 1 - 0.1684, 1),
        ],
    )
    def test_is_that_of_newcombe_to_four_places(self, found, drawn, low, high):
        bounds = bound_share(found, drawn, AT_95)

        assert (round(bounds.low, 4), round(bounds.high, 4)) == (low, high)

    @pytest.mark.parametrize(
        ("drawn", "uppers"),
        [
            (65, [4.6, 7.1, 9.4, 11.5]),
            (100, [3.0, 4.7, 6.2, 7.6]),
            (125, [2.4, 3.8, 5.0, 6.1]),
        ],
    )
    def test_is_that_of_the_printed_table_where_it_is_one_sided(self, drawn, uppers):
        bounds = [bound_share_above(found, drawn, AT_95) for found in range(4)]

        assert [math.ceil(bound * 1000) / 10 for bound in bounds] == uppers


class TestEstimateStrata:
    def test_is_what_statistics_offices_print(self):
        found = estimate_strata([Group(300, 17, 0), Group(450, 40, 2), Group(750, 93, 7)], AT_95)

        assert round(found.share * 100, 2) == 5.26
        assert round(found.error * 100, 2) == 1.63
        assert found.effective == 150
        assert round(found.bounds.low * 100, 2) == 2.28
        assert round(found.bounds.high * 100, 2) == 10.15
        assert found.bounds.low < found.lower < found.share < found.upper < found.bounds.high

    def test_has_no_error_where_every_stratum_was_counted_in_full(self):
        found = estimate_strata([Group(4, 4, 1), Group(1, 1, 1)], AT_95)

        assert (found.share, found.error, found.effective) == (0.4, 0, 5)


class TestEstimatePlaces:
    def test_is_wider_than_if_all_things_were_of_one_place(self):
        places = [Group(0, 5, found) for found in (2, 1, *[0] * 10)]

        found = estimate_places(places, AT_95)

        assert round(found.share, 4) == 0.05
        assert round(found.effective, 1) == 30.5
        assert round(found.bounds.low * 100, 2) == 0.37
        assert round(found.bounds.high * 100, 1) == 19.5
        apart = bound_share(3, 60, AT_95)
        assert (round(apart.low * 100, 1), round(apart.high * 100, 1)) == (1.0, 13.9)


class TestDistributions:
    def test_have_the_normal_quantile_of_every_table(self):
        assert round(find_z(0.95), 6) == 1.959964

    @settings(max_examples=100)
    @given(st.integers(1, 200), st.data())
    def test_sum_hypergeometric_chances_as_whole_numbers_do(self, population, data):
        marked = data.draw(st.integers(0, population))
        drawn = data.draw(st.integers(0, population))
        found = data.draw(st.integers(-1, drawn + 1))
        ways = sum(
            math.comb(marked, k) * math.comb(population - marked, drawn - k)
            for k in range(min(found, drawn) + 1)
        )
        exact = Fraction(ways, math.comb(population, drawn))

        chance = hypergeometric_at_most(found, population, marked, drawn)

        assert chance == pytest.approx(float(exact), abs=1e-9)
