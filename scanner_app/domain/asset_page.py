"""The page of an asset: its parts, what its history shows, and what may be done by status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import INTENTS, Intent


class Tab(StrEnum):
    """A part of the page."""

    OVERVIEW = ""
    HISTORY = "history"
    DOCUMENTS = "documents"
    AUDITS = "audits"

    @property
    def label(self) -> str:
        return self.name.capitalize()


class Shown(StrEnum):
    """Which events the history shows."""

    TOLD = ""
    SCANS = "scans"
    CHANGES = "changes"
    WORK = "work"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One choice of events: its words, and the kinds that it keeps."""

    shown: Shown
    label: str
    kinds: frozenset[str]


# At the same moment, a cause comes before its effect.
EVENT_KINDS = (
    "change", "scan", "custody", "placement", "finding", "attachment", "receipt", "task", "answer",
    "expense", "seat", "contract",
)  # fmt: skip
WORK_KINDS = frozenset({"task", "answer", "expense", "seat", "contract"})

# The spans of assignments and locations repeat what a scan or a change began: they are in `all`.
SHOWN_ROWS: dict[Shown, ShownRow] = {
    row.shown: row
    for row in (
        ShownRow(
            Shown.TOLD,
            "Main events",
            frozenset({"scan", "change", "finding", "attachment", "receipt"}) | WORK_KINDS,
        ),
        ShownRow(Shown.SCANS, "Scans", frozenset({"scan"})),
        ShownRow(Shown.CHANGES, "Changes", frozenset({"change", "attachment", "receipt"})),
        ShownRow(Shown.WORK, "Work and cost", WORK_KINDS | {"receipt"}),
        ShownRow(Shown.ALL, "All", frozenset(EVENT_KINDS)),
    )
}


def is_told(
    shown: Shown, *, kind: str, intent: str | None, outcome: str | None, is_undone: bool
) -> bool:
    """Return whether a history shows an event.

    Only `all` shows what changed nothing: lookups, refusals, and scans that were undone with
    their undo.
    """
    if kind not in SHOWN_ROWS[shown].kinds:
        return False
    if shown is Shown.ALL or kind != "scan":
        return True
    is_noise = intent in {Intent.LOOKUP, Intent.VOID} or outcome == "refused"
    return not is_noise and not is_undone


@dataclass(frozen=True, slots=True)
class Step:
    """Something that the person may do next: an intent of the scan page."""

    intent: Intent
    label: str
    icon: str


# What a person reads for the scheme of a code.
CODE_LABELS: dict[str, str] = {
    "tag": "Asset tag",
    "serial": "Serial number",
    "epc": "RFID tag (EPC)",
    "tid": "RFID chip (TID)",
    "giai": "GIAI",
    "grai": "GRAI",
    "sgtin": "SGTIN",
    "sscc": "SSCC",
    "snipe_id": "Snipe-IT ID",
    "alias": "Further code",
}

# By status, the most likely step first.
_STEPS: dict[Stage, tuple[Intent, ...]] = {
    Stage.REQUESTED: (Intent.CHECK_IN,),
    Stage.ORDERED: (Intent.CHECK_IN,),
    Stage.IN_STOCK: (Intent.CHECK_OUT, Intent.DEPLOY, Intent.MOVE, Intent.REPAIR, Intent.RETIRE),
    Stage.IN_USE: (Intent.CHECK_IN, Intent.MOVE, Intent.REPAIR),
    Stage.IN_MAINTENANCE: (Intent.RESTORE, Intent.CHECK_IN, Intent.MOVE, Intent.RETIRE),
    Stage.MISSING: (Intent.CHECK_IN, Intent.SIGHTING),
    Stage.RETIRED: (),
    Stage.DISPOSED: (),
}


def list_steps(status: str) -> list[Step]:
    """Return what a person who may change assignments does next with an asset in a status."""
    return [
        Step(intent, INTENTS[intent].label, INTENTS[intent].icon)
        for intent in _STEPS[Stage(status)]
    ]
