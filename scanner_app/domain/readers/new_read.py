"""One sighting of a tag as a reader's agent reports it, and the words that the log keeps of it.

`describe` writes those words and `read_words` reads strength and change from them again. People
cannot write the column that they are kept in (`scan.reader_said`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Change(StrEnum):
    """What a sighting says about the tag's presence."""

    ARRIVED = "arrived"
    PRESENT = "present"
    MOVED = "moved"
    DEPARTED = "departed"
    GLIMPSED = "glimpsed"


# The tag is still there, or was until then. A door does not carry out its intent again.
STAYS = frozenset({Change.PRESENT, Change.DEPARTED})


@dataclass(frozen=True, slots=True)
class NewRead:
    """One sighting of a tag as an agent reports it; contract: POST /reads.

    :param change: None if the agent does not report it.
    :param is_weak: the agent itself says that this read proves nothing.
    """

    read_id: UUID
    code: str
    seen_at: datetime
    antenna: int = 0
    rssi: float | None = None
    count: int = 1
    first_seen_at: datetime | None = None
    change: str | None = None
    is_weak: bool = False
    tid: str | None = None

    def describe(self) -> str:
        """Return what the reader reported, for the log."""
        strength = "" if self.rssi is None else f" rssi {self.rssi:g}"
        parts = [f"antenna {self.antenna}{strength} count {self.count}"]
        parts += [self.change] if self.change else []
        parts += ["weak"] if self.is_weak else []
        parts += [f"tid {self.tid}"] if self.tid else []
        return ", ".join(parts)

    @property
    def key(self) -> str:
        """Return what was sent, as one text: the same read again has the same key.

        The place, the intent and a corrected time are left out. They are ours, and may have changed
        between an answer that got lost and the agent's next try.
        """
        return f"{self.code}\n{self.seen_at.isoformat()}\n{self.describe()}"


class ReadWords(NamedTuple):
    """What `describe` wrote about strength and presence."""

    rssi: float | None = None
    change: str | None = None


_WORDS = re.compile(
    r"antenna \d+(?: rssi (?P<rssi>-?[0-9.]+))? count \d+"
    rf"(?:, (?P<change>{'|'.join(Change)}))?"
)


def read_words(text: str | None) -> ReadWords:
    """Return strength and change from the words of `describe`."""
    words = _WORDS.match(text or "")
    if words is None:
        return ReadWords()
    return ReadWords(float(words["rssi"]) if words["rssi"] else None, words["change"])
