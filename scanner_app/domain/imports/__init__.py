"""What is known of imports without any file or database: the kinds, their columns, their states.

`FACTS` holds one row a kind. How a kind is planned and written is in `services.imports.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanner_app.domain.imports import (
    assets,
    devices,
    licences,
    locations,
    maintenances,
    people,
    stock,
    suppliers,
)
from scanner_app.domain.imports.kind import KindFacts


class ImportKind(StrEnum):
    """The kinds of rows that can be imported, in the order in which pages show them."""

    ASSETS = "assets"
    LOCATIONS = "locations"
    PEOPLE = "people"
    STOCK = "stock"
    SUPPLIERS = "suppliers"
    LICENCES = "licences"
    MAINTENANCES = "maintenances"
    DEVICES = "devices"


FACTS: Mapping[ImportKind, KindFacts] = {
    ImportKind.ASSETS: assets.FACTS,
    ImportKind.LOCATIONS: locations.FACTS,
    ImportKind.PEOPLE: people.FACTS,
    ImportKind.STOCK: stock.FACTS,
    ImportKind.SUPPLIERS: suppliers.FACTS,
    ImportKind.LICENCES: licences.FACTS,
    ImportKind.MAINTENANCES: maintenances.FACTS,
    ImportKind.DEVICES: devices.FACTS,
}
