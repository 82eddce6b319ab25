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
    """

    label: str
    icon: str
    sentence: str
    is_physical: bool = False


ASSET_KINDS: Mapping[AssetKind, AssetKindRow] = {
    AssetKind.HARDWARE: AssetKindRow("Hardware", "box", "Something to touch.", is_physical=True),
    AssetKind.SOFTWARE: AssetKindRow("Software", "key", "A licence or subscription."),
    AssetKind.CLOUD: AssetKindRow("Cloud", "up", "A machine, storage or account of a provider."),
    AssetKind.DATA: AssetKindRow("Data", "list", "A data set that somebody answers for."),
}
