"""What monitoring said of devices: the newest of each fact and day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class DeviceFact(Base):
    """One fact of one asset, as it was on a day.

    :param source: who said it, such as `api`, `intune` or `osquery`.
    """

    __tablename__ = "device_fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    name: Mapped[str]
    value: Mapped[str]
    on_day: Mapped[date]
    observed_at: Mapped[datetime]
    source: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (
        UniqueConstraint("asset_id", "name", "on_day"),
        Index("ix_device_fact_on_day", "on_day"),
    )
