"""The people of disposal, and the way of one medium through their hands."""

from __future__ import annotations

import uuid
from datetime import timedelta

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.services.disposal.sanitizations import (
    read_sanitization,
    record_sanitization,
    validate_sanitization,
    verify_sanitization,
)
from scanner_app.storage.database import unit_of_work
from tests.custody.steps import START

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
