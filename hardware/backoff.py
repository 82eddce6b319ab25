"""How long to wait before the next try: doubling, capped, with full jitter."""

from __future__ import annotations

import random


class Backoff:
    """Waits that grow from `first` to `longest` seconds.

    Full jitter: each wait is drawn between half and all of its step, so that thirty readers behind
    one switch do not all come back in the same instant.
    """

    def __init__(
        self, *, first: float = 0.25, longest: float = 30.0, seed: int | None = None
    ) -> None:
        self._first = first
        self._longest = longest
        self._tries = 0
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret

    def next_wait(self) -> float:
        """Return the seconds to wait now, and lengthen the next wait."""
        step = min(self._longest, self._first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return self._random.uniform(step / 2, step)

    def reset(self) -> None:
        """Begin anew: things have been well for a while."""
        self._tries = 0
