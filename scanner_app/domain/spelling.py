"""Which known word a misspelt one may have meant: by the pairs of letters that both contain."""

from __future__ import annotations

from collections.abc import Iterable

LEAST_ALIKE = 0.55
MAX_LENGTH_APART = 3
MIN_LENGTH = 3


def split_pairs(word: str) -> frozenset[str]:
    """Return the pairs of neighbouring letters of a word, its two ends included."""
    padded = f" {word} "
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))


def find_nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like a word, or None if none is like it.

    Both are compared in the case in which they come. Of two that are equally alike the first in the
    alphabet wins, so that the same question has the same answer.
    """
    if len(word) < MIN_LENGTH:
        return None
    pairs = split_pairs(word)
    best: tuple[float, str] | None = None
    for other in known:
        if abs(len(other) - len(word)) > MAX_LENGTH_APART:
            continue
        theirs = split_pairs(other)
        alike = 2 * len(pairs & theirs) / (len(pairs) + len(theirs))
        if alike >= LEAST_ALIKE and (best is None or (-alike, other) < best):
            best = (-alike, other)
    return best[1] if best else None
