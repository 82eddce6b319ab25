"""A small office to scan in."""

from __future__ import annotations

import pytest

from tests.scanning.steps import START
from tests.support.register import add_asset, add_location, add_person


@pytest.fixture
def office(work):
    """Two rooms, two people, three laptops; Ana (1001) and Bob (1002)."""
    with work() as session:
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
