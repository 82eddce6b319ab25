"""Suppliers as an import compares its rows with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Supplier


@dataclass(frozen=True, slots=True)
class SupplierNow:
    """A supplier as it is, with what an import compares and sets."""

    id: int
    name: str
    name_key: str
    roles: tuple[str, ...]
    contact: str
    notes: str


def list_suppliers_now(
    session: Session, ids: Collection[int] | None = None
) -> dict[str, SupplierNow]:
    """Return all suppliers, or those with these ids, by the key of their name."""
    statement = select(
        Supplier.id, Supplier.name, Supplier.name_key, Supplier.roles, Supplier.contact,
        Supplier.notes,
    )  # fmt: skip
    if ids is not None:
        statement = statement.where(Supplier.id.in_(ids))
    return {
        row.name_key: SupplierNow(
            row.id, row.name, row.name_key, tuple(row.roles), row.contact, row.notes
        )
        for row in session.execute(statement)
    }
