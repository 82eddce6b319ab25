"""How far an asset is through its life, and what its page offers and tells."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.asset_page import CODE_LABELS, Shown, is_told, list_steps
from scanner_app.domain.months import add_months
from scanner_app.domain.register.life import measure_life
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.services.register.codes import ASSET_SCHEMES

TODAY = date(2026, 3, 2)


def measure(**known):
    values = {
        "bought": None,
        "cost_cents": None,
        "currency": None,
        "warranty_months": None,
        "ends": None,
    }
    return measure_life(**{**values, **known}, today=TODAY)


def test_shows_value_age_and_warranty_of_what_is_known():
    bars = measure(
        bought=date(2024, 3, 2), ends=date(2028, 3, 2), cost_cents=100_000, currency="EUR",
        warranty_months=36,
    )  # fmt: skip

    assert [(bar.label, bar.text) for bar in bars] == [
        ("Value, straight line", "500 of 1,000 EUR"),
        ("Age", "2 years of 4 years"),
        ("Warranty", "12 months left"),
    ]


def test_marks_what_is_over():
    bars = measure(bought=date(2020, 1, 1), ends=date(2024, 1, 1), warranty_months=24)

    assert [(bar.label, bar.is_over) for bar in bars] == [("Age", True), ("Warranty", True)]
    assert bars[1].text == "ended 4.2 years ago"


@given(
    bought=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    months=st.integers(1, 240),
    ends=st.none() | st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    cost=st.none() | st.integers(0, 10**9),
)
def test_no_bar_is_fuller_than_full(bought, months, ends, cost):
    for bar in measure(bought=bought, ends=ends, cost_cents=cost, warranty_months=months):
        assert 0 <= bar.share <= 1


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 5, 5), 24, date(2026, 5, 5)),
    ],
)
def test_a_month_later_stays_in_the_month(day, months, after):
    assert add_months(day, months) == after


@pytest.mark.parametrize(
    ("status", "first"),
    [("in_stock", "check_out"), ("in_use", "check_in"), ("missing", "check_in"), ("disposed", "")],
)
def test_offers_the_likely_step_first(status, first):
    assert [step.intent.value for step in list_steps(status)][:1] == ([first] if first else [])
    assert all(list_steps(stage.value) is not None for stage in Stage)


@pytest.mark.parametrize(
    ("event", "main", "everything"),
    [
        ({"kind": "scan", "intent": "check_out", "outcome": "applied"}, True, True),
        ({"kind": "scan", "intent": "lookup", "outcome": "noted"}, False, True),
        ({"kind": "scan", "intent": "move", "outcome": "refused"}, False, True),
        ({"kind": "scan", "intent": "move", "outcome": "applied", "is_undone": True}, False, True),
        ({"kind": "custody"}, False, True),
        ({"kind": "change"}, True, True),
        ({"kind": "finding"}, True, True),
    ],
)
def test_the_history_tells_each_event_once(event, main, everything):
    given_ = {"intent": None, "outcome": None, "is_undone": False, **event}

    assert is_told(Shown.TOLD, **given_) is main
    assert is_told(Shown.ALL, **given_) is everything


def test_names_every_scheme_of_an_asset_s_codes_in_words():
    assert set(CODE_LABELS) == ASSET_SCHEMES
