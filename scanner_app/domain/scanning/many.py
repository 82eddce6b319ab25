"""What can be done to many assets at once, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from scanner_app.domain.access.roles import Action
from scanner_app.domain.scanning.intents import Intent

MAX_MANY = 5000
# For this long, an edit of many can be taken back as one.
UNDO_FOR = timedelta(hours=1)


class Many(StrEnum):
    """Something that is done to many assets at once."""

    MOVE = "move"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    STATUS = "status"
    HOME = "home"
    CATEGORY = "category"
    LABELS = "labels"
    EXPORT = "export"

    @property
    def facts(self) -> ManyFacts:
        """Return the row of this action."""
        return MANY[self]


@dataclass(frozen=True, slots=True)
class ManyFacts:
    """What is said of an action.

    :param label: its button.
    :param verb: what happens to an asset that changes, after "will be" and after "were".
    :param explains: what it means for the record, said before it is done.
    :param edits: the field of an asset that it edits, as `edit_asset` names it.
    :param intent: the scans that it is recorded as; such can be undone.
    """

    label: str
    verb: str
    icon: str
    action: Action
    explains: str = ""
    edits: str = ""
    intent: Intent | None = None

    @property
    def is_scan(self) -> bool:
        return self.intent is not None


MANY: dict[Many, ManyFacts] = {
    Many.MOVE: ManyFacts(
        "Move",
        "moved",
        "move",
        Action.EDIT_REGISTER,
        "It changes where the register says that they are. It does not say that anyone saw them.",
        edits="location",
    ),
    Many.CHECK_OUT: ManyFacts(
        "Check out",
        "checked out",
        "out",
        Action.CHANGE_CUSTODY,
        "Each is recorded as a scan, as on the scan page.",
        intent=Intent.CHECK_OUT,
    ),
    Many.CHECK_IN: ManyFacts(
        "Check in",
        "checked in",
        "in",
        Action.CHANGE_CUSTODY,
        "Each is recorded as a scan, as on the scan page.",
        intent=Intent.CHECK_IN,
    ),
    Many.STATUS: ManyFacts(
        "Change status",
        "changed",
        "edit",
        Action.EDIT_REGISTER,
        "Each status can become only some others. What cannot is left as it is.",
        edits="status",
    ),
    Many.HOME: ManyFacts(
        "Set home location", "changed", "home", Action.EDIT_REGISTER, edits="home_location"
    ),
    Many.CATEGORY: ManyFacts(
        "Set category", "changed", "list", Action.EDIT_REGISTER, edits="category"
    ),
    Many.LABELS: ManyFacts("Print labels", "printed", "print", Action.PRINT_LABELS),
    Many.EXPORT: ManyFacts("Export", "exported", "download", Action.EXPORT),
}


@dataclass(frozen=True, slots=True)
class ManyResult:
    """What became of one asset, or would become of it.

    :param kind: changed, left (it was so already) or refused.
    :param reason: why it was refused or left.
    :param before, after: the columns that an edit changed, for its undo.
    """

    asset_id: int
    asset_tag: str
    name: str
    kind: str
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
