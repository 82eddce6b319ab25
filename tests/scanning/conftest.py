"""A small office to scan in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.scanning.steps import START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_office(session: Session) -> None:
    """Two rooms, two people, three laptops; Ana (1001) and Bob (1002)."""
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R-101", "Room 101", parent=site, now=START)
    store = add_location(session, "R-STORE", "Stockroom", parent=site, now=START)
    add_person(session, "1001", "Ana Alves", badge="B-77", email="ana@example.org", now=START)
    add_person(session, "1002", "Bob Brook", now=START)
    for number in (1, 2, 3):
        add_asset(session, f"LT-{number:03}", location=store, home=store, now=START)
    add_asset(
        session,
        "LT-900",
        location=room,
        now=START,
        serial="SER-1",
        identifiers=[("alias", "OLD-900")],
    )


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled
