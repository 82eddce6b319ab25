"""The kept tallies of audits."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.counted.cells import CELL_STATES, DECIDED, OPEN, OUTSIDE, PLACED
from scanner_app.models.base import Base

_NUMBERS = " ".join(f"WHEN '{state.value}' THEN {n}" for n, state in enumerate(CELL_STATES))
CELL_SQL = (
    f"(CASE state {_NUMBERS} ELSE 3 END"
    f" + CASE WHEN seen_location_id IS NULL THEN 0 ELSE {PLACED} END"
    f" + CASE WHEN proposal IS NULL THEN 0 WHEN decision IS NULL THEN {OPEN} ELSE {DECIDED} END"
    f" + CASE WHEN outside_scan_id IS NULL THEN 0 ELSE {OUTSIDE} END)"
)
# Of what is expected, and not in the kept tallies as it is now.
UNTALLIED_SQL = f"is_expected AND coalesce(tallied, -1) <> {CELL_SQL}"


class AuditTally(Base):
    """How many expected findings of one part of an audit are in one cell, and what they are worth.

    It counts each finding as its column `tallied` says. What has changed since is found by an
    index, so pages add it to what is kept. No scan writes here.

    :ivar part: the whole (""), or what the count is by: room, location, category, custodian.
    :ivar key: the frozen word, or the number of the room; "" where there is none.
    :ivar cell: as `domain.audits.cells` numbers them.
    """

    __tablename__ = "audit_tally"

    audit_id: Mapped[int] = mapped_column(
        ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    value_cents: Mapped[int] = mapped_column(BigInteger)
    valued: Mapped[int]
