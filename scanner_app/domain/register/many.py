"""What can be done to many people or locations at once, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.access.roles import Action

# Each is a separate edit, judged alone.
MAX_ROWS = 1000


class ManyRows(StrEnum):
    """Something that is done to many people or locations at once."""

    DEPARTMENT = "department"
    LEFT = "left"
    BACK = "back"
    PARENT = "parent"
    KIND = "kind"
    OUT_OF_USE = "out_of_use"
    IN_USE = "in_use"
    LABELS = "labels"

    @property
    def facts(self) -> ManyRowsFacts:
        """Return the row of this action."""
        return MANY_ROWS[self]


@dataclass(frozen=True, slots=True)
class ManyRowsFacts:
    """What is said of an action.

    :param list: the list it belongs to: people or locations.
    :param label: its button.
    :param verb: what happens to a row that changes, after "were".
    :param edits: the field that it edits; empty where it edits nothing.
    :param value: what the field becomes, where nobody is asked.
    :param asks: the label of the field for what it becomes.
    :param explains: what it means, said before it is done.
    """

    list: str
    label: str
    verb: str
    icon: str
    edits: str = ""
    value: bool | None = None
    asks: str = ""
    explains: str = ""
    action: Action = Action.EDIT_REGISTER


MANY_ROWS: dict[ManyRows, ManyRowsFacts] = {
    ManyRows.DEPARTMENT: ManyRowsFacts(
        "people", "Set department", "changed", "people", "department", asks="Department"
    ),
    ManyRows.LEFT: ManyRowsFacts(
        "people",
        "Mark as left",
        "marked as left",
        "out",
        "is_active",
        value=False,
        explains="What is assigned to them stays so until it is checked in.",
    ),
    ManyRows.BACK: ManyRowsFacts(
        "people", "Mark as back", "marked as back", "in", "is_active", value=True
    ),
    ManyRows.PARENT: ManyRowsFacts(
        "locations",
        "Move",
        "moved",
        "move",
        "parent",
        asks="Inside",
        explains="All that is inside them moves with them.",
    ),
    ManyRows.KIND: ManyRowsFacts("locations", "Set kind", "changed", "list", "kind", asks="Kind"),
    ManyRows.OUT_OF_USE: ManyRowsFacts(
        "locations",
        "Take out of use",
        "taken out of use",
        "cross",
        "is_active",
        value=False,
        explains="They are offered no more. What is recorded in them stays so.",
    ),
    ManyRows.IN_USE: ManyRowsFacts(
        "locations", "Take into use", "taken into use", "check", "is_active", value=True
    ),
    ManyRows.LABELS: ManyRowsFacts(
        "locations", "Print labels", "printed", "print", action=Action.PRINT_LABELS
    ),
}


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row.

    :param ref: what names it in an address: a person's number, a location's code.
    :param kind: changed, left (it was so already) or refused.
    :param reason: why it was refused or left.
    :param before: what the field was.
    """

    ref: str
    name: str
    kind: str
    reason: str = ""
    before: str | bool | None = None


class Shown(StrEnum):
    """What a list of people or locations is narrowed to."""

    HOLDING = "holding"
    LEFT = "left"
    LEFT_HOLDING = "left-holding"
    OUT_OF_USE = "out-of-use"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One way to narrow a list, the list it belongs to, and the name of its view."""

    shown: Shown
    list: str
    label: str


SHOWN_ROWS: dict[Shown, ShownRow] = {
    row.shown: row
    for row in (
        ShownRow(Shown.HOLDING, "people", "With assets"),
        ShownRow(Shown.LEFT, "people", "Left"),
        ShownRow(Shown.LEFT_HOLDING, "people", "Left, with assets"),
        ShownRow(Shown.EMPTY, "locations", "Empty"),
        ShownRow(Shown.OUT_OF_USE, "locations", "Not in use"),
    )
}


def list_built_views(list_: str) -> list[tuple[str, str]]:
    """Return the views that a list has by itself: pairs of name and query."""
    own = [(row.label, f"shown={row.shown}") for row in SHOWN_ROWS.values() if row.list == list_]
    return [("All", ""), *own]


def read_shown(text: str, list_: str) -> Shown | None:
    """Return what a list is narrowed to; None where it is not, or where the text is not known."""
    return next(
        (row.shown for row in SHOWN_ROWS.values() if row.shown == text and row.list == list_), None
    )
