"""How the register came to be changed, and what the history of an asset says of each way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What changed an asset other than a scan."""

    CREATED = "created"
    EDITED = "edited"
    IMPORTED = "imported"
    AUDITED = "audited"
    DISPOSED = "disposed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ChangeKindFacts:
    """How the history shows a change of one kind."""

    label: str
    icon: str


CHANGE_KINDS: dict[ChangeKind, ChangeKindFacts] = {
    ChangeKind.CREATED: ChangeKindFacts("Created", "plus"),
    ChangeKind.EDITED: ChangeKindFacts("Edited", "edit"),
    ChangeKind.IMPORTED: ChangeKindFacts("Imported", "upload"),
    ChangeKind.DISPOSED: ChangeKindFacts("Disposed of", "trash"),
    ChangeKind.UNDONE: ChangeKindFacts("Edit of many undone", "undo"),
    ChangeKind.AUDITED: ChangeKindFacts("Corrected by an audit", "clipboard"),
}
