"""Scans that reached an audit after it had counted, and the phones that still hold some."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class LateAdmission(Base):
    """A scan that an audit counts only by an act: it was made in time and arrived too late.

    Without an act it waits, by the policy of the audit; nothing counts that waits. A scan that an
    older version refused for its arrival gets its row with the act that takes it in. Triggers
    refuse a change once the audit is closed, and of a row that has its act.
    """

    __tablename__ = "late_admission"

    scan_id: Mapped[UUID] = mapped_column(ForeignKey("scan.scan_id"), primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"))

    __table_args__ = (Index("ix_late_admission_audit_id", "audit_id"),)


class AuditPhone(Base):
    """What the phone of a person last said of the scans of an audit that it still holds.

    :ivar device: as the scans of that phone name it.
    """

    __tablename__ = "audit_phone"

    audit_id: Mapped[int] = mapped_column(
        ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True
    )
    actor: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    actor_name: Mapped[str]
    unsent: Mapped[int]
    told_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("unsent >= 0", name="unsent_is_a_number"),)
