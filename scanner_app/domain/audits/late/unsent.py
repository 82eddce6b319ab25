"""What phones say they still hold of an audit's scans, and what closing says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# What a phone said longer ago prevents nothing: it may be broken, or at the bottom of a drawer.
MAX_AGE = timedelta(days=1)
MAX_UNSENT = 100_000
MAX_REASON = 2000
MAX_NAMED = 5
# The phones that one person may have in one audit: its sealed record keeps their names.
MAX_PHONES = 10
MAX_DEVICE = 64
# The part of a record, and of the act of closing, that says what was left out.
LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that counts in an audit, and how many scans of it are on that phone.

    :param told_at: when it last said so.
    """

    actor: str
    name: str
    device: str
    unsent: int
    told_at: datetime

    def is_holding(self, now: datetime) -> bool:
        """Return whether it holds scans, and said so within the last day."""
        return self.unsent > 0 and self.told_at >= now - MAX_AGE


def say_unsent(phones: Sequence[Phone]) -> str:
    """Return how many scans these phones hold, and whose they are; empty if there are none."""
    if not phones:
        return ""
    scans = sum(one.unsent for one in phones)
    names = list(dict.fromkeys(one.name for one in phones))
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return (
        f"{len(phones)} {'phone holds' if len(phones) == 1 else 'phones hold'} {scans:,} "
        f"{'scan' if scans == 1 else 'scans'} not sent: {', '.join(names[:MAX_NAMED])}{more}."
    )


def say_waiting(count: int) -> str:
    """Return how many late scans wait to be taken in; empty if none does."""
    if not count:
        return ""
    return f"{count:,} late {'scan waits' if count == 1 else 'scans wait'} to be taken in."


def show_left(phones: Sequence[Phone], waiting: int) -> dict[str, Any]:
    """Return what closing leaves out, as its act and the record hold it."""
    return {
        "waiting": waiting,
        "phones": [
            {"person": one.actor, "name": one.name, "device": one.device, "unsent": one.unsent}
            for one in phones
        ],
    }


def say_left(left: dict[str, Any]) -> str:
    """Return in words what a record leaves out, from its own part."""
    phones = left["phones"]
    scans = sum(one["unsent"] for one in phones)
    said = [say_waiting(left["waiting"]).replace("waits", "waited").replace("wait ", "waited ")]
    if phones:
        names = ", ".join(dict.fromkeys(one["name"] for one in phones))
        said.append(
            f"{len(phones)} {'phone' if len(phones) == 1 else 'phones'} held {scans:,} "
            f"{'scan' if scans == 1 else 'scans'} not sent: {names}."
        )
    return " ".join(filter(None, said))
