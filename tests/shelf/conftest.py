"""A small office, and someone in it with a camera."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.shelf.steps import START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location


@pytest.fixture
def client(page_as, reads_pictures):
    return page_as("technician")


def fill_office(session: Session) -> None:
    """Two laptops in Room 101, one recorded in Room 102; nobody knows PAT-9."""
    site = add_location(session, "HQ", "Head office", now=START)
    one = add_location(session, "R-101", "Room 101", parent=site, now=START)
    two = add_location(session, "R-102", "Room 102", parent=site, now=START)
    add_asset(session, "LT-001", location=one, now=START)
    add_asset(session, "LT-002", location=one, now=START)
    add_asset(session, "LT-003", location=two, now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled
