"""What an asset may use and what covers it: seats of licences, and the terms of contracts."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.contracts.events import CONTRACT_EVENTS, ContractStep
from scanner_app.models import Asset, Contract, ContractAsset, ContractEvent, Licence, Seat
from scanner_app.queries.register.life.event import Event

# What concerns each asset under a contract; the rest is told on the page of the contract.
_OF_ASSETS = frozenset(
    {ContractStep.NOTICE_GIVEN, ContractStep.ENDED, ContractStep.CANCELLED, ContractStep.RENEWED,
     ContractStep.ROLLED_OVER}
)  # fmt: skip


def list_rights(session: Session, asset_id: int) -> list[Event]:
    """Return the seats that an asset got and gave back, and the life of contracts over it."""
    return [*_seats(session, asset_id), *_contracts(session, asset_id)]


def _seats(session: Session, asset_id: int) -> list[Event]:
    """Return when each seat was given and taken; ids of begins are even, those of ends odd."""
    rows = session.execute(
        select(Seat, Licence.product, Asset.asset_tag)
        .join(Licence, Licence.asset_id == Seat.licence_id)
        .join(Asset, Asset.id == Licence.asset_id)
        .where(Seat.asset_id == asset_id)
    )
    events: list[Event] = []
    for seat, product, tag in rows:
        details = {"licence": tag, "path": f"/licences/{quote(tag, safe='')}"}
        given = f"Got a seat of {product} ({tag})."
        events.append(
            Event("seat", 2 * seat.id, seat.started_at, seat.given_by, given, details=details)
        )
        if seat.ended_at is not None:
            taken = f"Gave back its seat of {product} ({tag})."
            events.append(
                Event("seat", 2 * seat.id + 1, seat.ended_at, seat.taken_by, taken, details=details)
            )
    return events


def _contracts(session: Session, asset_id: int) -> list[Event]:
    """Return when contracts began to cover an asset, and what became of them while they did.

    Ids of the coverage are even, those of steps odd.
    """
    rows = session.execute(
        select(ContractAsset, Contract.number, Contract.name)
        .join(Contract, Contract.id == ContractAsset.contract_id)
        .where(ContractAsset.asset_id == asset_id)
    ).all()
    events: list[Event] = []
    covered = dict[str, ContractAsset]()
    for row, number, name in rows:
        covered.setdefault(number, row)
        details = {"contract": number, "path": f"/contracts/{quote(number, safe='')}"}
        message = f"Covered by {name} ({number}) from {row.from_on.isoformat()} on."
        events.append(
            Event("contract", 2 * row.id, row.added_at, row.actor_name, message, details=details)
        )
    steps = session.execute(
        select(ContractEvent, Contract.number, Contract.name, Contract.term)
        .join(Contract, Contract.id == ContractEvent.contract_id)
        .where(Contract.number.in_(covered), ContractEvent.kind.in_(_OF_ASSETS))
    )
    for step, number, name, term in steps:
        row = covered[number]
        until = row.until_on
        if step.at < row.added_at or (until is not None and step.at.date() > until):
            continue
        label = CONTRACT_EVENTS[ContractStep(step.kind)].label
        details = {"contract": number, "path": f"/contracts/{quote(number, safe='')}"}
        events.append(
            Event("contract", 2 * step.id + 1, step.at, step.actor_name,
                  f"{name} ({number}): {label.lower()}, term {term}.", details=details)
        )  # fmt: skip
    return events
