"""Reads EAN-13 and UPC-A whose bars have melted: the digits that explain the rows best.

After Gallo and Manduchi, "Reading 1D barcodes with mobile phones using deformable templates"
(2011); the bank of blurs and the exact second best code are additions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scanner_app.decoding.retail.bands import Band, Grey, directions, find_bands, to_light, turn
from scanner_app.decoding.retail.digits import text_of
from scanner_app.decoding.retail.fit import best_rows, first_look, refine, settle
from scanner_app.decoding.retail.symbol import PER_MODULE, QUIET, templates

Point = tuple[float, float]
# Hypotheses for each blur and way round that are compared with digits; of each band, how many
# guesses are fitted roughly, and how many of those finely.
KEEP, ROUGH, FINE = 40, 14, 3

ROUGH_ROUNDS, FINE_ROUNDS = 3, 5
BATCH, BATCHES = 4, 2
# Of the row's energy: what is worse after the rough fit is not such a code, and where none of
# the likeliest bands is better, the others are not looked at.
HOPELESS, PROMISING = 0.45, 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """What one band says.

    :param fit: squared error, of the energy of the row.
    :param margin: how much worse the second best code is.
    :param is_plain: whether the digits had right parity and check digit by themselves.
    :param begin: and `end`, where the code begins and ends in the band's row.
    """

    text: str
    fit: float
    margin: float
    is_plain: bool
    band: Band
    begin: float
    end: float

    @property
    def weight(self) -> float:
        """Return the margin, or half of it where parity and check digit, and a poor fit, warn."""
        return self.margin if self.is_plain or self.fit < GOOD_FIT else self.margin / 2

    @property
    def may_count(self) -> bool:
        return self.fit < (MAX_FIT_IF_PLAIN if self.is_plain else MAX_FIT) and (
            self.margin > MIN_MARGIN
        )


@dataclass(frozen=True, slots=True)
class RetailCode:
    """A code that is believed: 13 digits, and its corners, clockwise from its own top left."""

    text: str
    polygon: tuple[Point, Point, Point, Point]


class Clock:
    """Processor time that may be spent, and a moment after which none may be."""

    def __init__(self, budget_ms: float, deadline: float = float("inf")) -> None:
        self._step = time.process_time()
        self._end = self._step + budget_ms / 1000
        self._deadline = deadline
        self._longest = 0.0

    def is_over(self) -> bool:
        """Return whether another step as long as the longest so far would be too late."""
        now = time.process_time()
        self._longest = max(self._longest, now - self._step)
        self._step = now
        return now + self._longest > self._end or time.perf_counter() >= self._deadline


def prepare() -> None:
    """Compute what each blur makes of bars, once in a process, so that no picture pays for it."""
    templates()


def read_retail(grey: Grey, clock: Clock) -> RetailCode | None:
    """Return the code that two bands of a picture, or one very surely, show."""
    seen: list[Reading] = []
    for readings in read_bands(grey, clock):
        seen += readings
        if found := believe(seen):
            return found
    return None


def read_bands(grey: Grey, clock: Clock) -> Iterator[list[Reading]]:
    """Yield what batches of bands say, until all are read or the time is over."""
    light = to_light(grey)
    queue: list[list[Band]] = []
    for degrees in directions(light):
        if clock.is_over():
            return
        queue.append(find_bands(*turn(light, degrees)))
    for number in range(BATCHES):
        for index, bands in enumerate(queue):
            batch = bands[number * BATCH : (number + 1) * BATCH]
            if clock.is_over():
                return
            readings = _read_batch(batch) if batch else []
            if not any(reading.fit < PROMISING for reading in readings):
                queue[index] = []
            yield readings


def _read_batch(bands: list[Band]) -> list[Reading]:
    rows = np.stack([band.row for band in bands])
    guesses = first_look(rows, KEEP, ROUGH)
    if guesses is None:
        return []
    refine(guesses, rows, ROUGH_ROUNDS)
    guesses = best_rows(guesses, FINE)
    guesses = guesses.take(np.flatnonzero(guesses.score < HOPELESS))
    if not len(guesses):
        return []
    refine(guesses, rows, FINE_ROUNDS)
    settle(guesses)
    guesses = best_rows(guesses, 1)
    edge = QUIET * PER_MODULE
    return [
        Reading(
            text_of(guesses.states[row]),
            float(guesses.score[row]),
            float(guesses.margin[row]),
            bool(guesses.is_plain[row]),
            bands[guesses.band[row]],
            float(guesses.at[row, edge]),
            float(guesses.at[row, -1 - edge]),
        )
        for row in range(len(guesses))
    ]


# -- what is believed ----------------------------------------------------------------------------

MAX_FIT, MAX_FIT_IF_PLAIN, MIN_MARGIN = 0.16, 0.18, 2.0
GOOD_FIT = 0.06
# Two bands of one label agreed on a wrong code with 39.7.
MIN_SUM = 45.0
ALONE_FIT, ALONE_MARGIN = 0.09, 35.0
# Bands that say something else must weigh less than this part.
MAX_AGAINST = 0.33


def believe(seen: list[Reading]) -> RetailCode | None:
    """Return the text that two bands without a common row agree on, or that one shows surely."""
    groups: dict[str, list[Reading]] = {}
    for reading in seen:
        if reading.may_count:
            groups.setdefault(reading.text, []).append(reading)
    if not groups:
        return None
    weights = {text: _weight(group) for text, group in groups.items()}
    text = max(weights, key=lambda text: weights[text])
    against = max((weights[other] for other in weights if other != text), default=0.0)
    group = groups[text]
    is_sure = any(r.is_plain and r.fit < ALONE_FIT and r.margin > ALONE_MARGIN for r in group)
    is_proved = any(r.is_plain for r in group)
    agrees = len(group) > 1 and is_proved and weights[text] > MIN_SUM
    if against > MAX_AGAINST * weights[text] or not (is_sure or agrees):
        return None
    return RetailCode(text, _outline(group))


def _weight(group: list[Reading]) -> float:
    """Return what the two best bands weigh. More of them would repeat the same fault of print."""
    return sum(sorted((reading.weight for reading in group), reverse=True)[:2])


def _outline(group: list[Reading]) -> tuple[Point, Point, Point, Point]:
    best = max(group, key=lambda reading: reading.margin)
    near = [r for r in group if np.allclose(r.band.back, best.band.back)]
    first = min(near, key=lambda reading: reading.band.top)
    last = max(near, key=lambda reading: reading.band.top)
    upper = [first.band.to_picture(at, is_bottom=False) for at in (first.begin, first.end)]
    lower = [last.band.to_picture(at, is_bottom=True) for at in (last.begin, last.end)]
    if best.begin > best.end:
        # It is upside down.
        return lower[0], lower[1], upper[1], upper[0]
    return upper[0], upper[1], lower[1], lower[0]
