"""A small office to count."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from tests.audits.steps import START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_office(session: Session) -> None:
    """Two rooms of one site with three laptops each; one retired; one at another site."""
    site = add_location(session, "HQ", "Head office", now=START)
    one = add_location(session, "R-1", "Room 1", parent=site, now=START)
    two = add_location(session, "R-2", "Room 2", parent=site, now=START)
    shelf = add_location(session, "R-1-S", "Shelf", parent=one, now=START)
    away = add_location(session, "AWAY", "Other site", now=START)
    ana = add_person(session, "1001", "Ana", now=START)
    add_person(session, "1002", "Bob", now=START)
    for n in (1, 2, 3):
        add_asset(session, f"A-{n}", location=one, cost=100_00 * n, now=START)
        add_asset(session, f"B-{n}", location=two, cost=50_00, custodian=ana, now=START)
    add_asset(session, "OLD-1", location=one, status=Stage.RETIRED, now=START)
    add_asset(session, "FAR-1", location=away, now=START)
    del shelf


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled
