"""Requests without a database: states, coverage, the score of quotes, and sums of budgets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from scanner_app.domain.costs.rates import Rate, Rates
from scanner_app.domain.procurement.budgets import Amount, Usage, add_up, is_running
from scanner_app.domain.procurement.events import BUYING_STEPS, BuyingStep, list_changes
from scanner_app.domain.procurement.quotes import Offer, rank, say_score, score_offers
from scanner_app.domain.procurement.requests import (
    APPROVALS,
    PURPOSES,
    REQUEST_STATES,
    REQUEST_STEPS,
    ApprovalDecision,
    Coverage,
    Purpose,
    RequestState,
)

WRITTEN = {
    "draft": "submitted cancelled",
    "submitted": "approved rejected draft cancelled",
    "approved": "ordered fulfilled cancelled",
    "ordered": "fulfilled approved cancelled",
    "rejected": "draft",
    "fulfilled": "",
    "cancelled": "",
}
TODAY = date(2026, 11, 29)


def test_steps_are_those_of_the_written_table():
    for state in RequestState:
        for wanted in RequestState:
            stands = wanted.value in WRITTEN[state.value].split()
            assert (wanted in REQUEST_STEPS[state]) == stands


def test_each_member_has_its_row():
    for rows, members in (
        (REQUEST_STATES, RequestState),
        (PURPOSES, Purpose),
        (APPROVALS, ApprovalDecision),
        (BUYING_STEPS, BuyingStep),
    ):
        assert set(rows) == set(members)


@pytest.mark.parametrize(
    ("coverage", "left", "state"),
    [
        (Coverage(10), 10, "approved"),
        (Coverage(10, from_stock=3), 7, "approved"),
        (Coverage(10, from_stock=3, coming=7), 0, "ordered"),
        (Coverage(10, from_stock=3, coming=2, booked=5), 0, "ordered"),
        (Coverage(10, booked=10), 0, "fulfilled"),
        (Coverage(10, booked=12), 0, "fulfilled"),
        (Coverage(10, booked=4), 6, "approved"),
    ],
)
def test_a_request_is_where_its_pieces_are(coverage, left, state):
    assert (coverage.left, coverage.state.value) == (left, state)


def test_quotes_are_scored_as_written():
    offers = [
        Offer(12_000_00, 4, 36, 8),
        Offer(11_000_00, 3, 24, 24),
        Offer(13_500_00, 5, 36, 4),
    ]
    a, b, c = score_offers(offers)
    assert (a.price, a.quality, a.warranty, a.service) == (3667, 2400, 1500, 750)
    assert (b.price, b.quality, b.warranty, b.service) == (4000, 1800, 1000, 250)
    assert (c.price, c.quality, c.warranty, c.service) == (3259, 3000, 1500, 1500)
    assert [say_score(one.total) for one in (a, b, c)] == ["83.17", "70.50", "92.59"]
    assert rank([a, b, c]) == [2, 0, 1]


def test_a_value_that_is_missing_scores_nothing():
    assert [one.total for one in score_offers([Offer(None), Offer(100)])] == [0, 4000]
    assert score_offers([]) == []
    assert rank(score_offers([Offer(100), Offer(100)])) == [0, 1]


def test_an_amount_without_a_rate_is_left_out_and_counted():
    rates = Rates("EUR", {"USD": [Rate(TODAY, Decimal("1.08"))]})
    unknown: dict[str, int] = {}
    amounts = [
        Amount(100_00, "USD", TODAY),
        Amount(5_000_00, "JPY", TODAY),
        Amount(1_00, "EUR", TODAY),
    ]
    assert add_up(amounts, "EUR", rates, unknown) == 93_59
    assert unknown == {"JPY": 1}
    # Another currency than the organisation's is reached by no rate.
    assert add_up(amounts, "USD", rates, unknown) == 100_00
    assert unknown == {"JPY": 2, "EUR": 1}


def test_left_is_neither_committed_nor_spent_and_free_not_reserved_either():
    usage = Usage(10_000, reserved=3_000, committed=2_000, spent=6_000)
    assert (usage.left, usage.free) == (2_000, -1_000)
    assert is_running(TODAY, TODAY, TODAY)
    assert not is_running(TODAY, TODAY, date(2026, 11, 30))


def test_only_what_differs_is_kept_of_a_change():
    before = {"name": "A", "roles": ["vendor"], "ends_on": None}
    after = {"name": "A", "roles": ["vendor", "cloud"], "ends_on": TODAY}
    assert list_changes(before, after) == [
        ["roles", "vendor", "vendor, cloud"],
        ["ends on", "", "2026-11-29"],
    ]
