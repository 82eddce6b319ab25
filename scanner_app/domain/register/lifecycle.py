"""The stages of an asset's life: one row for each, with what every layer says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    REQUESTED = "requested"
    ORDERED = "ordered"
    IN_STOCK = "in_stock"
    IN_USE = "in_use"
    IN_MAINTENANCE = "in_maintenance"
    MISSING = "missing"
    RETIRED = "retired"
    DISPOSED = "disposed"

    @property
    def facts(self) -> StageRow:
        """Return the row of this stage."""
        return _ROWS[self]


_S = Stage


@dataclass(frozen=True, slots=True)
class StageRow:
    """What is said about a stage.

    :param steps: the stages that a person may set by hand from here. Scans have their own table
        (`domain.scanning.intents`).
    :param tone: the colour of its badge, as the style sheet names it; empty for grey.
    :param has_ended: the asset's life is over. Nobody can hold it.
    :param is_there: the asset is where it is recorded, as far as anyone knows.
    """

    stage: Stage
    label: str
    steps: frozenset[Stage]
    tone: str = ""
    has_ended: bool = False
    is_there: bool = True


# In the order in which lists and forms show them.
STAGES: tuple[StageRow, ...] = (
    StageRow(
        _S.REQUESTED,
        "Requested",
        frozenset({_S.ORDERED, _S.IN_STOCK, _S.RETIRED}),
        tone="note",
        is_there=False,
    ),
    StageRow(
        _S.ORDERED,
        "Ordered",
        frozenset({_S.REQUESTED, _S.IN_STOCK, _S.IN_USE, _S.RETIRED}),
        tone="note",
        is_there=False,
    ),
    StageRow(
        _S.IN_STOCK,
        "In stock",
        frozenset({_S.IN_USE, _S.IN_MAINTENANCE, _S.MISSING, _S.RETIRED, _S.ORDERED}),
        tone="good",
    ),
    StageRow(
        _S.IN_USE,
        "In use",
        frozenset({_S.IN_STOCK, _S.IN_MAINTENANCE, _S.MISSING, _S.RETIRED}),
        tone="accent",
    ),
    StageRow(
        _S.IN_MAINTENANCE,
        "In maintenance",
        frozenset({_S.IN_STOCK, _S.IN_USE, _S.MISSING, _S.RETIRED}),
        tone="warn",
    ),
    StageRow(
        _S.MISSING,
        "Missing",
        frozenset({_S.IN_STOCK, _S.IN_USE, _S.IN_MAINTENANCE, _S.RETIRED}),
        tone="bad",
        is_there=False,
    ),
    StageRow(
        _S.RETIRED, "Retired", frozenset({_S.IN_STOCK, _S.DISPOSED, _S.MISSING}), has_ended=True
    ),
    # The end: a certificate says that the asset is gone.
    StageRow(_S.DISPOSED, "Disposed", frozenset(), has_ended=True, is_there=False),
)
_ROWS = {row.stage: row for row in STAGES}

LABELS: Mapping[Stage, str] = {row.stage: row.label for row in STAGES}
STEPS: Mapping[Stage, frozenset[Stage]] = {row.stage: row.steps for row in STAGES}
ENDED = frozenset(row.stage for row in STAGES if row.has_ended)
THERE = frozenset(row.stage for row in STAGES if row.is_there)


def stage_row(name: str) -> StageRow:
    """Return the row of a stage by its name."""
    return _ROWS[Stage(name)]


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
    """Return whether a person may set the wanted stage by hand."""
    return current is wanted or wanted in current.facts.steps
