"""Designs by version, blank labels, labels that are asked for, printers and their jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.labels.blanks import BlankState
from scanner_app.domain.labels.jobs import JobState
from scanner_app.domain.labels.reasons import PrintReason
from scanner_app.models.base import Base, enum_column


class LabelDesign(Base):
    """A design that an admin made, for one kind of thing on one stock."""

    __tablename__ = "label_design"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    stock: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    # Of a design that is no longer offered. What was printed with it names it still.
    ended_at: Mapped[datetime | None]


class LabelDesignVersion(Base):
    """One version of a design as it was saved. Triggers refuse every UPDATE and DELETE."""

    __tablename__ = "label_design_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    design_id: Mapped[int] = mapped_column(ForeignKey("label_design.id"))
    version: Mapped[int]
    # Canonical JSON, and its hash.
    body: Mapped[str]
    sha256: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]

    __table_args__ = (UniqueConstraint("design_id", "version"),)


class LabelChoice(Base):
    """Which design is usual for a stock, a category, or both.

    `scope` names both in one text and is unique; `design` is the key of any design, also of one
    that comes with the program.
    """

    __tablename__ = "label_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(unique=True)
    stock: Mapped[str | None]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    design: Mapped[str]

    __table_args__ = (Index("ix_label_choice_category_id", "category_id"),)


class LabelRoll(Base):
    """Blank labels that were made together, to be printed before anybody knows what they go on."""

    __tablename__ = "label_roll"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str]
    count: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    printed_at: Mapped[datetime | None]


class BlankLabel(Base):
    """One label of a roll. From the scan that claims it on, its code is one of an asset's codes."""

    __tablename__ = "blank_label"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    roll_id: Mapped[int] = mapped_column(ForeignKey("label_roll.id"))
    position: Mapped[int]
    state: Mapped[BlankState] = mapped_column(
        enum_column(BlankState, "state"), default=BlankState.FREE
    )
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    claimed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("roll_id", "position"),
        Index("ix_blank_label_asset_id", "asset_id"),
        Index("ix_blank_label_claimed_by", "claimed_by"),
        CheckConstraint("(state = 'claimed') = (asset_id IS NOT NULL)", name="claimed_by_one"),
    )


class Printer(Base):
    """A label printer on the network that takes ZPL at a port."""

    __tablename__ = "printer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str]
    port: Mapped[int]
    dpi: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class LabelPrint(Base):
    """One print of the label of a thing: what it was printed with, by whom, and why.

    `code` is what the label said. `printer_id` is NULL for a file that somebody downloaded, and
    `design_version` for a design that comes with the program.
    """

    __tablename__ = "label_print"

    id: Mapped[int] = mapped_column(primary_key=True)
    printed_at: Mapped[datetime]
    printed_by: Mapped[str]
    kind: Mapped[str]
    code: Mapped[str]
    design: Mapped[str]
    design_version: Mapped[int | None]
    stock: Mapped[str]
    printer_id: Mapped[int | None] = mapped_column(ForeignKey("printer.id"))
    copies: Mapped[int]
    reason: Mapped[PrintReason] = mapped_column(
        enum_column(PrintReason, "reason", is_checked=False)
    )

    __table_args__ = (
        Index("ix_label_print_code", "code", "kind"),
        CheckConstraint("copies > 0", name="has_copies"),
    )


OPEN = text("ended_at IS NULL")


class LabelRequest(Base):
    """A label of an asset that somebody asked for. One is open for an asset at a time.

    `scan_id` is the scan that found the label unreadable, and `print_id` the print that ended it:
    NULL for one that was withdrawn.
    """

    __tablename__ = "label_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    note: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    scan_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    print_id: Mapped[int | None] = mapped_column(ForeignKey("label_print.id"))

    __table_args__ = (
        Index(
            "ix_label_request_open", "asset_id", unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        ),
        Index("ix_label_request_asset_id", "asset_id"),
        Index("ix_label_request_print_id", "print_id"),
        Index("ix_label_request_scan_id", "scan_id"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)"
            " AND (print_id IS NULL OR ended_at IS NOT NULL)",
            name="ends_by_somebody",
        ),
    )  # fmt: skip


class PrintJob(Base):
    """Labels on their way to a printer.

    `zpl` holds one line a label. A worker holds a job until `lease_until`; before the first label
    is sent, the state is `sending`, so that a job whose worker died is never sent twice.
    """

    __tablename__ = "print_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    printer_id: Mapped[int] = mapped_column(ForeignKey("printer.id"))
    state: Mapped[JobState] = mapped_column(enum_column(JobState, "state"))
    title: Mapped[str] = mapped_column(Text)
    zpl: Mapped[bytes] = mapped_column(LargeBinary)
    labels: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_print_job_state", "state", "printer_id", "id"),)
