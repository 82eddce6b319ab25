"""What a plan of one row holds, and the reading of its cells that all kinds share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scanner_app.domain.imports.kind import CUSTOM
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.services.files.tables.source_row import MAX_CELL, Row
from scanner_app.services.imports.cells import (
    BadCell,
    check_code,
    check_text,
    clean_code,
    is_blank_word,
    is_true,
    lost_digits,
    shorten,
)
from scanner_app.services.imports.mapping import ColumnMapping
from scanner_app.services.imports.names import Reference, Unresolved
from scanner_app.services.register.codes import holds_secret

T = TypeVar("T")
UTC_ZONE = ZoneInfo("UTC")
# Of these, a word such as "none" may be the value; codes and dates are judged where they are read.
_WORDS_COUNT = frozenset(
    {"name", "first_name", "last_name", "custodian_first", "custodian_last", "notes", "code",
     "asset_tag", "deleted", "archived", "disposed", "purchase_date", "eol_date", "due_at"}
)  # fmt: skip
# Called with the number of rows that are finished.
Progress = Callable[[int], None]
MAX_HEADER = 200
MAX_SHOWN = 200


@dataclass(slots=True)
class PlannedRow:
    """What one row would do: its verdict, and in `detail` the values, the changes and the reasons.

    `detail` holds `changes` {label: [old, new]} for people; `values`, and `refs` to records that do
    not exist yet, for the apply; `was` to see whether the register moved since; and `reasons` and
    `notes`.
    """

    number: int
    label: str
    verdict: str = Verdict.LEFT.value
    detail: dict[str, Any] = field(default_factory=dict)


class Planner(Protocol):
    """Plans rows in the order of the file; what it saw in earlier rows counts for later ones."""

    def prepare(self, rows: Iterable[Row]) -> None: ...

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]: ...

    def to_make(self) -> Additions: ...


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a planner needs besides the rows."""

    headers: tuple[str, ...]
    mapping: ColumnMapping
    statuses: Mapping[str, Stage]
    currency: str
    custom_names: tuple[str, ...] = ()  # under which separate columns are kept
    zone: ZoneInfo = UTC_ZONE  # whose days count
    now: datetime | None = None


@dataclass(slots=True)
class RowReader:
    """The cells of one row by target, and the reasons and notes gathered on the way."""

    number: int
    texts: dict[str, str]
    custom: dict[str, str]
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, row: Row, context: PlanContext) -> RowReader:
        """Return the reader of a row; a cell that cannot be kept is a reason already."""
        reader = cls(row.number, {}, {})
        columns = context.mapping.columns
        for at, text in enumerate(row.cells):
            if not text:
                continue
            if at >= len(columns):
                reader.reasons.append(
                    f"the row has more cells than the header row ({shorten(text, 30)!r} is "
                    "beyond the last column); a separator inside a cell needs quotation marks"
                )
                break
            target = columns[at]
            if not target:
                continue
            if holds_secret(text):
                header = context.headers[at][:MAX_HEADER]
                reader.reasons.append(
                    f"{header} holds a password or a similar secret, which is not kept here; "
                    "leave it out"
                )
                continue
            if target == CUSTOM:
                header = context.custom_names[at][:MAX_HEADER]
                if lost_digits(text):
                    reader.notes.append(
                        f"{header} {shorten(text)!r} is a rounded number; digits are lost"
                    )
                try:
                    reader.custom[header] = check_text(text, limit=MAX_CELL, multiline=True)
                except BadCell as error:
                    reader.reasons.append(f"{header} {error}")
            elif target not in _WORDS_COUNT and is_blank_word(text):
                reader.notes.append(f"{context.headers[at][:MAX_HEADER]} {text!r}: taken as blank")
            else:
                reader.texts[target] = text
        return reader

    @property
    def is_deleted(self) -> bool:
        """Whether the row says that what it names was deleted elsewhere."""
        return is_true(self.text("deleted"))

    def text(self, target: str) -> str:
        return self.texts.get(target, "")

    def parse(self, target: str, label: str, read: Callable[[str], T]) -> T | None:
        """Return what `read` makes of the cell; None if the cell is blank or was refused."""
        text = self.texts.get(target)
        if not text:
            return None
        try:
            return read(text)
        except (BadCell, Unresolved) as error:
            separator = ": " if isinstance(error, Unresolved) else " "
            self.reasons.append(f"{label}{separator}{error}")
            return None

    def code(self, target: str, label: str) -> str:
        """Return a tag, number or code; the empty text if the cell is blank or was refused."""
        return self.parse(target, label, check_code) or ""

    def maker_code(self, target: str, label: str) -> str:
        """Return a code that no person of ours gave; what nobody sees is taken off."""
        return self.parse(target, label, clean_code) or ""

    def plain(self, target: str, label: str) -> str:
        """Return a short text; the empty text if the cell is blank or was refused."""
        return self.parse(target, label, check_text) or ""


def refuse(row: PlannedRow, reader: RowReader) -> PlannedRow:
    """Return the row as refused, with the reasons that its reader gathered."""
    row.verdict = Verdict.REFUSED.value
    row.detail = {"reasons": reader.reasons}
    if reader.notes:
        row.detail["notes"] = reader.notes
    return row


def leave_deleted(row: PlannedRow, reader: RowReader) -> PlannedRow:
    """Return the row as left: what was deleted elsewhere is neither added nor changed."""
    when = reader.text("deleted")
    row.verdict = Verdict.LEFT.value
    row.detail = {"notes": [f"deleted in the other register ({shorten(when)}): left out"]}
    return row


def for_display(value: Any) -> str:
    """Return a value as the list of changes shows it."""
    return "" if value is None else shorten(str(value), MAX_SHOWN)


def split_reference(
    values: dict[str, Any], refs: dict[str, Any], name: str, reference: Reference
) -> None:
    """Add an id to the values, or the key of a record that does not exist yet to the references."""
    if isinstance(reference, int):
        values[name] = reference
    else:
        refs[name] = reference[0]
