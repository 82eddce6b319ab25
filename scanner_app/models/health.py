"""Releases of products, vulnerabilities that are exploited, and what is kept of each device."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.health.matching import RuleOf
from scanner_app.models.base import Base, enum_column


class ProductRelease(Base):
    """A release of a product, as the newest file of endoflife.date says it."""

    __tablename__ = "product_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str]
    product_label: Mapped[str]
    cycle: Mapped[str]
    label: Mapped[str]
    released_on: Mapped[date | None]
    active_until: Mapped[date | None]
    ends_on: Mapped[date | None]
    extended_until: Mapped[date | None]
    is_ended: Mapped[bool]
    is_discontinued: Mapped[bool]
    latest: Mapped[str]
    file_sha256: Mapped[str]

    __table_args__ = (UniqueConstraint("product", "cycle"),)


class ProductRule(Base):
    """Which names mean a product; the longest prefix that fits decides.

    :param prefix: as `fold_name` returns it.
    :param cycle: of a model, the release; else empty: the version tells it.
    """

    __tablename__ = "product_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[RuleOf] = mapped_column(enum_column(RuleOf, "of", is_checked=False))
    prefix: Mapped[str]
    product: Mapped[str]
    cycle: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("of", "prefix"),)


class Vulnerability(Base):
    """An entry of the catalogue of vulnerabilities that are known to be exploited.

    :param unpatched: how many devices it is to be checked on first, as the last check found;
        `possible`: on how many it is less likely.
    """

    __tablename__ = "vulnerability"

    id: Mapped[int] = mapped_column(primary_key=True)
    cve: Mapped[str] = mapped_column(unique=True)
    vendor: Mapped[str]
    product: Mapped[str]
    title: Mapped[str]
    added_on: Mapped[date]
    due_on: Mapped[date | None]
    ransomware: Mapped[bool]
    unpatched: Mapped[int] = mapped_column(default=0)
    possible: Mapped[int] = mapped_column(default=0)
    file_sha256: Mapped[str]


class DeviceHealth(Base):
    """What is kept of a device so that lists and sums are quick.

    It follows from facts, releases and the catalogue; the daily check computes it again, and so
    does each of their changes.

    :param title: of the release that it runs; empty if none is known.
    :param model_ends_on: the end of support of its model as a product.
    :param ends_on: the end of support of what it runs.
    :param unpatched: vulnerabilities to check first; `possible` are those that are less likely.
    """

    __tablename__ = "device_health"

    asset_id: Mapped[int] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    system: Mapped[str]
    version: Mapped[str]
    product: Mapped[str]
    cycle: Mapped[str]
    title: Mapped[str]
    is_sure: Mapped[bool]
    ends_on: Mapped[date | None]
    is_ended: Mapped[bool]
    model_title: Mapped[str]
    model_ends_on: Mapped[date | None]
    model_is_ended: Mapped[bool]
    last_seen_at: Mapped[datetime | None]
    unpatched: Mapped[int]
    possible: Mapped[int]
    checked_at: Mapped[datetime]

    __table_args__ = (
        # All that the sums by release read.
        Index(
            "ix_device_health_release",
            *("product", "cycle", "title", "ends_on", "is_ended", "is_sure", "system"),
        ),
        Index("ix_device_health_last_seen_at", "last_seen_at"),
        Index("ix_device_health_unpatched", "unpatched"),
        Index("ix_device_health_possible", "possible"),
    )
