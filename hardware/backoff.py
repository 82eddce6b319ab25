"""Waits between attempts: each step is twice as long, up to a limit, with random jitter."""

from __future__ import annotations

import random


class Backoff:
    """Waits that grow from `first` to `longest` seconds.

    Each wait is drawn between half of its step and all of it. Without that, thirty readers behind
    one switch would all reconnect at the same moment.
    """

    def __init__(
        self, *, first: float = 0.25, longest: float = 30.0, seed: int | None = None
    ) -> None:
        self._first = first
        self._longest = longest
        self._tries = 0
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret

    def next_wait(self) -> float:
        """Return the seconds to wait now, and make the next wait longer."""
        step = min(self._longest, self._first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return self._random.uniform(step / 2, step)

    def reset(self) -> None:
        """Start with the shortest wait again, because the connection has worked for a while."""
        self._tries = 0
