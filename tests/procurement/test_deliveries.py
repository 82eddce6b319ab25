"""Deliveries: received by scans, decided, booked (scenarios 3, 4 and 5 of the life of an asset)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.procurement.deliveries import ReceiptDecision, ReceiptState
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.models import Asset, Expense, Receipt, StockLevel, StockMove
from scanner_app.services.procurement.deliveries import cancel_delivery
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.orders import step_order
from scanner_app.services.procurement.receipts import decide_receipts, set_label
from scanner_app.storage.database import reading, unit_of_work
from tests.procurement.buying import ALICE, DOCK, LAPTOP, NOW, ORDER, TOM
from tests.procurement.conftest import TODAY

BY: dict[str, Any] = {"actor": ALICE, "now": NOW}

DOCKS = [f"DK{number:03d}" for number in range(1, 12)]
LAPTOPS = [f"PF{number:03d}" for number in range(1, 9)]


def unpack(delivery) -> list:
    """Receive eleven docks and nine laptops, one of which is registered; one is scanned twice."""
    return delivery.scan(DOCK, *DOCKS, LAPTOP, *LAPTOPS, LAPTOPS[0], "SN-KNOWN")


def decide(delivery, state: ReceiptState, decision: str, reason: str = "", **more) -> None:
    ids = [one.id for one in delivery.load().receipts if one.state is state]
    delivery.do(
        decide_receipts,
        number=delivery.number,
        ids=ids,
        decision=ReceiptDecision(decision),
        reason=reason,
        actor=ALICE,
        now=delivery.clock,
        **more,
    )


def read(app, statement):
    with app.app_context(), reading() as session:
        return session.scalar(statement)


def test_differences_wait_and_booking_makes_assets_and_expenses(app, delivery):
    order = delivery.order()
    assert order.committed_cents == 13_500_00
    answers = unpack(delivery)
    again = next(one for one in answers if one.answer == "already_scanned")
    assert "already" in again.message
    received = delivery.load()
    by_line = {line.position: line.count for line in received.lines}
    assert (by_line[1].received, by_line[2].received, by_line[2].over) == (8, 10, 1)
    states = Counter(one.state.value for one in received.receipts)
    assert states == {"received": 18, "over": 1, "already_registered": 1}
    [known] = [one for one in received.receipts if one.state is ReceiptState.ALREADY_REGISTERED]
    assert (known.asset_tag, known.holder) == ("LT-001", "Dana Reed")

    with pytest.raises(Conflict) as refused:
        delivery.book()
    assert refused.value.code == "undecided_receipts"
    decide(delivery, ReceiptState.OVER, "return")
    decide(delivery, ReceiptState.ALREADY_REGISTERED, "leave_out")
    assert delivery.book() == 18

    order = delivery.order()
    assert [line.count.open for line in order.lines] == [2, 0]
    assert (order.spent_cents, order.committed_cents) == (11_100_00, 2_400_00)
    new = select(func.count(Asset.id)).where(Asset.asset_tag.startswith("NEW-"))
    assert read(app, new.where(Asset.status == "in_stock")) == 18
    with app.app_context(), reading() as session:
        laptop = session.scalars(select(Asset).where(Asset.serial_number == "PF001")).one()
        assert (laptop.purchase_cost_cents, laptop.warranty_months) == (1_200_00, 36)
        assert (laptop.supplier, laptop.order_number) == ("Example IT", ORDER)
        dana = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
        assert dana.custodian_id is not None, "what is left out stays with its holder"


def test_what_is_over_raises_its_line_once_accepted_and_is_booked_once(app, delivery):
    delivery.scan(DOCK, *DOCKS)
    with pytest.raises(Invalid):
        decide(delivery, ReceiptState.OVER, "accept")
    decide(delivery, ReceiptState.OVER, "accept", "The supplier gave us one more")
    assert delivery.book() == 11
    line = delivery.order().lines[1]
    assert (line.count.ordered, line.spent_cents) == (11, 1_650_00)
    with pytest.raises(Conflict) as refused:
        delivery.book()
    assert refused.value.code == "already_booked"
    assert read(app, select(func.count(Asset.id)).where(Asset.asset_tag != "LT-001")) == 11


@pytest.mark.either_database
def test_a_decision_that_is_made_again_leaves_nothing_of_the_one_before(app, delivery):
    delivery.scan(LAPTOP, "SN-KNOWN", "5901234123457", "ODD-1")
    known, odd = ReceiptState.ALREADY_REGISTERED, ReceiptState.UNORDERED
    decide(delivery, odd, "accept", "It will do", line=1)
    decide(delivery, odd, "return")
    decide(delivery, known, "accept", "Another maker's", as_new=True)
    decide(delivery, known, "accept", "It is the one that Dana had")

    positions = {one.state: one.position for one in delivery.load().receipts}
    assert positions == {known: 1, odd: None}
    assert delivery.book() == 0
    assert read(app, select(Asset.status).where(Asset.asset_tag == "LT-001")) == "in_stock"
    assert read(app, select(func.count(Asset.id)).where(Asset.serial_number == "SN-KNOWN")) == 1


def test_two_phones_make_one_receipt_and_an_undo_works_until_booking(app, delivery):
    first = [delivery.make(DOCK, device="a"), delivery.make("DK001", device="a")]
    second = [delivery.make(DOCK, device="b"), delivery.make("DK001", device="b")]
    delivery.send(*first)
    assert delivery.send(*second)[1].answer == "already_scanned"
    assert len(delivery.load().receipts) == 1
    assert delivery.undo(first[1]).outcome == "applied"
    assert len(delivery.load().receipts) == 1, "the other phone found it too"
    delivery.undo(second[1])
    assert delivery.load().receipts == ()

    [again] = delivery.send(kept := delivery.make("DK001", device="b"))
    assert again.outcome == "noted"
    delivery.book()
    undone = delivery.undo(kept)
    assert (undone.outcome, undone.refusal) == ("refused", "task_not_open")
    assert len(delivery.load().receipts) == 1
    late = delivery.scan("DK002")[0]
    assert late.refusal == "task_not_open"
    assert [one.code for one in delivery.load().late] == ["DK002"]


def test_a_scan_that_comes_again_changes_nothing(delivery):
    scans = [delivery.make(DOCK), delivery.make("DK001")]
    delivery.send(*scans)
    assert [one.status for one in delivery.send(*scans)] == ["repeated", "repeated"]
    assert len(delivery.load().receipts) == 1


@pytest.mark.either_database
class TestWhatAScanIs:
    def test_a_serial_number_without_a_box_before_it_asks_for_the_line(self, delivery):
        assert delivery.scan("DK001")[0].refusal == "line_required"
        assert delivery.scan("DK001", line=2)[0].outcome == "noted"
        assert delivery.scan("DK002", line=7)[0].refusal == "unknown_line"

    def test_a_message_with_product_and_serial_number_needs_no_box(self, delivery):
        delivery.scan("010400638133393121SN12345")
        [one] = delivery.load().receipts
        assert (one.serial, one.position) == ("SN12345", 1)

    def test_a_product_that_nobody_ordered_waits_for_a_line(self, delivery):
        delivery.scan("5901234123457", "AB1")
        [one] = delivery.load().receipts
        assert (one.state, one.serial) == (ReceiptState.UNORDERED, "AB1")
        with pytest.raises(Invalid) as refused:
            decide(delivery, ReceiptState.UNORDERED, "accept", "Fits too")
        assert "line" in refused.value.errors
        decide(delivery, ReceiptState.UNORDERED, "accept", "Fits too", line=2)
        assert delivery.book() == 1

    def test_a_role_without_it_is_refused(self, delivery):
        answer = delivery.send(delivery.make(DOCK), actor=TOM)[0]
        assert answer.refusal == "not_your_role"

    def test_what_is_damaged_waits_for_a_decision(self, delivery):
        delivery.scan(DOCK)
        delivery.scan("DK001", condition="damaged")
        with pytest.raises(Conflict) as refused:
            delivery.book()
        assert refused.value.code == "undecided_receipts"

    def test_a_label_that_something_has_is_refused(self, delivery):
        delivery.scan(DOCK)
        assert delivery.scan("DK001", label="LT-001")[0].refusal == "label_taken"
        delivery.scan("DK001", label="NEW-7")
        assert delivery.scan("DK002", label="new-7")[0].refusal == "label_taken"
        delivery.scan("DK002")
        [first, second] = delivery.load().receipts
        with pytest.raises(Conflict):
            delivery.do(set_label, number=delivery.number, receipt_id=second.id, label=first.label)
        delivery.book()
        assert [one.asset_tag for one in delivery.load().receipts] == ["NEW-7", "NEW-001"]


def test_pieces_are_counted_and_become_stock_and_one_expense(app, delivery):
    values = {"kind": "stock", "stock_item": "TONER", "quantity": 5, "unit_price_cents": 40_00}
    delivery.do(save_line, number=ORDER, values=values, actor=ALICE, now=NOW)
    delivery.scan("TONER")
    delivery.scan("TONER", quantity=4)
    delivery.scan("TONER")
    assert delivery.load().lines[2].count.over == 1
    decide(delivery, ReceiptState.OVER, "return")
    delivery.book()
    assert delivery.order().lines[2].spent_cents == 200_00
    assert read(app, select(StockLevel.quantity).where(StockLevel.quantity > 0)) == 5
    assert read(app, select(StockMove.order_number)) == ORDER
    assert read(app, select(Expense.asset_id).limit(1)) is None


@pytest.mark.either_database
def test_the_cost_of_delivery_is_shared_by_value_to_the_cent(app, delivery):
    with app.app_context(), unit_of_work() as session:
        from scanner_app.models import PurchaseOrder

        session.scalars(select(PurchaseOrder)).one().delivery_cents = 100_01
    delivery.scan(LAPTOP, *LAPTOPS[:3], DOCK, DOCKS[0])
    delivery.book()
    paid = select(func.sum(Expense.amount_cents)).where(Expense.kind == "delivery")
    # 3,750 of 13,500 came.
    assert read(app, paid) == 100_01 * 3_750 // 13_500


@pytest.mark.either_database
class TestAnOrder:
    def step(self, delivery, wanted: OrderState) -> None:
        delivery.do(
            step_order,
            number=ORDER,
            wanted=wanted,
            reason="",
            today=TODAY,
            actor=ALICE,
            now=delivery.clock,
        )

    def test_with_booked_pieces_is_closed_and_not_cancelled_or_lowered(self, delivery):
        delivery.scan(DOCK, *DOCKS[:3])
        delivery.book()
        with pytest.raises(Conflict) as refused:
            self.step(delivery, OrderState.CANCELLED)
        assert refused.value.code == "has_booked_items"
        line = {"kind": "hardware", "model": "Dock 5", "unit_price_cents": 150_00}
        fewer = {**line, "quantity": 2}
        with pytest.raises(Conflict) as refused:
            delivery.do(save_line, number=ORDER, position=2, values=fewer, **BY)
        assert refused.value.code == "has_booked_items"
        cheaper = {**line, "quantity": 5, "unit_price_cents": 100_00}
        delivery.do(save_line, number=ORDER, position=2, values=cheaper, **BY)
        found = delivery.order().lines[1]
        assert (found.spent_cents, found.committed_cents) == (450_00, 200_00)
        self.step(delivery, OrderState.CLOSED)

    def test_without_booked_pieces_can_be_cancelled_and_its_delivery_then_not_booked(
        self, delivery
    ):
        delivery.scan(DOCK, DOCKS[0])
        self.step(delivery, OrderState.CANCELLED)
        with pytest.raises(Conflict) as refused:
            delivery.book()
        assert refused.value.code == "no_such_step"
        delivery.do(
            cancel_delivery, number=delivery.number, reason="", actor=ALICE, now=delivery.clock
        )
        assert delivery.load().state.value == "cancelled"


def test_a_booking_that_fails_leaves_nothing(app, delivery):
    delivery.scan(DOCK, *DOCKS[:2])
    delivery.scan("DK900", label="NEW-1")
    with app.app_context(), unit_of_work() as session:
        # Somebody else registers the label meanwhile.
        receipt = session.scalars(select(Receipt).where(Receipt.label == "NEW-1")).one()
        receipt.label = "LT-001"
    with pytest.raises(Conflict) as refused:
        delivery.book()
    assert refused.value.code == "label_taken"
    assert read(app, select(func.count(Asset.id))) == 1
    assert read(app, select(func.count(Expense.id))) == 0
    assert delivery.load().state.value == "open"
