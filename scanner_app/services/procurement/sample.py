"""Suppliers and orders of the sample office: one order is on its way, another one is a draft."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.services.procurement.asking.write import add_request
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.lines import save_line
from scanner_app.services.procurement.orders import add_order, step_order
from scanner_app.services.procurement.suppliers import NewScheme, save_supplier

ORDER, DRAFT = "PO-3340", "PO-3341"
LAPTOPS = {
    "kind": "hardware",
    "model": "ThinkPad T14 Gen 5",
    "manufacturer": "Lenovo",
    "model_code": "0197532012345",
    "quantity": 5,
    "unit_price_cents": 1_549_00,
    "warranty_months": 36,
}
DOCKS = {
    "kind": "hardware",
    "model": "ThinkPad USB-C Dock",
    "manufacturer": "Lenovo",
    "quantity": 5,
    "unit_price_cents": 219_00,
    "warranty_months": 12,
}
# The first one waits for two approvals; the second one needs none.
NEEDS = (
    {
        "title": "Laptops for new colleagues",
        "quantity": 10,
        "justification": "Ten people begin next month.",
        "estimate_cents": 12_000_00,
    },
    {
        "title": "Desk lamps",
        "quantity": 4,
        "justification": "The meeting room is dark.",
        "estimate_cents": 200_00,
    },
)


def fill_sample_orders(session: Session, *, place: str, actor: Actor, now: datetime) -> None:
    """Add the suppliers and the orders.

    :param place: the code of the location at which things arrive.
    """
    today = now.date()
    _add_suppliers(session, today, actor, now)
    for number, promised in ((ORDER, timedelta(days=5)), (DRAFT, timedelta(days=30))):
        values = {
            "number": number,
            "supplier": "Bechtle",
            "currency": "EUR",
            "promised_on": today + promised,
            "delivery_cents": 25_00,
        }
        add_order(session, values=values, actor=actor, now=now)
        for line in (LAPTOPS, DOCKS):
            save_line(session, number=number, values=line, actor=actor, now=now)
    step_order(
        session,
        number=ORDER,
        wanted=OrderState.PLACED,
        reason="",
        today=today,
        actor=actor,
        now=now,
    )
    for need in NEEDS:
        add_request(session, values=need, base="EUR", today=today, actor=actor, now=now)
    start_delivery(session, order_number=ORDER, location=place, key="sample", actor=actor, now=now)


def _add_suppliers(session: Session, today: date, actor: Actor, now: datetime) -> None:
    for values in (
        {"name": "Bechtle", "roles": ["vendor", "repairer"], "contact": "sales@example.org"},
        {
            "name": "Green Recycling Ltd",
            "roles": ["recycler"],
            "contact": "pickup@example.org",
            "schemes": [NewScheme("R2v3", "R2-10442", today + timedelta(days=200))],
        },
    ):
        save_supplier(session, values=values, actor=actor, now=now)
