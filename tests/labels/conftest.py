"""An office with what is labelled. SQLite alone: printing reads three plain selects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.support import on_both
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

database = on_both.database


def fill_office(session: Session) -> None:
    room = add_location(session, "R-101", "Room 101", now=NOW)
    ana = add_person(session, "1001", "Ana Alves", badge="B-77", now=NOW)
    for number in (1, 2):
        add_asset(session, f"LT-{number}", name=f"Laptop {number}", location=room, now=NOW)
    add_asset(session, "LT-3", name="Laptop 3", custodian=ana, now=NOW)
    add_asset(session, "LT-9", name="^XZ~JA", now=NOW, identifiers=[("giai", "952114142")])


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


@pytest.fixture
def office(filled: Any) -> Any:
    return filled
