"""The columns of the lists of people and locations, and which of them are shown at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column: its header, and the order that a click on it gives."""

    label: str
    sort: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class RowList:
    """A list of rows. The name is always its first column.

    :param order: the order that it has at first.
    :param shown: the columns that it has at first.
    """

    order: str
    first: str
    columns: Mapping[str, RowColumn]
    shown: tuple[str, ...]

    def choose(self, names: str) -> tuple[str, ...]:
        """Return the columns of a text such as `number,email`, in their own order."""
        wanted = names.split(",")
        return tuple(name for name in self.columns if name in wanted) or self.shown


ROW_LISTS: Mapping[str, RowList] = {
    "people": RowList(
        "name",
        "Name",
        {
            "number": RowColumn("Number", "number"),
            "department": RowColumn("Department", "department"),
            "email": RowColumn("E-mail", "email"),
            "username": RowColumn("Username", "username"),
            "assets": RowColumn("Assigned", is_number=True),
        },
        ("number", "department", "email", "assets"),
    ),
    "locations": RowList(
        "tree",
        "Location",
        {
            "code": RowColumn("Code", "code"),
            "kind": RowColumn("Kind", "kind"),
            "parent": RowColumn("Inside"),
            "assets": RowColumn("Assets exactly here", "assets", is_number=True),
            "inside": RowColumn("Assets here and inside", "inside", is_number=True),
        },
        ("code", "inside"),
    ),
}
