"""The bound on the value that is wrong, by printed factors and by simulation."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from scanner_app.domain.audits.sampling.distributions import poisson_factor
from scanner_app.domain.audits.sampling.drawing import Candidate, Seed, draw_by_value
from scanner_app.domain.audits.sampling.intervals import Conclusion, conclude
from scanner_app.domain.audits.sampling.monetary import estimate_value

AT_95 = Fraction(95, 100)
# 93 drawn of 2,500,000.
INTERVAL = Fraction(2_500_000_00, 93)


class TestPoissonFactor:
    @pytest.mark.parametrize(
        ("confidence", "factors"),
        [
            (0.95, [2.996, 4.744, 6.296, 7.754, 9.154, 10.513]),
            (0.90, [2.303, 3.890, 5.322, 6.681]),
        ],
    )
    def test_is_the_printed_one(self, confidence, factors):
        found = [round(poisson_factor(k, confidence), 3) for k in range(len(factors))]

        assert found == factors


@pytest.mark.slow
class TestEstimateValue:
    @pytest.mark.parametrize(
        ("taints", "likely", "upper"),
        [([], 0, 80_530), (["1"], 26_882, 127_523), (["0.4", "1"], 37_634, 144_211)],
    )
    def test_is_what_a_hand_computes(self, taints, likely, upper):
        found = estimate_value(INTERVAL, [Fraction(taint) for taint in taints], AT_95)

        assert round(found.likely_cents / 100) == likely
        assert round(found.upper_cents / 100) == upper

    def test_does_not_show_what_one_missing_exceeds(self):
        none, one = (
            estimate_value(INTERVAL, [Fraction(1)] * missing, AT_95).upper_cents
            for missing in (0, 1)
        )

        assert conclude(0, none, 125_000_00) is Conclusion.SHOWN
        assert conclude(0, one, 125_000_00) is Conclusion.NOT_SHOWN

    def test_adds_what_is_certain(self):
        found = estimate_value(Fraction(100), [], AT_95, certain_cents=5000)

        assert (found.likely_cents, found.upper_cents) == (5000, 5300)

    def test_covers_the_truth_in_at_least_19_of_20_draws(self):
        world = random.Random(1)
        members = [Candidate(f"T-{i}", world.randint(50_00, 3000_00)) for i in range(150)]
        values = {member.tag: member.value_cents for member in members}
        missing = {member.tag for member in world.sample(members, 6)}
        truth = sum(values[tag] for tag in missing)

        held = 0
        for number in range(2000):
            drawn = draw_by_value(Seed(str(number), "0" * 64), members, 30)
            certain = sum(values[tag] for tag in drawn.certain if tag in missing)
            taints = [Fraction(1)] * len(missing & {*drawn.hit})
            interval = Fraction(drawn.left_cents, len(drawn.hit))
            bound = estimate_value(interval, taints, AT_95, certain_cents=certain)
            held += bound.upper_cents >= truth

        assert held >= 0.95 * 2000
