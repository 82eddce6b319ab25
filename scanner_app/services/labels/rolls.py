"""Rolls of blank labels: made, printed, withdrawn."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.labels.blanks import MAX_ROLL, PREFIX, BlankState, draw_blanks
from scanner_app.models import BlankLabel, Identifier, LabelRoll

CHUNK = 500


def make_roll(session: Session, *, prefix: str, count: int, actor: str, now: datetime) -> int:
    """Make a roll of blank labels with codes that nothing has, and return its id.

    :raises Invalid: the prefix or the count cannot be used.
    """
    errors: dict[str, list[str]] = {}
    if not PREFIX.fullmatch(prefix):
        errors["prefix"] = ["Use 1 to 6 capital letters or digits, and a hyphen at the end."]
    if not 1 <= count <= MAX_ROLL:
        errors["count"] = [f"Use a number from 1 to {MAX_ROLL:,}."]
    if errors:
        raise Invalid("That roll cannot be made.", errors=errors)
    roll = LabelRoll(prefix=prefix, count=count, made_at=now, made_by=actor, printed_at=None)
    session.add(roll)
    session.flush()
    # With 800 million numbers, a thousand labels meet one that is taken about once in a century.
    codes: dict[str, None] = {}
    while len(codes) < count:
        drawn = draw_blanks(prefix, count - len(codes), secrets.randbelow)
        taken = _find_taken(session, drawn)
        codes |= dict.fromkeys(code for code in drawn if code not in taken)
    rows = [
        {"code": code, "roll_id": roll.id, "position": position, "state": BlankState.FREE}
        for position, code in enumerate(codes, start=1)
    ]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(BlankLabel), rows[start : start + CHUNK])
    return roll.id


def _find_taken(session: Session, codes: list[str]) -> set[str]:
    taken: set[str] = set()
    for start in range(0, len(codes), CHUNK):
        part = codes[start : start + CHUNK]
        taken.update(session.scalars(select(BlankLabel.code).where(BlankLabel.code.in_(part))))
        taken.update(session.scalars(select(Identifier.value).where(Identifier.value.in_(part))))
    return taken


def note_printed(session: Session, roll_id: int, *, now: datetime) -> None:
    """Record that a roll was printed."""
    session.execute(update(LabelRoll).where(LabelRoll.id == roll_id).values(printed_at=now))


def withdraw(session: Session, *, code: str) -> None:
    """Withdraw a label that was spoilt or lost before anybody used it.

    :raises Conflict: it is not free.
    """
    done = session.execute(
        update(BlankLabel)
        .where(BlankLabel.code == code, BlankLabel.state == BlankState.FREE)
        .values(state=BlankState.VOID)
    )
    if not done.rowcount:  # type: ignore[attr-defined] # a cursor's result has it
        raise Conflict(f"{code} is not a free label.", code="label_not_free")
