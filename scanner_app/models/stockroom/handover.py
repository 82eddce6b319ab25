"""Hand-overs: the sealed document, its lines and what happened to it. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.stockroom.handovers import (
    HandoverEventKind,
    HandoverKind,
    LineOutcome,
    Mode,
)
from scanner_app.models.base import Base, enum_column

OPEN = text("settled_at IS NULL")


class Counter(Base):
    """The last number that was given out, by the name of its series, such as `handover 2026`."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Handover(Base):
    """A document of things that changed hands: its exact sealed text, and what lists need of it.

    Triggers refuse every UPDATE and DELETE (migration 0022_handovers). Its state is computed from
    `HandoverEvent`.
    """

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Made by the page at the first scan: a request that comes again finds its first answer.
    handover_id: Mapped[UUID] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[HandoverKind] = mapped_column(enum_column(HandoverKind, "kind", is_checked=False))
    mode: Mapped[Mode] = mapped_column(enum_column(Mode, "mode", is_checked=False))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    clerk: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    fingerprint: Mapped[str]
    body: Mapped[str]
    body_sha256: Mapped[str]
    seal: Mapped[str]
    key_id: Mapped[str]

    __table_args__ = (Index("ix_handover_person_id", "person_id", "id"),)


class HandoverLine(Base):
    """One thing of a hand-over, as its scan ended."""

    __tablename__ = "handover_line"

    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scan_id: Mapped[UUID]
    # Null for a code that means no asset.
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[LineOutcome] = mapped_column(
        enum_column(LineOutcome, "outcome", is_checked=False)
    )
    refusal: Mapped[str | None]
    condition: Mapped[str | None]
    checklist: Mapped[dict[str, Any]] = mapped_column(default=dict)
    override: Mapped[list[str]] = mapped_column(default=list)

    __table_args__ = (
        UniqueConstraint("scan_id"),
        Index("ix_handover_line_asset_id", "asset_id"),
        CheckConstraint("quantity > 0", name="of_something"),
    )


class HandoverEvent(Base):
    """What happened to a hand-over after it was recorded, and who did it."""

    __tablename__ = "handover_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    at: Mapped[datetime]
    kind: Mapped[HandoverEventKind] = mapped_column(
        enum_column(HandoverEventKind, "kind", is_checked=False)
    )
    actor: Mapped[str]
    actor_name: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seal: Mapped[str | None]

    __table_args__ = (Index("ix_handover_event_handover_id", "handover_id", "id"),)


class HandoverLink(Base):
    """A link by which a person accepts or declines a hand-over on their own phone.

    Its secret is not kept: the service signs the id of this row. A link that ended (answered,
    withdrawn, replaced or too old) opens nothing but what was answered.
    """

    __tablename__ = "handover_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        # One link at most is open for a hand-over.
        Index(
            "uq_handover_link_open",
            "handover_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_handover_link_handover_id", "handover_id"),
    )


class ContestedScan(Base):
    """A scan whose answer does not hold: a person has to find out who has the thing.

    Either it was answered `applied` and a scan that arrived later came before it, or it belongs to
    a hand-over that was made without a network and the rules refuse it.
    """

    __tablename__ = "contested_scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(unique=True)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    # The scan whose arrival overturned it; its own id if it was refused when it came.
    cause: Mapped[UUID]
    refusal: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    settled_note: Mapped[str | None]

    __table_args__ = (
        Index("ix_contested_scan_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
    )
