"""Licences of the sample office: seats of people, and one that has none left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.services.licences.fields import read_licence
from scanner_app.services.licences.seats import give_seat
from scanner_app.services.licences.write import add_licence

LICENCES = (
    ("Microsoft 365 E3", 100, 80, "36.00"),
    ("JetBrains All Products Pack", 15, 15, "24.90"),
    ("Adobe Creative Cloud", 10, 6, "61.99"),
)
# What the examples of the API count from.
SAMPLE_SEATS = sum(given for _, _, given, _ in LICENCES)


def fill_sample_licences(
    session: Session, *, people: Sequence[int], actor: Actor, now: datetime
) -> None:
    """Add the licences and give their seats.

    :param people: ids, of whom the first ones get seats.
    """
    today = now.date()
    for number, (product, seats, given, price) in enumerate(LICENCES, start=1):
        fields = read_licence(
            {
                "product": product,
                "seats": str(seats),
                "min_free": "2",
                "starts_on": str(today - timedelta(days=200)),
                "ends_on": str(today + timedelta(days=165)),
                "unit_price": price,
                "currency": "EUR",
            }
        )
        tag = f"LIC-{number:04}"
        record = {"asset_tag": tag, "supplier": "Bechtle"}
        add_licence(session, fields=fields, record=record, actor=actor, now=now)
        for person in people[:given]:
            holder = ("person_id", person)
            give_seat(session, asset_tag=tag, holder=holder, actor=actor, now=now)
