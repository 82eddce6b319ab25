"""Raw reads, a thousand a second of one tag, from an agent that folds nothing: a few are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scanner_app.domain.readers.new_read import NewRead

# The raw reads of one tag by one antenna in one second that the log keeps. The last of them
# represents the rest.
MAX_KEPT_A_SECOND = 5


@dataclass(slots=True)
class Fold:
    """Raw reads that another one stands for in the log."""

    count: int = 0
    best: float | None = None

    def add(self, read: NewRead) -> None:
        self.count += read.count
        if read.rssi is not None:
            self.best = read.rssi if self.best is None else max(self.best, read.rssi)

    def describe(self) -> str:
        """Return how many there were, for the log."""
        best = "" if self.best is None else f", best rssi {self.best:g}"
        return f"and {self.count} more in that second{best}"


def fold_flood(reads: Sequence[NewRead]) -> tuple[list[UUID | None], dict[UUID, Fold]]:
    """Return for each read the one that stands for it, or None; and by id what those stand for.

    An agent's sightings say what changed, and each is kept. Reads that do not say it may be raw:
    they would fill the log with nothing new.
    """
    heads: list[UUID | None] = []
    seen: set[UUID] = set()
    groups: dict[tuple[str, int, datetime], list[UUID]] = {}
    folds: dict[UUID, Fold] = {}
    for read in reads:
        if read.change is not None or read.read_id in seen:
            heads.append(None)
            continue
        seen.add(read.read_id)
        group = groups.setdefault(
            (read.code.upper(), read.antenna, read.seen_at.replace(microsecond=0)), []
        )
        if len(group) < MAX_KEPT_A_SECOND:
            group.append(read.read_id)
            heads.append(None)
        else:
            folds.setdefault(group[-1], Fold()).add(read)
            heads.append(group[-1])
    return heads, folds
