"""The states of an import and the verdicts on its rows, and what is kept of a file beside its rows.

Each state and each verdict has one row, in which every layer finds what it shows of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec


class RunState(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """How a state is shown, and what may be done in it."""

    label: str
    tone: str
    icon: str
    is_busy: bool = False
    is_done: bool = False
    has_rows: bool = False


STATES: Mapping[RunState, StateFacts] = {
    RunState.UPLOADED: StateFacts("Columns open", "note", "edit"),
    RunState.CHECKING: StateFacts("Checking", "accent", "clock", is_busy=True),
    RunState.CHECKED: StateFacts("To be applied", "warn", "eye", has_rows=True),
    RunState.APPLYING: StateFacts("Importing", "accent", "clock", is_busy=True),
    RunState.APPLIED: StateFacts("Imported", "good", "check", is_done=True, has_rows=True),
    RunState.FAILED: StateFacts("Failed", "bad", "cross", has_rows=True),
    RunState.CANCELLED: StateFacts("Given up", "", "undo", is_done=True),
}
# A checked import that would change nothing does not wait for anybody.
NOTHING_TO_APPLY = StateFacts("Nothing to apply", "good", "check", has_rows=True)
ALL_REFUSED = StateFacts("Nothing to apply", "bad", "cross", has_rows=True)


class Verdict(StrEnum):
    """What happens to a row, in the order in which people look at them."""

    REFUSED = "refused"
    CHANGED = "changed"
    CREATED = "created"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """How a verdict is shown. `column` of an import holds the number of its rows."""

    label: str
    tone: str
    column: str


VERDICTS: Mapping[Verdict, VerdictFacts] = {
    Verdict.REFUSED: VerdictFacts("Refused", "bad", "refused_count"),
    Verdict.CHANGED: VerdictFacts("Changed", "warn", "changed_count"),
    Verdict.CREATED: VerdictFacts("Created", "good", "created_count"),
    Verdict.LEFT: VerdictFacts("Left as they are", "", "left_count"),
}

# What rows that are not refused wait for: a name of `Related`, then the key of each new record,
# then its texts.
Additions = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class RunNotes:
    """What is kept of a run as JSON in its column `headers`; read and written only here."""

    # How the file is read, and what one look at all of it showed.
    names: tuple[str, ...] = ()
    format: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheet_names: tuple[str, ...] = ()
    header_row: int = 1
    encodings: Mapping[str, str] = field(default_factory=dict)
    # Columns with values that nothing is made of, and those kept beside the one that was chosen.
    dropped: tuple[str, ...] = ()
    kept_beside: tuple[str, ...] = ()
    known_file: str = ""
    is_from_snipe: bool = False
    samples: tuple[tuple[str, ...], ...] = ()
    unknown_statuses: tuple[str, ...] = ()
    ambiguous_dates: Mapping[str, str] = field(default_factory=dict)
    # What the work on it added: how often it was begun, what it adds first, what it leaves out.
    attempts: int = 0
    to_make: Additions = field(default_factory=dict)
    left_out: int = 0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RunNotes:
        """Return the notes that a run holds; keys of older versions are ignored."""
        return msgspec.convert(stored, cls)

    def as_json(self) -> dict[str, Any]:
        """Return the notes as the column holds them."""
        made: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return made
