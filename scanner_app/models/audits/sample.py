"""The frozen population of an audit, and the samples that were drawn from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.sampling.drawing import DrawnAs
from scanner_app.models.base import Base, enum_column


class AuditMember(Base):
    """One asset in the words of the register at the moment that the audit froze it.

    Later changes of the register change none of them: triggers refuse every UPDATE and DELETE.

    :ivar is_expected: it is of the population, whether a sample drew it or not.
    :ivar custodian: the person's number, or the name of a person without one.
    """

    __tablename__ = "audit_member"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), primary_key=True)
    is_expected: Mapped[bool]
    asset_tag: Mapped[str]
    name: Mapped[str]
    serial_number: Mapped[str | None]
    category: Mapped[str | None]
    location: Mapped[str | None]
    location_name: Mapped[str | None]
    location_path: Mapped[str | None]
    custodian: Mapped[str | None]
    custodian_name: Mapped[str | None]
    status: Mapped[str | None]
    value_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_audit_member_asset_id", "asset_id"),)


class AuditDraw(Base):
    """One drawing of a sample. All draws of an audit are kept; the newest one is counted.

    Triggers refuse every UPDATE and DELETE.

    :ivar nonce: made when the list was frozen, and secret until the draw.
    :ivar sizes: how many were drawn, as `domain.audits.sampling.sizing` returned it.
    """

    __tablename__ = "audit_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    number: Mapped[int]
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str]
    typed: Mapped[str]
    nonce: Mapped[str]
    nonce_sha256: Mapped[str]
    seed: Mapped[str]
    reason: Mapped[str | None]
    sizes: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (UniqueConstraint("audit_id", "number"),)


class AuditDrawn(Base):
    """A member that one draw took. The reserves follow from the seed and are not kept."""

    __tablename__ = "audit_drawn"

    draw_id: Mapped[int] = mapped_column(ForeignKey("audit_draw.id"), primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), primary_key=True)
    position: Mapped[int]
    stratum: Mapped[str]
    drawn_as: Mapped[DrawnAs] = mapped_column(enum_column(DrawnAs, "drawn_as", is_checked=False))

    __table_args__ = (Index("ix_audit_drawn_asset_id", "asset_id"),)
