"""Suppliers with their schemes, as pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.procurement.suppliers import SUPPLIER_ROLES, SupplierRole
from scanner_app.models import Asset, PurchaseOrder, Supplier, SupplierScheme


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """One certificate of a supplier."""

    scheme: str
    number: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One supplier.

    :param orders: how many orders name it; `assets` how many assets do.
    """

    id: int
    name: str
    roles: tuple[SupplierRole, ...]
    contact: str
    notes: str
    schemes: tuple[SchemeRow, ...]
    orders: int = 0
    assets: int = 0

    @property
    def role_labels(self) -> str:
        """Return what it does, in words."""
        return ", ".join(SUPPLIER_ROLES[role].label for role in self.roles)


def list_suppliers(
    session: Session, *, after_id: int | None = None, limit: int = 500, by_name: bool = False
) -> list[SupplierRow]:
    """Return suppliers in the order of their ids, or of their names.

    :param after_id: continue a list behind this supplier.
    """
    statement = select(Supplier).limit(limit)
    statement = statement.order_by(Supplier.name_key if by_name else Supplier.id)
    if after_id is not None:
        statement = statement.where(Supplier.id > after_id)
    return _load(session, list(session.scalars(statement)))


def get_supplier(session: Session, supplier_id: int) -> SupplierRow:
    """Return one supplier.

    :raises NotFound: no supplier has this id.
    """
    found = session.get(Supplier, supplier_id)
    if found is None:
        raise NotFound("That supplier does not exist. Choose one from the list.")
    return _load(session, [found])[0]


def _load(session: Session, suppliers: list[Supplier]) -> list[SupplierRow]:
    ids = [one.id for one in suppliers]
    schemes: dict[int, list[SchemeRow]] = {id_: [] for id_ in ids}
    for row in session.scalars(
        select(SupplierScheme)
        .where(SupplierScheme.supplier_id.in_(ids))
        .order_by(SupplierScheme.scheme, SupplierScheme.id)
    ):
        schemes[row.supplier_id].append(SchemeRow(row.scheme, row.number, row.ends_on))
    orders = {
        row["supplier_id"]: int(row["count"])
        for row in session.execute(
            select(PurchaseOrder.supplier_id, func.count(PurchaseOrder.id).label("count"))
            .where(PurchaseOrder.supplier_id.in_(ids))
            .group_by(PurchaseOrder.supplier_id)
        ).mappings()
    }
    assets: dict[str, int] = {
        name or "": count
        for name, count in session.execute(
            select(Asset.supplier, func.count(Asset.id))
            .where(Asset.supplier.in_([one.name for one in suppliers]))
            .group_by(Asset.supplier)
        )
    }
    return [
        SupplierRow(
            one.id,
            one.name,
            tuple(SupplierRole(role) for role in one.roles if role in set(SupplierRole)),
            one.contact,
            one.notes,
            tuple(schemes[one.id]),
            orders.get(one.id, 0),
            assets.get(one.name, 0),
        )
        for one in suppliers
    ]
