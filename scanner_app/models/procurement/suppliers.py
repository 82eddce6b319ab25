"""Suppliers, and the schemes by which they are certified."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base, JSONType


class Supplier(Base):
    """Who sells, repairs, recycles or leases out. Assets name their supplier by its name.

    :param roles: values of `SupplierRole`.
    """

    __tablename__ = "supplier"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    # Two names that differ by case alone are one supplier.
    name_key: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[Any]] = mapped_column(JSONType, default=list)
    contact: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class SupplierScheme(Base):
    """One certificate of a supplier: the scheme, its number, and the last day on which it holds."""

    __tablename__ = "supplier_scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"))
    scheme: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    ends_on: Mapped[date | None]

    __table_args__ = (Index("ix_supplier_scheme_supplier_id", "supplier_id"),)
