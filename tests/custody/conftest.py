"""An office for the tests of custody, and the door with a server's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import unit_of_work
from tests.custody.steps import ANA, START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_desk(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=START)
    store = add_location(session, "ST", "Stockroom 108", parent=site, now=START)
    add_location(session, "WS", "Workshop 106", parent=site, now=START)
    shelf = add_location(session, "ST-A", "Shelf A", parent=store, now=START)
    add_location(session, "DESK", "IT desk", now=START)
    add_person(session, "1001", "Ana Wagner", badge="B-77", now=START)
    add_person(session, "1002", "Bob Brook", now=START)
    for number in range(1, 5):
        add_asset(session, f"LT-{number}", location=store, home=store, now=START)
    add_asset(session, "LT-9", location=shelf, now=START)
    add_asset(session, "LOST", location=store, home=store, status=Stage.MISSING, now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_desk if "desk" in request.fixturenames else None


@pytest.fixture
def desk(filled: Any) -> Any:
    return filled


@pytest.fixture
def post(app, desk):
    """`post(scan, ...)` records scans by their server time, 10 s after the newest was made."""

    def send(*scans: NewScan, actor: Actor = ANA, now: datetime | None = None):
        with app.app_context(), unit_of_work() as session:
            at = now or max(s.scanned_at for s in scans) + timedelta(seconds=10)
            return record_scans(session, scans=list(scans), actor=actor, now=at)

    return send
