"""What a supplier does for us, and the schemes by which one is certified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SupplierRole(StrEnum):
    VENDOR = "vendor"
    REPAIRER = "repairer"
    RECYCLER = "recycler"
    LESSOR = "lessor"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class SupplierRoleRow:
    """What pages say of a role."""

    role: SupplierRole
    label: str


SUPPLIER_ROLES: Mapping[SupplierRole, SupplierRoleRow] = {
    row.role: row
    for row in (
        SupplierRoleRow(SupplierRole.VENDOR, "Sells"),
        SupplierRoleRow(SupplierRole.REPAIRER, "Repairs"),
        SupplierRoleRow(SupplierRole.RECYCLER, "Recycles"),
        SupplierRoleRow(SupplierRole.LESSOR, "Leases out"),
        SupplierRoleRow(SupplierRole.CLOUD, "Cloud"),
    )
}
# Offered on the form. Any other name of a scheme is taken too.
SCHEMES = ("R2v3", "e-Stewards", "ISO 14001", "NAID AAA")
