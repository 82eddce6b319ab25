"""An office with devices and people that licences are given to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Asset
from scanner_app.services.licences.fields import read_licence
from scanner_app.services.licences.seats import give_seat
from scanner_app.services.licences.software import Installed, record_software
from scanner_app.services.licences.write import add_licence
from tests.custody.steps import START
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

SAM = Actor("user", 1, "Sam Stock", Role.STOCKROOM, user_id=1)
TODAY = date(2026, 11, 29)
PRODUCT = "Drawing Studio"


def buy(session: Session, **values: str) -> str:
    """Add a licence and return its tag."""
    form = {
        "product": PRODUCT,
        "metric": "device",
        "unit_price": "49.00",
        "currency": "EUR",
        **values,
    }
    asset_id = add_licence(
        session,
        fields=read_licence(form),
        record={"asset_tag": form.get("asset_tag", "")},
        actor=SAM,
        now=START,
    )
    return session.get_one(Asset, asset_id).asset_tag


def fill_scenario_17(session: Session) -> dict[str, Any]:
    """L1 50 seats to 2026-12-31, L2 25 perpetual; 70 assigned, 82 installed, 66 both."""
    room = add_location(session, "R-1", "Room", now=START)
    devices = [
        add_asset(session, f"PC-{number:03}", location=room, now=START) for number in range(1, 88)
    ]
    buy(session, asset_tag="L1", seats="50", starts_on="2025-01-01", ends_on="2026-12-31")
    buy(session, asset_tag="L2", seats="25", starts_on="2024-01-01")
    # The first 70 have a seat; the last 82 of the first 86 have it installed: 66 are both.
    for index, id_ in enumerate(devices[:70]):
        tag = "L1" if index < 50 else "L2"
        give_seat(session, asset_tag=tag, holder=("asset_id", id_), actor=SAM, now=START)
    for index, id_ in enumerate(devices[4:86], start=4):
        used = TODAY - timedelta(days=91) if 10 <= index < 22 else TODAY - timedelta(days=90)
        record_software(
            session,
            asset_id=id_,
            products=[Installed(" drawing  STUDIO ", last_used_on=used)],
            source="intune",
            today=TODAY,
        )
    return {"devices": devices}


def fill_small(session: Session) -> None:
    room = add_location(session, "R-1", "Room", now=START)
    for number in range(1, 6):
        add_asset(session, f"PC-{number}", location=room, now=START)
        add_person(session, f"100{number}", f"Person {number}", now=START)
    session.flush()
    buy(session, asset_tag="LIC-1", seats="2", min_free="1")


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    if "scenario" in request.fixturenames:
        return fill_scenario_17
    return fill_small if "office" in request.fixturenames else None


@pytest.fixture
def scenario(filled: Any) -> Any:
    return filled


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


@pytest.fixture
def later() -> datetime:
    return datetime(2026, 11, 29, 9, tzinfo=UTC)
