"""The stages of an asset's life and the steps allowed between them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    REQUESTED = "requested"
    ORDERED = "ordered"
    IN_STOCK = "in_stock"
    IN_USE = "in_use"
    IN_MAINTENANCE = "in_maintenance"
    MISSING = "missing"
    RETIRED = "retired"
    DISPOSED = "disposed"


_S = Stage

# From each stage, the stages a person may set by hand. Scans move between in_stock and in_use
# by their own table (custody.py); disposed is the end, since its certificate says so.
STEPS: dict[Stage, frozenset[Stage]] = {
    _S.REQUESTED: frozenset({_S.ORDERED, _S.IN_STOCK, _S.RETIRED}),
    _S.ORDERED: frozenset({_S.REQUESTED, _S.IN_STOCK, _S.IN_USE, _S.RETIRED}),
    _S.IN_STOCK: frozenset({_S.IN_USE, _S.IN_MAINTENANCE, _S.MISSING, _S.RETIRED, _S.ORDERED}),
    _S.IN_USE: frozenset({_S.IN_STOCK, _S.IN_MAINTENANCE, _S.MISSING, _S.RETIRED}),
    _S.IN_MAINTENANCE: frozenset({_S.IN_STOCK, _S.IN_USE, _S.MISSING, _S.RETIRED}),
    _S.MISSING: frozenset({_S.IN_STOCK, _S.IN_USE, _S.IN_MAINTENANCE, _S.RETIRED}),
    _S.RETIRED: frozenset({_S.IN_STOCK, _S.DISPOSED, _S.MISSING}),
    _S.DISPOSED: frozenset(),
}

ENDED = frozenset({Stage.RETIRED, Stage.DISPOSED})


class StageRow(NamedTuple):
    """How a stage is shown: its label, and the tone of its badge."""

    stage: Stage
    label: str
    tone: str = ""


STAGES: tuple[StageRow, ...] = (
    StageRow(_S.REQUESTED, "Requested", "note"),
    StageRow(_S.ORDERED, "Ordered", "note"),
    StageRow(_S.IN_STOCK, "In stock", "good"),
    StageRow(_S.IN_USE, "In use", "accent"),
    StageRow(_S.IN_MAINTENANCE, "In maintenance", "warn"),
    StageRow(_S.MISSING, "Missing", "bad"),
    StageRow(_S.RETIRED, "Retired"),
    StageRow(_S.DISPOSED, "Disposed"),
)
LABELS: dict[Stage, str] = {row.stage: row.label for row in STAGES}
_ROWS = {row.stage.value: row for row in STAGES}


def stage_row(name: str) -> StageRow:
    """Return the row of a stage by its name."""
    return _ROWS[str(name)]


# What other registers call the stages; the first rows of the table that an admin can change.
# Snipe-IT's own status labels and status types, compared without case.
STATUS_NAMES: dict[str, Stage] = {
    "ready to deploy": _S.IN_STOCK,
    "rtd": _S.IN_STOCK,
    "deployable": _S.IN_STOCK,
    "available": _S.IN_STOCK,
    "deployed": _S.IN_USE,
    "in use": _S.IN_USE,
    "pending": _S.ORDERED,
    "requested": _S.REQUESTED,
    "on order": _S.ORDERED,
    "out for diagnostics": _S.IN_MAINTENANCE,
    "out for repair": _S.IN_MAINTENANCE,
    "undeployable": _S.IN_MAINTENANCE,
    "broken": _S.IN_MAINTENANCE,
    "broken - not fixable": _S.RETIRED,
    "lost/stolen": _S.MISSING,
    "lost": _S.MISSING,
    "stolen": _S.MISSING,
    "archived": _S.RETIRED,
}


def can_step(current: Stage, wanted: Stage) -> bool:
    """Tell whether a person may set the wanted stage by hand."""
    return current is wanted or wanted in STEPS[current]
