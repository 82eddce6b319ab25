"""The small office of verdicts.json as a register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.models import Location
from tests.support.register import add_asset, add_location, add_person


def add_vector_office(session: Session, office: dict[str, Any], *, now: datetime) -> None:
    """Add the locations, people and assets of the vectors to an empty register."""
    places: dict[str, Location] = {}
    for row in office["locations"]:
        parent = places.get(row["parent"])
        places[row["code"]] = add_location(
            session, row["code"], row["name"], parent=parent, now=now
        )
    for row in office["people"]:
        add_person(session, row["number"], row["name"], badge=row["badge"], now=now)
    for row in office["assets"]:
        place = places[row["location"]]
        add_asset(
            session,
            row["tag"],
            name=row["name"],
            location=place,
            home=place,
            serial=row["serial"],
            identifiers=[tuple(code) for code in row.get("codes", ())],
            now=now,
        )
