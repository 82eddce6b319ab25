"""Sanitizations: one try to erase one medium, with who did, verified and accepted it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.disposal.levels import Classification, Destination, Medium, Technique
from scanner_app.domain.disposal.sanitizations import Result, SanitizationState, Verification
from scanner_app.models.base import Base, enum_column


class Sanitization(Base):
    """One try. A new try is a new row, and triggers keep what is final (migration 0039).

    :param level: what the technique reached on this medium: 0 none, 1 clear, 2 purge, 3 destroy.
    :param performed_by: the person, as `user:5`; those who verify and accept are others.
    """

    __tablename__ = "sanitization"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    state: Mapped[SanitizationState] = mapped_column(enum_column(SanitizationState, "state"))
    medium: Mapped[Medium] = mapped_column(enum_column(Medium, "medium", is_checked=False))
    maker: Mapped[str | None]
    model: Mapped[str | None]
    serial: Mapped[str | None]
    capacity: Mapped[str | None]
    is_encrypted: Mapped[bool]
    classification: Mapped[Classification] = mapped_column(
        enum_column(Classification, "classification", is_checked=False)
    )
    destination: Mapped[Destination] = mapped_column(
        enum_column(Destination, "destination", is_checked=False)
    )
    technique: Mapped[Technique] = mapped_column(
        enum_column(Technique, "technique", is_checked=False)
    )
    level: Mapped[int]
    tool: Mapped[str | None]
    tool_version: Mapped[str | None]
    note: Mapped[str | None]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    performed_by: Mapped[str]
    performed_name: Mapped[str]
    performed_role: Mapped[str]
    performed_at: Mapped[datetime]
    verification: Mapped[Verification | None] = mapped_column(
        enum_column(Verification, "verification", is_checked=False)
    )
    sample_percent: Mapped[int | None]
    result: Mapped[Result | None] = mapped_column(enum_column(Result, "result", is_checked=False))
    verified_by: Mapped[str | None]
    verified_name: Mapped[str | None]
    verified_role: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    validated_by: Mapped[str | None]
    validated_name: Mapped[str | None]
    validated_role: Mapped[str | None]
    validated_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    __table_args__ = (
        Index("ix_sanitization_asset_id", "asset_id", "performed_at"),
        Index("ix_sanitization_state", "state"),
        CheckConstraint("level BETWEEN 0 AND 3", name="level_known"),
        CheckConstraint("verified_by IS NULL OR verified_by <> performed_by", name="by_two"),
        CheckConstraint(
            "validated_by IS NULL"
            " OR (validated_by <> performed_by AND validated_by <> verified_by)",
            name="by_three",
        ),
    )
