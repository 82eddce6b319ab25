"""Jobs and the workers that run them; imports with the result of each row; files that jobs make."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.files.made import MadeState
from scanner_app.domain.jobs import WorkState
from scanner_app.models.base import Base, enum_column


class ImportRun(Base):
    """One uploaded file on its way into the register.

    States: uploaded, checking, checked, applying, applied, failed, cancelled. When the lease of a
    run has ended, its worker has died, and another worker takes the run over.
    """

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    filename: Mapped[str]
    file_sha256: Mapped[str]
    state: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    left_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    # The key of the user or token that the history of each imported asset names.
    actor: Mapped[str] = mapped_column(default="")
    applied_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'failed',"
            " 'cancelled')",
            name="state_known",
        ),
    )


class ImportRow(Base):
    """The result of one row in the dry run: created, changed, left or refused, and why."""

    __tablename__ = "import_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    row_number: Mapped[int]
    verdict: Mapped[str]
    label: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        UniqueConstraint("run_id", "row_number"),
        Index("ix_import_row_run_id_verdict", "run_id", "verdict", "row_number"),
        CheckConstraint(
            "verdict IN ('created', 'changed', 'left', 'refused')", name="verdict_known"
        ),
    )


class MadeFile(Base):
    """A file that a job makes for the person who asked for it, and that is kept for some days.

    :param params: what it is made of, as the maker of its kind reads it.
    :param pieces: the names of its pieces in the file store, in their order.
    """

    __tablename__ = "made_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    # No CHECK: a worker of the version before leaves kinds alone that it does not know.
    kind: Mapped[str]
    form: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[MadeState] = mapped_column(enum_column(MadeState, "state"))
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int] = mapped_column(default=0)
    filename: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    pieces: Mapped[list[str]] = mapped_column(default=list)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_made_file_user_id_created_at", "user_id", "created_at"),
        Index("ix_made_file_created_at", "created_at"),
    )


class Job(Base):
    """A job in line, enqueued in the transaction of its cause: one row for a kind and a number.

    A further round of the same job takes the row again. `node` is the worker that runs it.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    # No CHECK: a worker of the version before leaves kinds alone that it does not know.
    kind: Mapped[str]
    row_id: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[WorkState] = mapped_column(enum_column(WorkState, "state"))
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    node: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("kind", "row_id"),
        Index("ix_job_state_next_at", "state", "next_at"),
    )


class Node(Base):
    """A process that says every few seconds that it is alive."""

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    host: Mapped[str]
    version: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
