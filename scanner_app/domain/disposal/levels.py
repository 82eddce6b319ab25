"""Which level of erasing a medium needs, and which one a technique reaches (NIST SP 800-88).

Two tables: what is needed by where the asset goes and what was on it, and what a technique reaches
on a kind of medium. docs/disposal.md prints both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How thoroughly data is gone. The order counts: a higher level satisfies a lower need."""

    NONE = 0
    CLEAR = 1
    PURGE = 2
    DESTROY = 3

    @property
    def facts(self) -> LevelRow:
        """Return the row of this level."""
        return LEVELS[self]

    @property
    def word(self) -> str:
        """Return the word that programs read."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class LevelRow:
    """What pages say of a level."""

    label: str
    meaning: str


LEVELS: Mapping[Level, LevelRow] = {
    Level.NONE: LevelRow("None", "nothing is gone for certain"),
    Level.CLEAR: LevelRow("Clear", "simple tools read nothing any more"),
    Level.PURGE: LevelRow("Purge", "a laboratory reads nothing any more"),
    Level.DESTROY: LevelRow("Destroy", "the medium itself is destroyed"),
}


class Medium(StrEnum):
    """What data was on."""

    HDD = "hdd"
    SSD = "ssd"
    NVME = "nvme"
    EMMC = "emmc"
    TAPE = "tape"
    PHONE = "phone"
    CLOUD = "cloud"
    PAPER = "paper"
    OTHER = "other"
    NO_MEDIUM = "no_medium"

    @property
    def label(self) -> str:
        """Return what pages call it."""
        return MEDIA[self]


MEDIA: Mapping[Medium, str] = {
    Medium.HDD: "Hard disk",
    Medium.SSD: "SSD",
    Medium.NVME: "NVMe",
    Medium.EMMC: "eMMC, memory card",
    Medium.TAPE: "Tape",
    Medium.PHONE: "Phone or tablet",
    Medium.CLOUD: "Cloud storage",
    Medium.PAPER: "Paper",
    Medium.OTHER: "Something else",
    Medium.NO_MEDIUM: "No medium: it holds no data",
}


class Technique(StrEnum):
    """How data was erased."""

    OVERWRITE = "overwrite"
    BLOCK_ERASE = "block_erase"
    CRYPTO_ERASE = "crypto_erase"
    FACTORY_RESET = "factory_reset"
    DEGAUSS = "degauss"
    SHRED = "shred"
    DISINTEGRATE = "disintegrate"
    INCINERATE = "incinerate"
    MELT = "melt"
    PROVIDER_DELETION = "provider_deletion"
    KEY_DESTRUCTION = "key_destruction"
    INSPECTION = "inspection"

    @property
    def label(self) -> str:
        """Return what pages call it."""
        return TECHNIQUES[self].label


class Destination(StrEnum):
    """Where the asset goes."""

    REUSE = "reuse"
    RECYCLING = "recycling"
    RESALE = "resale"
    DONATION = "donation"
    DESTRUCTION = "destruction"
    LEASE_RETURN = "lease_return"
    VENDOR_RETURN = "vendor_return"
    WRITE_OFF = "write_off"

    @property
    def facts(self) -> DestinationRow:
        """Return the row of this destination."""
        return DESTINATIONS[self]


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """What is said about a destination.

    :param needs: the level that it needs, whatever was on the medium.
    :param needs_restricted: the same where the data was restricted.
    """

    label: str
    needs: Level
    needs_restricted: Level


_P = Level.PURGE
DESTINATIONS: Mapping[Destination, DestinationRow] = {
    Destination.REUSE: DestinationRow("Reuse inside", Level.CLEAR, _P),
    Destination.RECYCLING: DestinationRow("Recycling", _P, _P),
    Destination.RESALE: DestinationRow("Resale", _P, _P),
    Destination.DONATION: DestinationRow("Donation", _P, _P),
    Destination.DESTRUCTION: DestinationRow("Destruction", Level.DESTROY, Level.DESTROY),
    Destination.LEASE_RETURN: DestinationRow("Return of a lease", _P, _P),
    Destination.VENDOR_RETURN: DestinationRow("Return to the vendor", _P, _P),
    Destination.WRITE_OFF: DestinationRow("Write-off", _P, _P),
}


class Classification(StrEnum):
    """How much the data that was on the medium matters."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


