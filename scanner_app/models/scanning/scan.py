"""The scan log: one row for each capture, refused or not. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.models.base import Base, enum_column

# Few scans undo another, and many belong to no audit. A partial index leaves the rest out.
UNDOES = text("voids IS NOT NULL")
COUNTED = text("audit_id IS NOT NULL")
IN_TRAY = text("handover IS NOT NULL")
PLACES = text("asset_id IS NULL AND location_id IS NOT NULL AND outcome = 'noted'")


class Scan(Base):
    """One recorded capture.

    `answer` holds the text of the answer as it was sent. State follows `effective_at`: the time
    that the device claims, or our time if the claim lies in the future. Triggers refuse every
    UPDATE and DELETE (migration 0003_guards).
    """

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    code: Mapped[str]
    code_key: Mapped[str]
    symbology: Mapped[str | None]
    source: Mapped[str | None]
    intent: Mapped[Intent] = mapped_column(enum_column(Intent, "intent", is_checked=False))
    scanned_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    is_clock_suspect: Mapped[bool] = mapped_column(default=False)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    voids: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    condition: Mapped[str | None]
    # A person's own words, never parsed. The words of a reader are in the next column.
    note: Mapped[str | None]
    reader_said: Mapped[str | None]
    # A weak RFID read: the tag may be in the next room, so it does not count as a sighting.
    is_faint: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str | None]
    # The asset that a claim puts a blank label on, as it was scanned.
    for_code: Mapped[str | None]
    # The tray that a lookup was made for, or the hand-over that a scan belongs to.
    handover: Mapped[UUID | None]
    # What only some scans say, as JSON: the quantity, the line and the target of a scan of stock.
    details: Mapped[str | None]
    actor: Mapped[str]
    actor_name: Mapped[str]
    may_void_any: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    refusal: Mapped[str | None]
    answer: Mapped[str]

    __table_args__ = (
        Index("ix_scan_asset_id", "asset_id", "effective_at"),
        Index(
            "ix_scan_audit_id",
            "audit_id",
            "asset_id",
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        ),
        Index("ix_scan_handover", "handover", sqlite_where=IN_TRAY, postgresql_where=IN_TRAY),
        Index("ix_scan_voids", "voids", sqlite_where=UNDOES, postgresql_where=UNDOES),
        Index("ix_scan_recorded_at", "recorded_at"),
        # Only scans of room labels: they locate a reader that a person carries through rooms.
        Index("ix_scan_places", "effective_at", sqlite_where=PLACES, postgresql_where=PLACES),
        CheckConstraint("(intent = 'void') = (voids IS NOT NULL)", name="void_names_its_scan"),
        CheckConstraint("(outcome = 'refused') = (refusal IS NOT NULL)", name="refused_says_why"),
    )
