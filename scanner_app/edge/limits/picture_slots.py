"""How many pictures one person may have in the decoder at once, on all web workers of a machine.

The slots are locks on files, which the system releases when a process dies. So one phone cannot
keep the decoder from everybody else.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner_app.domain.errors import TooMany

MAX_AT_ONCE = 2
RETRY_AFTER = 2


@contextmanager
def take_slot(folder: Path, actor: str) -> Iterator[None]:
    """Hold one of an actor's slots.

    :param folder: the folder of the lock files, made if it is missing.
    :param actor: its key, such as `user:7`.
    :raises TooMany: all slots are taken.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = _take_one(folder, actor.replace(":", "-"))
    if held is None:
        raise TooMany(
            f"{MAX_AT_ONCE} of your pictures are being read. Send the next when one is done.",
            retry_after=RETRY_AFTER,
        )
    try:
        yield
    finally:
        os.close(held)


def _take_one(folder: Path, name: str) -> int | None:
    for number in range(MAX_AT_ONCE):
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(folder / f"{name}.{number}", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None
