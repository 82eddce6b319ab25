"""Selects over rolls of blank labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.labels.blanks import BlankState
from scanner_app.models import Asset, BlankLabel, LabelRoll
from scanner_app.queries.labels.things import LabelledThing


@dataclass(frozen=True, slots=True)
class RollRow:
    """A roll, and how many of its labels are free, on an asset, or withdrawn."""

    id: int
    prefix: str
    count: int
    made_at: datetime
    made_by: str
    printed_at: datetime | None
    free: int
    claimed: int
    first: str
    last: str


def list_rolls(session: Session, *, limit: int, before: int | None = None) -> list[RollRow]:
    """Return the newest rolls.

    :param before: only rolls that are older than this one.
    """
    statement = select(LabelRoll).order_by(LabelRoll.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(LabelRoll.id < before)
    return _with_counts(session, list(session.scalars(statement)))


def get_roll(session: Session, roll_id: int) -> RollRow:
    """Return one roll.

    :raises NotFound: it does not exist.
    """
    roll = session.get(LabelRoll, roll_id)
    if roll is None:
        raise NotFound("That roll does not exist. Choose one from the list.")
    return _with_counts(session, [roll])[0]


def _with_counts(session: Session, rolls: list[LabelRoll]) -> list[RollRow]:
    counts = {
        (roll_id, state): count
        for roll_id, state, count in session.execute(
            select(BlankLabel.roll_id, BlankLabel.state, func.count())
            .where(BlankLabel.roll_id.in_([roll.id for roll in rolls]))
            .group_by(BlankLabel.roll_id, BlankLabel.state)
        )
    }
    ends = select(BlankLabel.roll_id, BlankLabel.position, BlankLabel.code).where(
        BlankLabel.roll_id.in_([roll.id for roll in rolls])
    )
    ends = ends.join(LabelRoll, LabelRoll.id == BlankLabel.roll_id).where(
        (BlankLabel.position == 1) | (BlankLabel.position == LabelRoll.count)
    )
    codes = {(roll_id, position): code for roll_id, position, code in session.execute(ends)}
    return [
        RollRow(
            roll.id,
            roll.prefix,
            roll.count,
            roll.made_at,
            roll.made_by,
            roll.printed_at,
            counts.get((roll.id, BlankState.FREE), 0),
            counts.get((roll.id, BlankState.CLAIMED), 0),
            codes.get((roll.id, 1), ""),
            codes.get((roll.id, roll.count), ""),
        )
        for roll in rolls
    ]


def list_blanks(session: Session, roll_id: int, *, first: int, last: int) -> list[LabelledThing]:
    """Return the labels of a roll by their positions, without those that were withdrawn."""
    codes = session.scalars(
        select(BlankLabel.code)
        .where(
            BlankLabel.roll_id == roll_id,
            BlankLabel.position.between(first, last),
            BlankLabel.state != BlankState.VOID,
        )
        .order_by(BlankLabel.position)
    )
    return [LabelledThing("blank", code, "") for code in codes]


@dataclass(frozen=True, slots=True)
class BlankRow:
    """One label of a roll, and the asset that it is on."""

    code: str
    state: BlankState
    asset_tag: str | None


def find_blank(session: Session, code: str) -> BlankRow | None:
    """Return the blank label with a code, None if no roll has it."""
    row = session.execute(
        select(BlankLabel.code, BlankLabel.state, Asset.asset_tag)
        .outerjoin(Asset, Asset.id == BlankLabel.asset_id)
        .where(BlankLabel.code == code)
    ).one_or_none()
    return None if row is None else BlankRow(row.code, row.state, row.asset_tag)
