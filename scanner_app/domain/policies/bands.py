"""Bands of approval: how many people must approve an amount."""

from __future__ import annotations

from collections.abc import Sequence

# An amount in hundredths of the organisation's currency, and the approvals needed above it.
Bands = Sequence[Sequence[int]]
DEFAULT_BANDS: Bands = ((0, 0), (500_00, 1), (5_000_00, 2))
MAX_BANDS = 6
MAX_APPROVALS = 5


def count_needed(bands: Bands, cents: int | None) -> int:
    """Return how many approvals an amount needs: that of the highest band that it is above.

    An amount that nobody knows needs as many as the highest band.
    """
    if cents is None:
        return max((int(approvals) for _, approvals in bands), default=0)
    return max((int(approvals) for above, approvals in bands if cents > above), default=0)


def refuse_bands(bands: Bands) -> str:
    """Return why bands cannot be used, empty if they can."""
    if not 0 < len(bands) <= MAX_BANDS:
        return f"Enter 1 to {MAX_BANDS} bands."
    if any(not 0 <= approvals <= MAX_APPROVALS for _, approvals in bands):
        return f"Enter 0 to {MAX_APPROVALS} approvals for each band."
    amounts = [above for above, _ in bands]
    if sorted(set(amounts)) != amounts:
        return "Enter the bands from the lowest amount to the highest, each amount once."
    counts = [approvals for _, approvals in bands]
    return "" if sorted(counts) == counts else "A higher amount cannot need fewer approvals."
