"""Programmes, the rounds that they made, and the locations that a rolling one knows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.programmes.schedule import Every
from scanner_app.models.base import Base, JSONType, enum_column


class AuditProgramme(Base):
    """What makes audits again and again.

    :ivar owner_key: who saved it last: a person (``user:5``), or a token that nobody owns
        (``token:9``). Null in rows of older versions that such a token saved.
    :ivar sample, policy, scope, counts: as `domain.audits.programmes.plan` reads them.
    :ivar next_on: the day of the next round.
    :ivar problem: why the round that is due could not be made, in words.
    """

    __tablename__ = "audit_programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    every: Mapped[Every] = mapped_column(enum_column(Every, "every", is_checked=False))
    anchor_on: Mapped[date]
    period_days: Mapped[int]
    days_to_count: Mapped[int | None]
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sample: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_blind: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_on: Mapped[date]
    is_paused: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str | None] = mapped_column(Text)
    owner_key: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (UniqueConstraint("name"),)


class ProgrammeRound(Base):
    """One round: the audit that a programme made for one time, once.

    :ivar audit_id: None where a rolling programme had nothing to count.
    :ivar places: what a rolling round took, as `[location id, class, assets]`.
    :ivar taken: how many assets those are.
    :ivar asked: what was asked for from this round to the next, in assets times days.
    """

    __tablename__ = "programme_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("audit_programme.id"))
    period_key: Mapped[str]
    due_on: Mapped[date]
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    skipped: Mapped[int] = mapped_column(default=0)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    places: Mapped[list[Any]] = mapped_column(JSONType, default=list)
    taken: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (UniqueConstraint("programme_id", "period_key"), UniqueConstraint("audit_id"))


class ProgrammePlace(Base):
    """A location that a rolling programme knows, and when it counts as counted before its first."""

    __tablename__ = "programme_place"

    programme_id: Mapped[int] = mapped_column(ForeignKey("audit_programme.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), primary_key=True
    )
    joined_at: Mapped[datetime]
    counted_as_of: Mapped[datetime]
