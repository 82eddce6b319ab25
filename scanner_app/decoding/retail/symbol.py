"""The bars of EAN-13 and UPC-A, and what each blur makes of them.

A module is the width of the thinnest bar. A symbol has 95 of them, and 3 white ones on each side
here. Four samples a module make a row of 404. A row is cut in the middle of its digits, so that the
samples of a piece depend on two neighbours alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

QUIET, MODULES, PER_MODULE = 3, 95, 4
WIDTH = MODULES + 2 * QUIET
SAMPLES = WIDTH * PER_MODULE
DIGITS = 12  # drawn as bars; the first of thirteen is in the parity of the left half
HALF = 6
# Where samples are along the code: 0 at its first bar, 1 after its last.
ALONG = (
    ((np.arange(SAMPLES, dtype=np.float32) + np.float32(0.5)) / PER_MODULE - QUIET) / MODULES
).astype(np.float32)
_x = 2 * ALONG - 1
# How gain and offset may change along a row.
CURVES = np.stack([np.ones_like(_x), _x, _x * _x])
# Samples at which a row is cut: before the first pair, the ends of all pairs, after the last one.
CUTS = (0, 38, 66, 94, 122, 150, 178, 226, 254, 282, 310, 338, 366, SAMPLES)

_ODD = (
    *("0001101", "0011001", "0010011", "0111101", "0100011"),
    *("0110001", "0101111", "0111011", "0110111", "0001011"),
)
_PARITY = (
    *("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG"),
    *("LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"),
)
# Which digits of the left half are in the even alphabet, for each first digit.
EVEN = np.array([[letter == "G" for letter in word] for word in _PARITY])


def _bits(word: str) -> Floats:
    return np.array([int(bit) for bit in word], np.float32)


_L = np.stack([_bits(word) for word in _ODD])
_R = 1 - _L
# The left half has two alphabets: odd in rows 0 to 9, even in rows 10 to 19.
LEFT = np.concatenate([_L, _R[:, ::-1]])
RIGHT = _R
EDGE, CENTRE = _bits("101"), _bits("01010")


@dataclass(frozen=True, slots=True)
class Blur:
    """A blur in modules: a Gaussian of `sigma`, or a disc of `radius` as defocus draws it."""

    sigma: float
    radius: float = 0.0


# From the weakest to the strongest. Beyond a radius of two a disc turns contrast over, and a
# Gaussian settles on a wrong code there.
BLURS = (
    Blur(0.45),
    Blur(0.3, 1.2),
    Blur(0.7),
    Blur(0.3, 1.6),
    Blur(0.95),
    Blur(0.3, 2.0),
    Blur(1.2),
    Blur(0.3, 2.4),
    Blur(0.3, 2.8),
)


@dataclass(frozen=True, slots=True)
class Templates:
    """What one blur makes of bars.

    :param kernel: samples x modules; times a symbol's modules gives its row.
    :param pieces: for each piece its templates, states of both neighbours x samples. The first and
        the last piece have one neighbour. `doubled` is minus two times that, flat, and `energies`
        the sums of its squares.
    :param mean: the mean row of all codes, and `weight`, the inverse of its variance.
    :param evening: samples x 4; a row times this gives the gain and offset, and how much they
        change, that turn `mean` into the row.
    """

    kernel: Floats
    pieces: tuple[Floats, ...]
    doubled: tuple[Floats, ...]
    energies: tuple[Floats, ...]
    mean: Floats
    weight: Floats
    evening: Floats


def draw_modules(left: Ints, right: Ints) -> Floats:
    """Return the modules of codes, 1 for a bar.

    :param left: rows of `LEFT`, codes x 6.
    :param right: rows of `RIGHT`, codes x 6.
    """
    count = len(left)
    out = np.zeros((count, WIDTH), np.float32)
    out[:, 3:6] = out[:, 95:98] = EDGE
    out[:, 6:48] = LEFT[left].reshape(count, -1)
    out[:, 48:53] = CENTRE
    out[:, 53:95] = RIGHT[right].reshape(count, -1)
    return out


def random_codes(count: int, seed: int) -> tuple[Ints, Ints]:
    """Return the left and right states of codes with right parity."""
    random = np.random.default_rng(seed)
    first = random.integers(0, 10, count)
    digits = random.integers(0, 10, (count, DIGITS))
    return digits[:, :HALF] + 10 * EVEN[first], digits[:, HALF:]


def _kernel(blur: Blur, samples: int = SAMPLES, modules: int = WIDTH) -> Floats:
    fine = 64
    reach = 6 * fine
    at = np.arange(-reach, reach + 1) / fine
    density = np.exp(-(at**2) / (2 * blur.sigma**2))
    if blur.radius:
        disc = np.sqrt(np.clip(blur.radius**2 - at**2, 0, None))
        density = np.convolve(disc, density, "same")
    rising = np.cumsum(density) / density.sum()
    centres = (np.arange(samples) + 0.5) / PER_MODULE
    edges = np.arange(modules + 1)
    steps = np.interp(edges[None] - centres[:, None], at, rising)
    return np.asarray(np.diff(steps, axis=1), np.float32)


def _pieces(kernel: Floats) -> tuple[Floats, ...]:
    """Return the templates of all thirteen pieces."""
    pieces = []
    for index, (low, high) in enumerate(pairwise(CUTS)):
        before = _states(index - 1)
        after = _states(index)
        bits = np.zeros((len(before), len(after), WIDTH), np.float32)
        if index == 0:
            bits[..., 3:6] = EDGE
        elif index == DIGITS:
            bits[..., 95:98] = EDGE
        elif index == HALF:
            bits[..., 48:53] = CENTRE
        if index > 0:
            bits[..., _place(index - 1)] = before[:, None]
        if index < DIGITS:
            bits[..., _place(index)] = after[None]
        pieces.append(bits @ kernel[low:high].T)
    return tuple(pieces)


def _states(digit: int) -> Floats:
    if not 0 <= digit < DIGITS:
        return np.zeros((1, 7), np.float32)
    return LEFT if digit < HALF else RIGHT


def _place(digit: int) -> slice:
    start = 6 + 7 * digit if digit < HALF else 53 + 7 * (digit - HALF)
    return slice(start, start + 7)


@cache
def templates() -> tuple[Templates, ...]:
    """Return the templates of all blurs, computed with the first picture that needs them."""
    return tuple(_templates(blur) for blur in BLURS)


def _templates(blur: Blur) -> Templates:
    kernel = _kernel(blur)
    pieces = _pieces(kernel)
    rows = draw_modules(*random_codes(60, seed=1)) @ kernel.T
    spread = rows.var(axis=0)
    mean, weight = rows.mean(axis=0), 1 / (spread + np.float32(0.02))
    design = np.concatenate([mean * CURVES[:2], CURVES[:2]])
    evening = np.linalg.solve((design * weight) @ design.T, design * weight).T
    return Templates(
        kernel,
        pieces,
        tuple(-2 * piece.reshape(-1, piece.shape[2]) for piece in pieces),
        tuple((piece**2).sum(axis=2).reshape(-1, 1) for piece in pieces),
        mean,
        weight,
        evening.astype(np.float32),
    )


def stretch(rows: Floats, window: int) -> Floats:
    """Return darkness, 0 to 1 between the lightest and the darkest of each surrounding."""
    size = window | 1
    kernel = np.ones((1, size), np.uint8)
    rows = np.ascontiguousarray(rows, np.float32)
    light = cv2.blur(cv2.dilate(rows, kernel), (size, 1))
    dark = cv2.blur(cv2.erode(rows, kernel), (size, 1))
    return np.asarray((light - rows) / np.maximum(light - dark, 1e-3), np.float32)
