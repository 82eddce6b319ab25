"""A small office with a counter: twelve laptops in stock, three people."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Category
from tests.scanning.steps import START
from tests.stockroom.steps import add_terms
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_counter(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=START)
    store = add_location(session, "R-STORE", "Stockroom", parent=site, now=START)
    add_location(session, "R-101", "Room 101", parent=site, now=START)
    add_person(session, "1001", "Dana Reyes", badge="B-77", email="dana@example.org", now=START)
    add_person(session, "1002", "Bob Brook", badge="B-78", now=START)
    add_person(session, "1003", "Cleo Cho", badge="B-79", now=START)
    for number in range(1, 13):
        add_asset(
            session, f"LT-{number:03}", location=store, home=store, serial=f"SN-{number}", now=START
        )


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_counter if "counter" in request.fixturenames else None


@pytest.fixture
def counter(filled: Any) -> Any:
    return filled


@pytest.fixture
def office(counter, work):
    """Laptops in three categories, each with terms of its own."""
    with work() as session:
        for n, name in enumerate(("Laptops", "Phones", "Cameras")):
            category = Category(name=name)
            session.add(category)
            session.flush()
            tags = [f"LT-{number:03}" for number in range(1 + n * 4, 5 + n * 4)]
            for asset in session.scalars(select(Asset).where(Asset.asset_tag.in_(tags))):
                asset.category_id = category.id
            add_terms(
                session, f"{name}, use", f"Handle {name} with care.\n\nBring them back.", name
            )
