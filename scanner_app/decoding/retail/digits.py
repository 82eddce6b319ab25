"""The digits that explain a row best, and how much worse the second best code is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scanner_app.decoding.retail.symbol import (
    CUTS,
    DIGITS,
    EVEN,
    HALF,
    SAMPLES,
    Floats,
    Ints,
    Templates,
)

# Neighbouring samples share their noise, so a tenth of them counts.
INDEPENDENT = SAMPLES / 10
Costs = list[Floats]


def piece_costs(rows: Floats, blur: Templates) -> Costs:
    """Return the squared error of each piece: states of the neighbours before x after x rows."""
    columns = np.ascontiguousarray(rows.T)
    squares = columns * columns
    costs = []
    for index, (low, high) in enumerate(pairwise(CUTS)):
        piece = blur.pieces[index]
        before, after, _ = piece.shape
        product = blur.doubled[index] @ columns[low:high]
        product += blur.energies[index]
        product += squares[low:high].sum(axis=0)
        costs.append(product.reshape(before, after, len(rows)))
    return costs


def cheapest(costs: Costs) -> Floats:
    """Return the least cost of any digits, for each row."""
    best = costs[0][0]
    for piece in costs[1:]:
        best = (best[:, None] + piece).min(axis=0)
    return np.asarray(best[0], np.float32)


def best_digits(costs: Costs) -> tuple[Floats, Ints]:
    """Return the least cost and its states, rows x 12, without regard to parity and check digit."""
    best = costs[0][0]
    totals = []
    for piece in costs[1:]:
        total = best[:, None] + piece
        totals.append(total)
        best = total.min(axis=0)
    count = best.shape[1]
    rows = np.arange(count)
    states = np.zeros((count, DIGITS), np.intp)
    at = np.zeros(count, np.intp)
    for digit in range(DIGITS - 1, -1, -1):
        at = totals[digit][:, at, rows].argmin(axis=0)
        states[:, digit] = at
    return best[0], states


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The best codes with right parity and check digit, one for each row.

    :param states: rows of the alphabets, rows x 12.
    :param cost: the squared error; `second`, that of the second best code.
    """

    states: Ints
    cost: Floats
    second: Floats

    def margins(self) -> Floats:
        """Return how much worse the second best codes are."""
        best = np.maximum(self.cost, np.float32(1e-6))
        return np.asarray((self.second - self.cost) / best * INDEPENDENT, np.float32)


def text_of(states: Ints) -> str:
    """Return the thirteen digits of one row of states."""
    is_even = states[:HALF] >= 10  # noqa: PLR2004 - the even alphabet's rows
    first = int(np.flatnonzero((is_even == EVEN).all(axis=1))[0])
    return f"{first}{''.join(str(state % 10) for state in states)}"


def decide(costs: Costs) -> Verdicts:
    """Return the best code with right parity and check digit, and the cost of the next one.

    Forward and backward over (digit, sum modulo 10), for all first digits at once.
    """
    pieces = [_by_parity(piece.transpose(2, 0, 1), index) for index, piece in enumerate(costs)]
    # The least cost of a code with a digit at a place: places x rows x first digits x digits.
    through = np.stack(
        [(f + b).min(axis=3) for f, b in zip(_forward(pieces), _backward(pieces), strict=True)]
    )
    whole = through[0].min(axis=2)
    rows = np.arange(len(whole))
    first = whole.argmin(axis=1)
    best = whole[rows, first]
    of_first = through[:, rows, first]
    digits = of_first.argmin(axis=2)
    # Another code differs in its first digit, or at some place.
    of_first[np.arange(DIGITS)[:, None], rows, digits] = np.inf
    whole[rows, first] = np.inf
    second = np.minimum(of_first.min(axis=(0, 2)), whole.min(axis=1))
    states = digits.T.copy()
    states[:, :HALF] += 10 * EVEN[first]
    return Verdicts(states, best, second)


def _by_parity(piece: Floats, index: int) -> Floats:
    """Return a piece's costs, rows x first digits x digit before x digit after."""
    before, after = _alphabet(index - 1), _alphabet(index)
    return piece[:, before[:, :, None], after[:, None, :]]


def _alphabet(digit: int) -> Ints:
    """Return the states of each first digit's alphabet at a place."""
    if not 0 <= digit < DIGITS:
        return np.zeros((len(EVEN), 1), np.intp)
    tens = 10 * EVEN[:, digit] if digit < HALF else np.zeros(len(EVEN), np.intp)
    return np.arange(10)[None] + tens[:, None]


# The first of thirteen digits counts once in the check sum, the next one three times, and so on.
_WEIGHTS = [3 if index % 2 == 0 else 1 for index in range(DIGITS)]
_digit, _sum = np.arange(10)[:, None], np.arange(10)[None]


def _forward(pieces: list[Floats]) -> list[Floats]:
    """Return, after each digit, the least cost: rows x first digits x digit x sum modulo 10."""
    firsts = np.arange(10)
    state = np.full((len(pieces[0]), 10, 10, 10), np.inf, np.float32)
    for digit in range(10):
        state[:, firsts, digit, (firsts + _WEIGHTS[0] * digit) % 10] = pieces[0][:, :, 0, digit]
    out = [state]
    for index in range(1, DIGITS):
        step = (state[:, :, :, None] + pieces[index][..., None]).min(axis=2)
        state = step[:, :, _digit, (_sum - _WEIGHTS[index] * _digit) % 10]
        out.append(state)
    return out


def _backward(pieces: list[Floats]) -> list[Floats]:
    """Return, before the end of the code, the least cost that is still to come."""
    state = np.full((len(pieces[0]), 10, 10, 10), np.inf, np.float32)
    state[..., 0] = pieces[DIGITS][..., 0]
    out = [state]
    for index in range(DIGITS - 1, 0, -1):
        came = state[:, :, _digit, (_sum + _WEIGHTS[index] * _digit) % 10]
        state = (came[:, :, None] + pieces[index][..., None]).min(axis=3)
        out.append(state)
    return out[::-1]
