"""Contracts of the sample office: support of the servers, and a lease that waits for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.services.contracts.coverage import cover
from scanner_app.services.contracts.fields import read_contract
from scanner_app.services.contracts.write import add_contract

SUPPORT = {
    "name": "Support of servers, four hours",
    "kind": "support",
    "supplier": "Bechtle",
    "notice_days": "90",
    "renewal": "tacit",
    "renewal_months": "12",
    "price": "4800.00",
    "currency": "EUR",
    "sla_response_hours": "4",
}
LEASE = {
    "name": "Lease of printers",
    "kind": "lease",
    "supplier": "Bechtle",
    "notice_days": "60",
    "renewal": "express",
    "price": "190.00",
    "period": "month",
    "currency": "EUR",
}


def fill_sample_contracts(
    session: Session,
    *,
    servers: Sequence[str],
    printers: Sequence[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Add the contracts.

    :param servers: the tags of what is under support; `printers` of what is leased.
    """
    today = now.date()
    for values, begun, ends, tags in (
        (SUPPORT, -500, 230, servers),
        (LEASE, -1000, 75, printers),
    ):
        days = {
            "starts_on": str(today + timedelta(days=begun)),
            "ends_on": str(today + timedelta(days=ends)),
        }
        fields = read_contract(session, {**values, **days})
        number = add_contract(session, fields=fields, actor=actor, now=now)
        cover(
            session,
            number=number,
            asset_tags=tags,
            from_on=None,
            until_on=None,
            actor=actor,
            now=now,
        )
