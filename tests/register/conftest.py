"""Two rooms and two people."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.register.steps import START
from tests.support.databases import Fill
from tests.support.register import add_location, add_person


def fill_office(session: Session) -> Any:
    """Two rooms and two people, by their names here: room1, room2, ana, bob (ids)."""
    return {
        "room1": add_location(session, "R-1", "Room 1", now=START).id,
        "room2": add_location(session, "R-2", "Room 2", now=START).id,
        "ana": add_person(session, "1001", "Ana", now=START).id,
        "bob": add_person(session, "1002", "Bob", now=START).id,
    }


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled
