"""SQLite alone, but for what the database itself decides."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Identifier
from tests.support import on_both
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person
from tests.tags.enrol import OTHER, START

database = on_both.database


def fill_office(session: Session) -> None:
    room = add_location(session, "R-101", "Room 101", now=START)
    add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
    for number in (1, 2):
        add_asset(session, f"LT-{number}", name="Dell Latitude", location=room, now=START)
    add_asset(session, "LT-9", now=START, identifiers=[("epc", OTHER)])


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


@pytest.fixture
def codes_of(work):
    def find(tag: str) -> set[tuple[str, str]]:
        with work() as session:
            rows = session.execute(
                select(Identifier.scheme, Identifier.value)
                .join(Asset, Asset.id == Identifier.asset_id)
                .where(Asset.asset_tag == tag, Identifier.ended_at.is_(None))
                .where(Identifier.scheme.not_in(("tag", "serial")))
            )
            return {tuple(row) for row in rows}

    return find
