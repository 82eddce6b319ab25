"""What differs between the kinds of an import: one row a kind, one folder a kind.

A new kind is a folder here with a planner and an applier, a row in `KINDS`, and its facts (label,
columns) in `domain.imports`. CONTRIBUTING names the files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from scanner_app.domain.imports import ImportKind
from scanner_app.models import (
    Asset,
    Base,
    DeviceFact,
    Expense,
    Identifier,
    ImportRun,
    Licence,
    Location,
    Person,
    Seat,
    StockItem,
    StockLevel,
    StockMove,
    Supplier,
    Task,
)
from scanner_app.services.imports.kinds.assets.apply import apply_assets
from scanner_app.services.imports.kinds.assets.plan import AssetPlanner
from scanner_app.services.imports.kinds.devices.apply import apply_devices
from scanner_app.services.imports.kinds.devices.plan import DevicePlanner
from scanner_app.services.imports.kinds.licences.apply import apply_licences
from scanner_app.services.imports.kinds.licences.plan import LicencePlanner
from scanner_app.services.imports.kinds.locations.apply import apply_locations
from scanner_app.services.imports.kinds.locations.plan import LocationPlanner
from scanner_app.services.imports.kinds.maintenances import MaintenancePlanner, apply_maintenances
from scanner_app.services.imports.kinds.people.apply import apply_people
from scanner_app.services.imports.kinds.people.plan import PersonPlanner
from scanner_app.services.imports.kinds.stock.apply import apply_stock
from scanner_app.services.imports.kinds.stock.plan import StockPlanner
from scanner_app.services.imports.kinds.suppliers import SupplierPlanner, apply_suppliers
from scanner_app.services.imports.row import PlanContext, Planner, Progress


class Applier(Protocol):
    """Writes the planned rows of a run inside a transaction that its caller commits."""

    def __call__(
        self, session: Session, run: ImportRun, *, now: datetime, progress: Progress
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of one kind are planned and written, and which tables grow by it."""

    kind: ImportKind
    start_planner: Callable[[Session, PlanContext], Planner]
    apply: Applier
    tables: tuple[type[Base], ...]


KINDS: dict[ImportKind, Kind] = {
    row.kind: row
    for row in (
        # An asset file may add locations and people too.
        Kind(ImportKind.ASSETS, AssetPlanner, apply_assets, (Asset, Identifier, Location, Person)),
        Kind(ImportKind.LOCATIONS, LocationPlanner, apply_locations, (Location, Identifier)),
        Kind(ImportKind.PEOPLE, PersonPlanner, apply_people, (Person, Identifier)),
        Kind(
            ImportKind.STOCK,
            StockPlanner,
            apply_stock,
            (StockItem, StockLevel, StockMove, Identifier, Location),
        ),
        Kind(ImportKind.SUPPLIERS, SupplierPlanner, apply_suppliers, (Supplier,)),
        Kind(ImportKind.LICENCES, LicencePlanner, apply_licences, (Asset, Licence, Seat, Person)),
        Kind(ImportKind.DEVICES, DevicePlanner, apply_devices, (DeviceFact,)),
        Kind(ImportKind.MAINTENANCES, MaintenancePlanner, apply_maintenances, (Task, Expense)),
    )
}
