"""Rules of lending, and the days on which places are closed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.circulation.loan_rules import Returns, Signature
from scanner_app.models.base import Base, enum_column


class LendingRule(Base):
    """One rule of lending. What is null is left to a less specific rule.

    `selectors` holds place, department and category in one text: both databases take two nulls for
    different, so a unique constraint over the three columns would let a rule in twice.
    """

    __tablename__ = "loan_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    selectors: Mapped[str] = mapped_column(unique=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    person_group: Mapped[str | None]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    loan_days: Mapped[int | None]
    loan_hours: Mapped[int | None]
    due_at_hour: Mapped[int | None]
    due_on: Mapped[date | None]
    most_items: Mapped[int | None]
    most_value_cents: Mapped[int | None] = mapped_column(BigInteger)
    extensions: Mapped[int | None]
    extension_days: Mapped[int | None]
    grace_hours: Mapped[int | None]
    buffer_hours: Mapped[int | None]
    overdue_block_days: Mapped[int | None]
    signature: Mapped[Signature | None] = mapped_column(
        enum_column(Signature, "signature", is_checked=False)
    )
    returns: Mapped[Returns | None] = mapped_column(
        enum_column(Returns, "returns", is_checked=False)
    )
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]

    __table_args__ = (
        Index("ix_loan_rule_place_id", "place_id"),
        Index("ix_loan_rule_category_id", "category_id"),
        CheckConstraint("loan_days IS NULL OR loan_hours IS NULL", name="days_or_hours"),
    )


class ClosedDay(Base):
    """A day on which a place, and all inside it, is closed; without a place, all are."""

    __tablename__ = "closed_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="CASCADE"))
    on: Mapped[date]
    name: Mapped[str] = mapped_column(default="")
    # The place and the day in one text: two nulls are different to both databases.
    key: Mapped[str] = mapped_column(unique=True)

    __table_args__ = (Index("ix_closed_day_location_id", "location_id"),)
