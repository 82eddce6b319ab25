"""The stockroom of the sample office: seven items with a believable past, two of them low."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.stock.items import AccountKind
from scanner_app.models import Location, Person
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.stock import moves
from scanner_app.services.stock.items import CodeInput, create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Holder
from scanner_app.services.stock.rules import set_rule

# name, class, category, maker, unit, supplier, its code, pack, price in cents, minimum, target,
# received, issued
ITEMS = (
    ("Toner black 26A", "consumable", "Toner", "HP", "cartridge", "Bechtle", "CF226A", 1, 8900,
     5, 20, 24, 20),
    ("USB-C charger 65 W", "accessory", "Charger", "Lenovo", "", "Bechtle", "4X20M26268", 1, 4200,
     10, 30, 40, 33),
    ("Mouse, wired", "accessory", "Mouse", "Logitech", "", "Bechtle", "910-001793", 10, 1290,
     10, 40, 60, 22),
    ("HDMI cable 2 m", "accessory", "Cable", "Hama", "", "Conrad", "200701", 5, 690, 5, 20, 30, 9),
    ("Memory 16 GB DDR5", "component", "Memory", "Kingston", "", "Conrad", "KVR56S46BS8", 1, 5400,
     2, 8, 10, 0),
    ("Batteries AA", "consumable", "Battery", "Varta", "box", "Conrad", "4106", 1, 950,
     3, 10, 12, 4),
    ("Label tape 12 mm", "consumable", "Toner", "Brother", "roll", "Conrad", "TZE-231", 5, 1490,
     None, None, 15, 6),
)  # fmt: skip
GTIN_OF_A_BOX = {"Mouse, wired": "5099206022386"}


def fill_sample_stock(
    session: Session, chance: random.Random, *, place: str, by: Actor, now: datetime
) -> None:
    """Add the items, receive them, and issue some to people over the last two months.

    :param chance: the same seed makes the same stock.
    :param place: the code of the stockroom.
    """
    place_id = session.scalars(select(Location.id).where(Location.code == place)).one()
    people = session.scalars(select(Person.id).order_by(Person.id)).all()
    start = now - timedelta(days=60)
    for name, stock_class, category, maker, unit, supplier, ref, pack, price, *numbers in ITEMS:
        least, target, received, issued = numbers
        values = {
            "name": name, "stock_class": stock_class, "category": category,
            "manufacturer": maker, "unit": unit, "supplier": supplier, "supplier_code": ref,
            "pack_quantity": pack, "unit_cost_cents": price, "currency": "EUR", "lead_days": 7,
        }  # fmt: skip
        box = GTIN_OF_A_BOX.get(name)
        codes = [CodeInput(box, pack)] if box else []
        item_id = create_item(session, values={**values, "codes": codes}, now=start)
        card = load_cards(session, [item_id])[item_id]
        order = Order(start, start, by, unit_cost_cents=price, currency="EUR")
        moves.receive(session, card, quantity=received or 0, place_id=place_id, order=order)
        if target is not None:
            set_rule(
                session, item_id=item_id, location_id=None, least=least, target=target, now=start
            )
        for _ in range(issued or 0):
            at = start + timedelta(minutes=chance.randrange(1, 59 * 24 * 60))
            holder = Holder(AccountKind.PERSON, chance.choice(people))
            order = Order(at, at, by)
            moves.issue(session, card, quantity=1, place_id=place_id, holder=holder, order=order)
