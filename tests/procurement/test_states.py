"""States of orders, deliveries and receipts, written out by hand, and sums to the cent."""

from __future__ import annotations

import pytest

from scanner_app.domain.procurement.deliveries import (
    DELIVERY_STATES,
    DELIVERY_STEPS,
    RECEIPT_DECISIONS,
    RECEIPT_STATES,
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
    delivery_state,
    fit_into,
    must_decide,
)
from scanner_app.domain.procurement.orders import (
    LINE_KINDS,
    ORDER_STATES,
    ORDER_STEPS,
    LineKind,
    OrderState,
    share_by_weight,
)

ORDERS = {
    "draft": "placed cancelled",
    "placed": "closed cancelled",
    "closed": "placed",
    "cancelled": "",
}
DELIVERIES = {"open": "booked cancelled", "booked": "", "cancelled": ""}


@pytest.mark.parametrize(
    ("written", "steps", "states"),
    [(ORDERS, ORDER_STEPS, OrderState), (DELIVERIES, DELIVERY_STEPS, DeliveryState)],
)
def test_steps_are_those_of_the_written_tables(written, steps, states):
    for state in states:
        for wanted in states:
            assert (wanted in steps[state]) == (wanted.value in written[state.value].split())


def test_each_member_has_its_row():
    for rows, members in (
        (ORDER_STATES, OrderState),
        (LINE_KINDS, LineKind),
        (DELIVERY_STATES, DeliveryState),
        (RECEIPT_STATES, ReceiptState),
        (RECEIPT_DECISIONS, ReceiptDecision),
    ):
        assert set(rows) == set(members)
    assert {delivery_state(row.task) for row in DELIVERY_STATES.values()} == set(DeliveryState)


def test_what_differs_or_is_damaged_is_decided():
    decided = {state for state in ReceiptState if must_decide(state, is_damaged=False)}
    assert decided == set(ReceiptState) - {ReceiptState.RECEIVED}
    assert all(must_decide(state, is_damaged=True) for state in ReceiptState)


@pytest.mark.parametrize(
    ("open_pieces", "quantities", "fit"),
    [(2, [1, 1, 1], "++-"), (0, [1], "-"), (5, [3, 3, 2], "+-+"), (5, [], "")],
)
def test_what_comes_first_fits(open_pieces, quantities, fit):
    states = fit_into(open_pieces, quantities)
    assert "".join("+" if one is ReceiptState.RECEIVED else "-" for one in states) == fit


@pytest.mark.parametrize(
    ("cents", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [2, 1], [67, 34]),
        (5, [0, 0], [3, 2]),
        (0, [7], [0]),
        (9, [], []),
    ],
)
def test_shares_add_up_to_the_cent(cents, weights, shares):
    assert share_by_weight(cents, weights) == shares
