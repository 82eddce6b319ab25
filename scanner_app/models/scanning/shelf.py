"""Pictures of shelves: the labels found in each, and the scans that it is the evidence of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base, JSONType


class ShelfShot(Base):
    """One picture of a shelf with the labels found in it.

    Until `recorded_at` is set, it is a draft of the person who took it and may be deleted. Triggers
    refuse any change to a picture that was recorded.

    `upload_sha256` is of the uploaded file, `sha256` of the JPEG that is kept. `symbols` is a
    list of objects `number, text, symbology, polygon (4 corners, upright pixels), scan_id,
    problem`.
    """

    __tablename__ = "shelf_shot"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_sha256: Mapped[str]
    sha256: Mapped[str]
    picture: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    symbols: Mapped[list[dict[str, Any]]] = mapped_column(JSONType)
    taken_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    recorded_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_shelf_shot_actor", "actor", "recorded_at"),
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
    )


class ScanPicture(Base):
    """The picture in which a scan was found: its evidence. It is never changed or deleted."""

    __tablename__ = "scan_picture"

    scan_id: Mapped[UUID] = mapped_column(ForeignKey("scan.scan_id"), primary_key=True)
    shot_id: Mapped[UUID] = mapped_column(ForeignKey("shelf_shot.id"), index=True)
