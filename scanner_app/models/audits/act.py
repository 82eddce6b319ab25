"""Acts: who did which step of an audit, and when. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.acts import ActKind
from scanner_app.models.base import Base, enum_column


class Act(Base):
    """One step of a person, a program or the service, with the names as they were then.

    Triggers refuse every UPDATE and DELETE (migration 0007_acts).
    """

    __tablename__ = "act"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    # Who is behind it: `user:5`, also for a token that this user owns. Null for a program.
    person_key: Mapped[str | None]
    role: Mapped[Role | None] = mapped_column(enum_column(Role, "role", is_checked=False))
    kind: Mapped[ActKind] = mapped_column(enum_column(ActKind, "kind", is_checked=False))
    # Null for an act that is not about one audit, such as a change of the signing key.
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str | None]

    __table_args__ = (Index("ix_act_audit_id", "audit_id", "id"),)


class ActFinding(Base):
    """A finding that an act is about. One decision of many findings is one act."""

    __tablename__ = "act_finding"

    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"), primary_key=True)
    # Not a foreign key: a finding goes with its last sighting, and the act stays.
    finding_id: Mapped[int] = mapped_column(primary_key=True)

    __table_args__ = (Index("ix_act_finding_finding_id", "finding_id"),)
