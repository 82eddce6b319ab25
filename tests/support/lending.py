"""A kit and a reservation with the longest names, and the addresses of their pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.edge.stockroom.extensions import write_extension_path
from scanner_app.edge.stockroom.links import write_link_path
from scanner_app.models import Custody, Handover, HandoverLink
from scanner_app.services.stockroom.booking.book import book, keep_draft
from scanner_app.services.stockroom.booking.order import Booking
from scanner_app.services.stockroom.kits import add_piece, create_kit

NUMBER = "R-2026-000001"
DRAFT = "R-2026-000002"
LENDING_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    ("/kits/<path:tag>",): [{"tag": "KIT-0001"}],
    ("/kits/<path:tag>/code.svg",): [],  # a picture
    ("/reservations/<string:number>",): [{"number": NUMBER}, {"number": DRAFT}],
    ("/reservations/<string:number>/edit",): [{"number": DRAFT}],
}


def fill_lending(session: Session, name: str, *, now: datetime) -> None:
    """Add a kit of one asset, reserve it for two days from tomorrow, and write a draft of it."""
    create_kit(session, {"name": f"Kit {name}"}, now=now)
    add_piece(session, "KIT-0001", code="LT-010", now=now)
    clerk = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)
    day = timedelta(days=1)
    values = {"person": "1001", "starts_at": now + day, "ends_at": now + 3 * day}
    values |= {"things": [{"code": "KIT-0001"}], "note": name}
    booking = Booking(clerk, now.replace(year=2026), "UTC", TagRules())
    assert book(session, values, booking) == NUMBER
    assert keep_draft(session, values, booking) == DRAFT


def sample_links(session: Session, *, now: datetime) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return the addresses of links to people without an account: to accept, and to extend."""
    made = session.execute(select(HandoverLink.id, Handover.handover_id).join(Handover)).one()
    loan = session.scalars(select(Custody).where(Custody.ended_at.is_(None)).limit(1)).one()
    paths = {
        "/accept/<token>": write_link_path(made.id, made.handover_id),
        "/extend/<token>": write_extension_path(
            loan.asset_id, loan.person_id, loan.due_at or now, written_at=now
        ),
    }
    return {(rule,): [{"token": path.rpartition("/")[2]}] for rule, path in paths.items()}
