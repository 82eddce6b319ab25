"""What became of requests, known assets, orders and suppliers, as their history tells it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from scanner_app.domain.procurement.deliveries import ReceiptDecision
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.models import Asset, Expense, Supplier
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import get_order
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.orders import change_order
from scanner_app.services.procurement.receipts import decide_receipts
from scanner_app.services.procurement.suppliers import save_supplier
from scanner_app.storage.database import reading
from tests.procurement.buying import ALICE, LAPTOP, NOW, ORDER, TOM
from tests.procurement.test_requests import ask, order, session, state_of, step

__all__ = ["session"]


def test_a_request_is_done_when_its_pieces_are_booked(delivery):
    def make(session: Any) -> str:
        asked = ask(session, quantity=2, estimate_cents=400_00)
        number = order(session, asked, model_code=LAPTOP)
        step(session, number, OrderState.PLACED)
        return f"{asked} {number}"

    asked, number = delivery.do(make).split()
    delivery.number = delivery.do(
        start_delivery, order_number=number, location="ST", key="b", actor=ALICE, now=NOW
    )
    delivery.scan(LAPTOP, "R-1", "R-2")
    delivery.book()
    with delivery.app.app_context():
        with reading() as session:
            assert state_of(session, int(asked)) == "fulfilled"
            order_id = get_order(session, number).id
            steps = [one.facts.label for one in list_events(session, BuyingKind.ORDER, order_id)]
    assert steps == ["Delivery booked", "Delivery started", "Placed", "Line added", "Added"]


def test_a_known_asset_that_is_accepted_is_not_paid_twice(delivery):
    def price(session: Any) -> None:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
        asset.purchase_cost_cents, asset.currency = 1_100_00, "EUR"

    delivery.do(price)
    delivery.scan(LAPTOP, "SN-KNOWN", "N-1")
    [known] = [one for one in delivery.load().receipts if one.is_difference]
    delivery.do(
        decide_receipts, number=delivery.number, ids=[known.id],
        decision=ReceiptDecision.ACCEPT, reason="Came back", line=None, as_new=False,
        actor=ALICE, now=NOW,
    )  # fmt: skip
    delivery.book()
    assert delivery.order().spent_cents == 1_200_00

    def read(session: Any) -> tuple[int | None, int]:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
        paid = session.scalars(select(Expense).where(Expense.asset_id == asset.id)).all()
        return asset.purchase_cost_cents, len(paid)

    assert delivery.do(read) == (1_100_00, 0)


def test_orders_and_suppliers_say_who_changed_what(session):
    change_order(session, number=ORDER, values={"notes": "Call first"}, actor=TOM, now=NOW)
    change_order(session, number=ORDER, values={"notes": "Call first"}, actor=TOM, now=NOW)
    newest, *older = list_events(session, BuyingKind.ORDER, get_order(session, ORDER).id)
    assert (newest.actor_name, newest.changes) == ("Tom", [["notes", "", "Call first"]])
    assert [one.facts.label for one in older] == ["Placed", "Line added", "Line added", "Added"]
    supplier = session.scalars(select(Supplier).where(Supplier.name == "Example IT")).one()
    values = {"name": "Example IT", "roles": ["vendor"], "contact": "a@example.org"}
    save_supplier(session, values=values, actor=TOM, now=NOW, supplier_id=supplier.id)
    newest, first = list_events(session, BuyingKind.SUPPLIER, supplier.id)
    assert newest.changes == [["contact", "", "a@example.org"]]
    assert first.facts.label == "Added"
