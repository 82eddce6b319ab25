"""The accuracy figures, by their definitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.audits.accuracy import Tally, ratio
from scanner_app.domain.audits.findings import FindingState

counts = st.dictionaries(
    st.sampled_from(list(FindingState)), st.tuples(st.integers(0, 10**6), st.integers(0, 10**15))
)


def tally_of(findings) -> Tally:
    tally = Tally()
    for state, (count, value) in findings.items():
        tally.add(state, count, value)
    return tally


class TestTally:
    @given(counts)
    def test_an_empty_denominator_is_not_applicable_and_never_a_hundred_percent(self, findings):
        tally = tally_of(findings)
        shown, figures = tally.show_counts(), tally.show_accuracy()
        seen = shown["verified"] + shown["misplaced"] + shown["unexpected"] + shown["unregistered"]

        assert (figures["existence"] is None) == (shown["expected"] == 0)
        assert (figures["location_accuracy"] is None) == (shown["expected"] == 0)
        assert (figures["register_completeness"] is None) == (seen == 0)

    @given(counts)
    def test_every_figure_is_a_share(self, findings):
        figures = tally_of(findings).show_accuracy()

        assert all(value is None or 0 <= value <= 1 for value in figures.values())
        if figures["existence"] is not None:
            assert figures["location_accuracy"] <= figures["existence"]

    def test_is_what_a_hand_computes(self):
        tally = tally_of(
            {
                FindingState.VERIFIED: (6, 600),
                FindingState.MISPLACED: (2, 100),
                FindingState.MISSING: (2, 300),
                FindingState.UNEXPECTED: (1, 50),
                FindingState.UNREGISTERED: (1, 0),
            }
        )

        assert tally.show_accuracy() == {
            "existence": 0.8,
            "location_accuracy": 0.6,
            "register_completeness": 0.9,
            "existence_by_value": 0.7,
            "location_accuracy_by_value": 0.6,
        }


class TestRatio:
    def test_rounds_to_six_places(self):
        assert ratio(1, 3) == 0.333333
