"""Sizes and allocation, by published tables and by their definition."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner_app.domain.audits.sampling.distributions import hypergeometric_at_most
from scanner_app.domain.audits.sampling.sizes import (
    Acceptance,
    Stratum,
    allocate,
    size_by_value,
    size_to_accept,
    size_to_estimate,
)

AT_95 = Fraction(95, 100)
AT_90 = Fraction(90, 100)


def percent(number: int) -> Fraction:
    return Fraction(number, 100)


class TestSizeToEstimate:
    @pytest.mark.parametrize(
        ("population", "size"), [(100, 80), (500, 218), (1000, 278), (10_000, 370)]
    )
    def test_is_that_of_krejcie_and_morgan_rounded_up(self, population, size):
        assert size == size_to_estimate(
            population, margin=percent(5), expected=percent(50), confidence=AT_95
        )

    def test_needs_fewer_where_the_rate_is_low(self):
        size = size_to_estimate(1500, margin=percent(2), expected=percent(3), confidence=AT_95)

        assert size == 236

    def test_of_nothing_is_nothing(self):
        assert size_to_estimate(0, margin=percent(5), expected=percent(50), confidence=AT_95) == 0


class TestSizeToAccept:
    @pytest.mark.parametrize(
        ("population", "with_none", "with_one"),
        [(1500, 58, 91), (100, 45, 65), (5000, 59, 93), (100_000, 59, 93)],
    )
    def test_shows_five_percent_with_none_or_one_wrong(self, population, with_none, with_one):
        sizes = [
            size_to_accept(population, tolerable=percent(5), confidence=AT_95, allowed=allowed).size
            for allowed in (0, 1)
        ]

        assert sizes == [with_none, with_one]

    @pytest.mark.parametrize(("population", "size"), [(50, 18), (100, 20), (200, 21), (1500, 22)])
    def test_rejects_lots_of_ten_percent_with_ninety_percent(self, population, size):
        found = size_to_accept(population, tolerable=percent(10), confidence=AT_90)

        assert found == Acceptance(size, 0)

    @pytest.mark.parametrize(
        ("confidence", "tolerable", "expected", "size", "allowed"),
        [
            (AT_95, 5, 0, 59, 0),
            (AT_95, 5, 1, 93, 1),
            (AT_95, 5, 2, 181, 4),
            (AT_95, 10, 0, 29, 0),
            (AT_95, 2, 0, 149, 0),
            (AT_90, 5, 0, 45, 0),
            (AT_90, 5, 1, 77, 1),
            (AT_90, 5, 2, 132, 3),
        ],
    )
    def test_of_a_large_population_is_that_of_the_printed_tables(
        self, confidence, tolerable, expected, size, allowed
    ):
        found = size_to_accept(
            1_000_000,
            tolerable=percent(tolerable),
            confidence=confidence,
            expected=percent(expected),
        )

        assert found == Acceptance(size, allowed)

    def test_counts_everything_where_no_sample_can_show_it(self):
        found = size_to_accept(40, tolerable=percent(5), confidence=AT_95, expected=percent(20))

        assert found.size == 40

    @settings(max_examples=60)
    @given(st.integers(1, 300), st.integers(1, 30), st.integers(0, 3))
    def test_is_the_smallest_that_is_large_enough(self, population, tolerable, allowed):
        found = size_to_accept(
            population, tolerable=percent(tolerable), confidence=AT_95, allowed=allowed
        )
        marked = -(-population * tolerable // 100)

        def risk(size: int) -> float:
            return hypergeometric_at_most(allowed, population, marked, size)

        assert found.size == population or risk(found.size) <= 0.05
        assert found.size == 1 or risk(found.size - 1) > 0.05


class TestAllocate:
    def test_takes_more_where_more_is_expected_wrong(self):
        strata = [
            Stratum("laptops", 300, percent(2)),
            Stratum("monitors", 450, percent(5)),
            Stratum("phones", 750, percent(10)),
        ]

        assert allocate(150, strata) == {"laptops": 17, "monitors": 40, "phones": 93}

    @given(
        st.integers(0, 500),
        st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100)), min_size=1, max_size=6),
    )
    def test_takes_the_size_and_at_least_two_and_never_more_than_there_are(self, size, parts):
        strata = [
            Stratum(str(number), members, percent(rate))
            for number, (members, rate) in enumerate(parts)
        ]
        taken = allocate(size, strata)
        least = sum(min(2, s.members) for s in strata)
        whole = sum(s.members for s in strata)

        assert all(min(2, s.members) <= taken[s.name] <= s.members for s in strata)
        assert min(size, whole) <= sum(taken.values()) <= max(size, 0) + least


class TestSizeByValue:
    @pytest.mark.parametrize(("expected_cents", "size"), [(27_722_00, 94), (0, 60)])
    def test_is_what_a_hand_computes(self, expected_cents, size):
        assert size == size_by_value(
            2_500_000_00,
            tolerable_cents=125_000_00,
            expected_cents=expected_cents,
            confidence=AT_95,
        )

    def test_is_refused_where_what_is_expected_leaves_nothing(self):
        with pytest.raises(ValueError, match="too near"):
            size_by_value(100_00, tolerable_cents=16_00, expected_cents=10_00, confidence=AT_95)
