"""Two rooms and two people."""

from __future__ import annotations

import pytest

from tests.register.steps import START
from tests.support.register import add_location, add_person


@pytest.fixture
def office(work):
    """Two rooms and two people, by their names here: room1, room2, ana, bob (ids)."""
    with work() as session:
        return {
            "room1": add_location(session, "R-1", "Room 1", now=START).id,
            "room2": add_location(session, "R-2", "Room 2", now=START).id,
            "ana": add_person(session, "1001", "Ana", now=START).id,
            "bob": add_person(session, "1002", "Bob", now=START).id,
        }
