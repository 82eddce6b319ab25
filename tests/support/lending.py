"""A kit and a reservation with the longest names, and the addresses of their pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.services.stockroom.booking.book import Booking, book
from scanner_app.services.stockroom.kits import add_piece, create_kit

NUMBER = "R-2026-000001"
LENDING_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    ("/kits/<path:tag>",): [{"tag": "KIT-0001"}],
    ("/kits/<path:tag>/code.svg",): [],  # a picture
    ("/reservations/<string:number>",): [{"number": NUMBER}],
}


def fill_lending(session: Session, name: str, *, now: datetime) -> None:
    """Add a kit of one asset, and reserve it for two days from tomorrow."""
    create_kit(session, {"name": f"Kit {name}"}, now=now)
    add_piece(session, "KIT-0001", code="LT-010", now=now)
    clerk = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)
    day = timedelta(days=1)
    values = {"person": "1001", "starts_at": now + day, "ends_at": now + 3 * day}
    values |= {"things": [{"code": "KIT-0001"}], "note": name}
    number = book(session, values, Booking(clerk, now.replace(year=2026), "UTC", TagRules()))
    assert number == NUMBER
