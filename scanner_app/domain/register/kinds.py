"""The four kinds of asset: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AssetKind(StrEnum):
    HARDWARE = "hardware"
    SOFTWARE = "software"
    CLOUD = "cloud"
    DATA = "data"

    @property
    def facts(self) -> AssetKindRow:
        """Return the row of this kind."""
        return ASSET_KINDS[self]


@dataclass(frozen=True, slots=True)
class AssetKindRow:
    """What is said about a kind.

    :param sentence: what is registered as it.
    :param is_physical: it has a location, is checked out, moved and repaired.
    :param prefix: of its tag where a form adds it; empty where another page does.
    :param asks: what its form asks beside, kept as custom fields.
    """

    label: str
    icon: str
    sentence: str
    is_physical: bool = False
    prefix: str = ""
    asks: tuple[str, ...] = ()


ASSET_KINDS: Mapping[AssetKind, AssetKindRow] = {
    AssetKind.HARDWARE: AssetKindRow("Hardware", "box", "Something to touch.", is_physical=True),
    AssetKind.SOFTWARE: AssetKindRow("Software", "key", "A licence or subscription."),
    AssetKind.CLOUD: AssetKindRow(
        "Cloud",
        "up",
        "A machine, storage or account of a provider.",
        prefix="CLD-",
        asks=("Provider", "Account", "Region", "Resource"),
    ),
    AssetKind.DATA: AssetKindRow(
        "Data",
        "list",
        "A data set that somebody answers for.",
        prefix="DAT-",
        asks=("Classification", "Personal data", "Kept on", "Keep until"),
    ),
}
# What the form of an asset cannot say of what nobody can touch.
ONLY_PHYSICAL = ("serial_number", "location", "home_location", "warranty_months")


def kinds_by_form() -> tuple[AssetKind, ...]:
    """Return the kinds that the form of an asset adds, beside hardware."""
    return tuple(kind for kind, row in ASSET_KINDS.items() if row.prefix)
