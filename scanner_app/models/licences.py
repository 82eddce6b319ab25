"""Licences with their seats, and what devices have installed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.licences.metrics import Metric
from scanner_app.models.base import Base, enum_column

OPEN_PERSON = text("ended_at IS NULL AND person_id IS NOT NULL")
OPEN_ASSET = text("ended_at IS NULL AND asset_id IS NOT NULL")


class Licence(Base):
    """One purchase of seats. The asset of kind software has its tag, owner, price and history.

    `given` repeats what its open seats sum to, so that the database itself refuses one too many.
    """

    __tablename__ = "licence"

    asset_id: Mapped[int] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True
    )
    product: Mapped[str]
    product_key: Mapped[str]
    key_hint: Mapped[str]
    metric: Mapped[Metric] = mapped_column(enum_column(Metric, "metric", is_checked=False))
    seats: Mapped[int]
    given: Mapped[int]
    min_free: Mapped[int]
    min_cores: Mapped[int]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    maintained_until: Mapped[date | None]
    termination_on: Mapped[date | None]
    reassignable: Mapped[bool]
    allows_overuse: Mapped[bool]
    # Somebody lowered the seats below what is given, and said that they know.
    is_overuse_accepted: Mapped[bool]
    unit_price_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]

    __table_args__ = (
        Index("ix_licence_product_key", "product_key"),
        CheckConstraint("seats >= 0 AND given >= 0", name="counts"),
        CheckConstraint("given <= seats OR allows_overuse OR is_overuse_accepted", name="has_seat"),
        CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="days"
        ),
    )


class Seat(Base):
    """Seats of a licence that a person or an asset has, from its start up to its end."""

    __tablename__ = "seat"

    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.asset_id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    quantity: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    given_by: Mapped[str]
    taken_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_seat_licence_id", "licence_id"),
        Index(
            "uq_seat_open_person", "licence_id", "person_id", unique=True,
            sqlite_where=OPEN_PERSON, postgresql_where=OPEN_PERSON,
        ),
        Index(
            "uq_seat_open_asset", "licence_id", "asset_id", unique=True,
            sqlite_where=OPEN_ASSET, postgresql_where=OPEN_ASSET,
        ),
        Index("ix_seat_person_id", "person_id"),
        Index("ix_seat_asset_id", "asset_id"),
        CheckConstraint("(person_id IS NULL) <> (asset_id IS NULL)", name="of_one_holder"),
        CheckConstraint("quantity > 0", name="some"),
    )  # fmt: skip


class DeviceSoftware(Base):
    """A product that a device has installed, as monitoring said last."""

    __tablename__ = "device_software"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    product_key: Mapped[str]
    name: Mapped[str]
    publisher: Mapped[str]
    version: Mapped[str]
    cores: Mapped[int | None]
    first_seen_on: Mapped[date]
    last_seen_on: Mapped[date]
    last_used_on: Mapped[date | None]
    source: Mapped[str]

    __table_args__ = (
        UniqueConstraint("asset_id", "product_key"),
        Index("ix_device_software_product_key", "product_key"),
    )
