"""Labels that mean no asset by the register, and the assets that people say they belong to."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class AuditMatch(Base):
    """An unknown label of an audit, and the asset that it belongs to, as somebody said.

    From then on, its scans in this audit are sightings of that asset. Who said so and when is in
    the act. Triggers refuse a change once the audit is closed (migration 0025_matches).
    """

    __tablename__ = "audit_match"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    code_key: Mapped[str]
    # As it was scanned first.
    code: Mapped[str]
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    # Closing makes the label a code of the asset; not if it is replaced by a new one.
    becomes_code: Mapped[bool]
    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"))

    __table_args__ = (
        Index("uq_audit_match_audit_id_code_key", "audit_id", "code_key", unique=True),
        Index("ix_audit_match_asset_id", "asset_id"),
    )
