"""Parts and cost of a repair (scenario 7 of the life of an asset)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Expense, Location, StockLevel, Task
from scanner_app.queries.stock.items import get_item_id, load_cards
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import START, make

EVE = Actor("user", 1, "Eve", Role.ADMIN, user_id=1)


@pytest.fixture
def repair(app, desk, post):
    """A maintenance that runs, and three fans of 75.00 in the stockroom."""
    with app.app_context(), unit_of_work() as session:
        values = {
            "name": "Fan",
            "stock_class": "component",
            "code": "FAN",
            "unit_cost_cents": 75_00,
            "currency": "EUR",
        }
        create_item(session, values=values, now=START)
        card = load_cards(session, [get_item_id(session, "FAN")]).popitem()[1]
        place = session.scalars(select(Location.id).where(Location.code == "ST")).one()
        order = Order(START, START, EVE, scan_id=uuid.uuid4())
        receive(session, card, quantity=3, place_id=place, order=order)
    scan = make("LT-1", "repair", minute=60)
    post(scan)
    with app.app_context(), reading() as session:
        number = f"M{session.scalars(select(Task.id)).one()}"
    return scan, number


def read(app):
    with app.app_context(), reading() as session:
        costs = [
            (one.kind.value, one.amount_cents, one.currency, one.task_id)
            for one in session.scalars(select(Expense).order_by(Expense.id))
        ]
        levels = sorted(session.scalars(select(StockLevel.quantity)))
    return costs, levels


def test_a_part_leaves_the_stock_and_labour_is_paid_once_each(app, admin, post, repair):
    scan, number = repair
    part = {"uuid": str(uuid.uuid4()), "part": "FAN", "quantity": "1", "from": "ST"}
    cost = {"uuid": str(uuid.uuid4()), "amount": "105.00", "currency": "EUR"}

    for _ in range(2):  # a post that comes twice
        assert admin.post(f"/tasks/{number}/parts", data=part).status_code == 303
        assert admin.post(f"/tasks/{number}/costs", data=cost).status_code == 303
    page = admin.get(f"/tasks/{number}").text
    task_id = int(number[1:])
    [undone] = post(
        make("LT-1", "void", minute=70, voids=scan.scan_id), now=datetime(2027, 1, 1, tzinfo=UTC)
    )

    costs, levels = read(app)
    assert costs == [
        ("part", 75_00, "EUR", task_id),
        ("maintenance", 105_00, "EUR", task_id),
    ]  # together the 180.00 of the scenario
    assert levels == [1, 2]  # one is in the laptop, two are left
    assert "75.00 EUR" in page
    assert "105.00 EUR" in page
    assert undone.refusal == "task_has_work"


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("parts", {"part": "FAN", "quantity": "4", "from": "ST"}, 409),
        ("parts", {"part": "FAN", "quantity": "-1", "from": "ST"}, 422),
        ("parts", {"part": "FAN", "quantity": "9" * 30, "from": "ST"}, 422),
        ("parts", {"part": "NOPE", "quantity": "1", "from": "ST"}, 422),
        ("parts", {"part": "FAN", "quantity": "1", "from": "NOPE"}, 422),
        ("costs", {"amount": "1.234,56"}, 422),
        ("costs", {"amount": "-5"}, 422),
        ("costs", {"amount": "5.001"}, 422),
        ("costs", {"amount": "1", "currency": "euro"}, 422),
    ],
)
@pytest.mark.either_database
def test_what_cannot_be_booked_is_refused_and_changes_nothing(
    app, admin, repair, path, data, status
):
    _scan, number = repair

    answered = admin.post(f"/tasks/{number}/{path}", data=data)

    assert answered.status_code == status
    assert read(app) == ([], [3])