_FLASH = frozenset({Medium.SSD, Medium.NVME, Medium.EMMC, Medium.PHONE})
_HELD = frozenset(Medium) - {Medium.CLOUD, Medium.NO_MEDIUM}


@dataclass(frozen=True, slots=True)
class TechniqueRow:
    """What a technique reaches.

    :param reaches: the level by kind of medium; on any other it reaches none.
    :param if_encrypted: the same, if the medium was encrypted all along.
    """

    label: str
    reaches: Mapping[Medium, Level]
    if_encrypted: Mapping[Medium, Level] | None = None


_DESTROYS = dict.fromkeys(sorted(_HELD), Level.DESTROY)
TECHNIQUES: Mapping[Technique, TechniqueRow] = {
    # On flash, an overwrite misses what the controller has put aside.
    Technique.OVERWRITE: TechniqueRow("Overwrite", {Medium.HDD: Level.CLEAR}),
    Technique.BLOCK_ERASE: TechniqueRow("Block erase", dict.fromkeys(sorted(_FLASH), _P)),
    # A key that was destroyed protects only what was encrypted from the first day.
    Technique.CRYPTO_ERASE: TechniqueRow(
        "Cryptographic erase", {}, dict.fromkeys(sorted(_FLASH), _P)
    ),
    Technique.FACTORY_RESET: TechniqueRow(
        "Factory reset",
        dict.fromkeys((Medium.PHONE, Medium.EMMC, Medium.OTHER), Level.CLEAR),
        {Medium.PHONE: _P},
    ),
    Technique.DEGAUSS: TechniqueRow("Degauss", {Medium.HDD: _P, Medium.TAPE: _P}),
    Technique.SHRED: TechniqueRow("Shred", _DESTROYS),
    Technique.DISINTEGRATE: TechniqueRow("Disintegrate", _DESTROYS),
    Technique.INCINERATE: TechniqueRow("Incinerate", _DESTROYS),
    Technique.MELT: TechniqueRow("Melt", _DESTROYS),
    Technique.PROVIDER_DELETION: TechniqueRow(
        "Deletion by the provider", {Medium.CLOUD: Level.CLEAR}
    ),
    Technique.KEY_DESTRUCTION: TechniqueRow("Destruction of the key", {Medium.CLOUD: _P}),
    # Somebody looked and found nothing that could hold data.
    Technique.INSPECTION: TechniqueRow("Inspection", {}),
}


def find_needed(
    destination: Destination, classification: Classification, *, has_failed: bool = False
) -> Level:
    """Return the level that a medium needs.

    :param has_failed: an earlier try failed or nobody knows what it did: only destroying is left.
    """
    if has_failed:
        return Level.DESTROY
    row = destination.facts
    is_restricted = classification is Classification.RESTRICTED
    return row.needs_restricted if is_restricted else row.needs


def find_reached(technique: Technique, medium: Medium, *, is_encrypted: bool) -> Level:
    """Return the level that a technique reaches on a kind of medium.

    :param is_encrypted: the medium was encrypted all along.
    """
    row = TECHNIQUES[technique]
    plain = row.reaches.get(medium, Level.NONE)
    if is_encrypted and row.if_encrypted is not None:
        return max(plain, row.if_encrypted.get(medium, Level.NONE))
    return plain


def goes_with(technique: Technique, medium: Medium) -> bool:
    """Return whether a technique can be used on a medium: what has none is only inspected."""
    return (technique is Technique.INSPECTION) == (medium is Medium.NO_MEDIUM)
