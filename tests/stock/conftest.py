"""A stockroom with two locations, two people, a laptop and three stock items."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.services.stock.items import CodeInput, create_item
from tests.stock.steps import START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_stockroom(session: Session) -> dict[str, int]:
    site = add_location(session, "HQ", "Head office", now=START)
    store = add_location(session, "R-STORE", "Stockroom", parent=site, now=START)
    lab = add_location(session, "R-LAB", "Lab", parent=site, now=START)
    add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
    add_person(session, "1002", "Bob Brook", now=START)
    add_asset(session, "LT-001", location=store, home=store, now=START)
    toner = {"name": "Toner black", "stock_class": "consumable", "unit": "cartridge"}
    mouse = {"name": "Mouse", "stock_class": "accessory"}
    memory = {"name": "Memory 16 GB", "stock_class": "component"}
    box = CodeInput("4006381333931", 10)
    return {
        "store": store.id,
        "lab": lab.id,
        "toner": create_item(session, values={**toner, "codes": [box]}, now=START),
        "mouse": create_item(session, values=mouse, now=START),
        "memory": create_item(session, values=memory, now=START),
    }


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_stockroom if "stockroom" in request.fixturenames else None


@pytest.fixture
def stockroom(filled: Any) -> dict[str, int]:
    return filled


@pytest.fixture
def clerk() -> Actor:
    return Actor("user", 1, "Sam Stock", Role.STOCKROOM, user_id=1)
