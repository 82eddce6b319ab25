"""The people of disposal, and the way of one medium through their hands."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.domain.seals.report import SigningKey
from scanner_app.models import Asset
from scanner_app.queries.disposal.consignments import get_certificate
from scanner_app.services.disposal.closing import close_consignment
from scanner_app.services.disposal.consignments import hand_over, open_consignment, sign_list
from scanner_app.services.disposal.sanitizations import (
    read_sanitization,
    record_sanitization,
    validate_sanitization,
    verify_sanitization,
)
from scanner_app.services.licences.seats import give_seat
from scanner_app.services.register.attachments import KeptFile
from scanner_app.services.seals.chain import Sealing
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import START, make
from tests.licences.conftest import buy

KEY = SigningKey.make()
TAGS = [f"OLD-{number:02}" for number in range(1, 13)]

ALICE = Actor(kind="user", id=11, name="Alice", role=Role.STOCKROOM, user_id=11)
TOM = Actor(kind="user", id=12, name="Tom", role=Role.TECHNICIAN, user_id=12)
BOB = Actor(kind="user", id=13, name="Bob", role=Role.APPROVER, user_id=13)
CAROL = Actor(kind="user", id=14, name="Carol", role=Role.AUDITOR, user_id=14)
ADA = Actor(kind="user", id=15, name="Ada", role=Role.ADMIN, user_id=15)

SSD = {
    "medium": "ssd",
    "technique": "block_erase",
    "classification": "confidential",
    "destination": "resale",
    "serial": "S1",
    "tool": "nvme-cli",
}
PASS = {"verification": "full", "result": "pass"}


def at(minute: float):
    return START + timedelta(minutes=minute)


def record(app, tag: str, *, minute: float, actor: Actor = TOM, **values: str) -> int:
    with app.app_context(), unit_of_work() as session:
        return record_sanitization(
            session,
            read_sanitization({**SSD, **values}),
            asset_tag=tag,
            uuid=uuid.uuid4(),
            actor=actor,
            now=at(minute),
        )


def verify(app, number: int, *, minute: float, actor: Actor = ALICE, **values: str):
    with app.app_context(), unit_of_work() as session:
        return verify_sanitization(
            session,
            {**PASS, **values},
            sanitization_id=number,
            actor=actor,
            now=at(minute),
        )


def validate(
    app,
    number: int,
    *,
    minute: float,
    actor: Actor = CAROL,
    is_accepted: bool = True,
    reason: str = "",
):
    with app.app_context(), unit_of_work() as session:
        return validate_sanitization(
            session,
            sanitization_id=number,
            is_accepted=is_accepted,
            reason=reason,
            actor=actor,
            now=at(minute),
        )


def erase(app, tag: str, *, minute: float, **values) -> int:
    """Erase a medium, verify it and accept it, as three people."""
    number = record(app, tag, minute=minute, **values)
    verify(app, number, minute=minute + 0.1)
    validate(app, number, minute=minute + 0.2)
    return number


CONSIGNMENT = {
    "method": "resale",
    "recipient": "Green IT",
    "carrier": "Van Ltd",
    "scheme": "R2v3",
    "scheme_number": "R2-77",
    "scheme_ends_on": "2027-05-01",
}
TAKEN = {"to_party": "Van Ltd", "person": "Vera Driver", "seals": "S-1", "weight": "21.5"}


def in_work(app, step, *args, **kwargs):
    """Call a service in a transaction, and return what it returns."""
    with app.app_context(), unit_of_work() as session:
        return step(session, *args, **kwargs)


def open_one(app, *, actor: Actor = ALICE, **values) -> str:
    number = in_work(
        app, open_consignment, {**CONSIGNMENT, **values}, uuid=uuid.uuid4(), actor=actor, now=at(0)
    )
    return f"C{number}"


def retire_and_erase(app, post, tags) -> None:
    post(*(make(tag, "retire", minute=1) for tag in tags), actor=ALICE)
    for tag in tags:
        erase(app, tag, minute=2, serial=f"DISK-{tag}")


def scan_all(post, number: str, tags, intent: str, *, minute: float):
    return post(*(make(tag, intent, minute=minute, task=number) for tag in tags), actor=ALICE)


def hand_out(app, post, number: str, tags) -> None:
    """Take a packed consignment to handed over: Bob signs, Alice scans it out."""
    in_work(app, sign_list, number, actor=BOB, now=at(10))
    scan_all(post, number, tags, "sighting", minute=11)
    in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(12))


PAPER = KeptFile(AttachmentKind.DOCUMENT, "ab" * 32, None, "application/pdf", "sale.pdf", 10)


def close(
    app,
    number: str,
    *,
    actor: Actor = CAROL,
    minute: float = 30,
    cost: str = "12.00",
    language: str = "en",
    **said: str,
):
    """Close a consignment, and return the number of its certificate."""
    return in_work(
        app,
        close_consignment,
        number,
        {"cost": cost, **said},
        organization="Example Ltd",
        currency="EUR",
        today=at(minute).date(),
        sealing=Sealing(actor, at(minute), KEY, "scanner-app test", language),
    )


def read_certificate(app, number: str) -> str:
    with app.app_context(), reading() as session:
        return get_certificate(session, number).text


def give_seats(session, tags) -> None:
    buy(session, asset_tag="L", seats="5")
    for id_ in session.scalars(select(Asset.id).where(Asset.asset_tag.in_(tags))):
        give_seat(session, asset_tag="L", holder=("asset_id", id_), actor=ALICE, now=START)
