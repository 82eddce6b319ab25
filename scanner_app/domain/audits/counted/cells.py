"""Cells: all that the counts of an audit ask about one expected finding, as one small number.

A cell holds the state, whether the place is known where it was seen, how far its proposal is, and
whether it was scanned outside the audit. CELL_SQL of the models computes it from the columns of a
finding: both databases read it, and an index holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState

# The states of what is expected, by their numbers. New ones are added at the end: rows hold these.
CELL_STATES = (FindingState.MISSING, FindingState.VERIFIED, FindingState.MISPLACED)
PLACED, OPEN, DECIDED, OUTSIDE = 4, 8, 16, 32

# Every expected finding begins so: missing, and nothing else.
FIRST_CELL = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in words.

    :param is_placed: it was seen, and where.
    :param is_open: something is proposed, and nobody has decided.
    :param is_decided: something is proposed, and somebody has.
    :param is_outside: it was scanned outside the audit.
    """

    state: FindingState
    is_placed: bool
    is_open: bool
    is_decided: bool
    is_outside: bool


def read_cell(number: int) -> Cell:
    """Return a cell of its number.

    :raises ValueError: no cell has that number.
    """
    if not 0 <= number < 2 * OUTSIDE or number % PLACED >= len(CELL_STATES):
        raise ValueError(number)
    return Cell(
        CELL_STATES[number % PLACED],
        bool(number & PLACED),
        bool(number & OPEN),
        bool(number & DECIDED),
        bool(number & OUTSIDE),
    )


def states_beside() -> list[FindingState]:
    """Return the states of what is not expected, which no cell holds."""
    return [state for state, kind in FINDING_KINDS.items() if not kind.is_expected]
