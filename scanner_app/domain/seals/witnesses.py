"""Where checkpoints of the log are taken, so that somebody outside knows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

# What fails is tried again after these pauses, the last one for as long as KEEP_TRYING says.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
KEEP_TRYING = timedelta(days=30)


class Way(StrEnum):
    """A place outside."""

    STAMP = "stamp"
    HOOK = "hook"


WAYS = {
    Way.STAMP: "Time stamps (RFC 3161)",
    Way.HOOK: "Checkpoints sent away",
}


def next_try(since: datetime, attempts: int, now: datetime) -> datetime | None:
    """Return when what failed so often is tried again; None if it is given up.

    :param since: when it began to wait.
    """
    if now - since > KEEP_TRYING:
        return None
    return now + PAUSES[min(attempts, len(PAUSES)) - 1]
