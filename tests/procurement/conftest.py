"""An office that has ordered ten laptops and ten docks, and the ways to receive and to book."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.queries.procurement.deliveries import DeliveryRow, get_delivery
from scanner_app.queries.procurement.orders import OrderRow, get_order
from scanner_app.services.procurement.booking import Tags, book_delivery
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.orders import add_order, step_order
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.stock.items import create_item
from scanner_app.storage.database import reading, unit_of_work
from tests.procurement.buying import ALICE, LAPTOP, NOW, ORDER
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

TODAY = date(2026, 11, 29)


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=NOW)
    store = add_location(session, "ST", "Stockroom", parent=site, now=NOW)
    dana = add_person(session, "1004", "Dana Reed", now=NOW)
    add_asset(
        session,
        "LT-001",
        serial="SN-KNOWN",
        location=store,
        custodian=dana,
        status=Stage.IN_USE,
        now=NOW,
    )
    values = {"name": "Toner", "stock_class": "consumable", "code": "TONER"}
    create_item(session, values=values, now=NOW)
    values = {"number": ORDER, "supplier": "Example IT", "currency": "EUR"}
    add_order(session, values=values, actor=ALICE, now=NOW)
    for line in (
        {"model": "Book 14", "manufacturer": "Maker", "model_code": LAPTOP, "quantity": 10}
        | {"unit_price_cents": 1_200_00, "warranty_months": 36},
        {"model": "Dock 5", "model_code": "DOCK-5", "quantity": 10, "unit_price_cents": 150_00},
    ):
        save_line(session, number=ORDER, values={"kind": "hardware", **line}, actor=ALICE, now=NOW)
    step_order(
        session,
        number=ORDER,
        wanted=OrderState.PLACED,
        reason="",
        today=TODAY,
        actor=ALICE,
        now=NOW,
    )


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


class Desk:
    """A delivery of the order, and what people do with it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.number = self.do(
            start_delivery, order_number=ORDER, location="ST", key="a", actor=ALICE, now=NOW
        )
        self.clock = NOW

    def do(self, call: Any, **values: Any) -> Any:
        with self.app.app_context(), unit_of_work() as session:
            return call(session, **values)

    def make(self, code: str, **fields: Any) -> NewScan:
        self.clock += timedelta(seconds=1)
        fields = {"task": self.number, "device": "phone", **fields}
        return NewScan(uuid.uuid4(), code, Intent.RECEIVE, self.clock, **fields)

    def send(self, *scans: NewScan, actor: Any = ALICE, now: datetime | None = None) -> list[Any]:
        with self.app.app_context(), unit_of_work() as session:
            at = now or self.clock + timedelta(seconds=1)
            return record_scans(session, scans=scans, actor=actor, now=at)

    def scan(self, *codes: str, **fields: Any) -> list[Any]:
        return self.send(*(self.make(code, **fields) for code in codes))

    def undo(self, scan: NewScan) -> Any:
        self.clock += timedelta(seconds=1)
        void = NewScan(uuid.uuid4(), scan.code, Intent.VOID, self.clock, voids=scan.scan_id)
        return self.send(void)[0]

    def book(self, first: str = "NEW-001") -> int:
        return self.do(
            book_delivery,
            number=self.number,
            tags=Tags(first),
            today=TODAY,
            actor=ALICE,
            now=self.clock + timedelta(minutes=1),
        )

    def load(self) -> DeliveryRow:
        with self.app.app_context(), reading() as session:
            return get_delivery(session, self.number)

    def order(self) -> OrderRow:
        with self.app.app_context(), reading() as session:
            return get_order(session, ORDER)


@pytest.fixture
def delivery(app, office) -> Desk:
    return Desk(app)
