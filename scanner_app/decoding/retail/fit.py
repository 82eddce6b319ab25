"""Fits hypotheses to rows: which blur, how light falls, where the bars really are, which digits."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from scanner_app.decoding.retail.digits import best_digits, cheapest, decide, piece_costs
from scanner_app.decoding.retail.hypotheses import (
    EVERY,
    hypotheses_of,
    positions_of,
    prune,
    read_at,
)
from scanner_app.decoding.retail.symbol import (
    ALONG,
    CURVES,
    HALF,
    SAMPLES,
    Bools,
    Floats,
    Ints,
    Templates,
    draw_modules,
    templates,
)

# The blurs of the first look. Refinement tries their neighbours.
FIRST_BLURS = (0, 2, 3, 5, 7)
NEIGHBOURS = 2
KNOTS = 6
MAX_STEP, MAX_SHIFT = 0.8, 1.5
STIFFNESS = 0.02
LEAST_GAIN = 0.1


@dataclass(slots=True)
class Guesses:
    """Hypotheses that are being fitted, one in each row.

    :param band: the row of the picture; `at`, where each sample is in it; `blur`, which of `BLURS`.
    :param shift: how far samples moved since the first look, in modules.
    :param value: darkness as the row has it; `seen`, with light made even.
    :param score: squared error, of the energy of the row; `margin`, how much worse the second best
        code is; `is_plain`, whether parity and check digit had to change nothing.
    """

    band: Ints
    at: Floats
    blur: Ints
    shift: Floats
    states: Ints
    value: Floats
    seen: Floats
    score: Floats
    margin: Floats
    is_plain: Bools

    def take(self, rows: Ints) -> Guesses:
        return Guesses(*(getattr(self, field.name)[rows] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.band)


def first_look(rows: Floats, keep: int, each: int) -> Guesses | None:
    """Return the likeliest hypotheses of each row.

    :param keep: hypotheses that are compared with digits, for each blur and way round.
    :param each: guesses that are returned for each row.
    """
    blurs = [templates()[index] for index in FIRST_BLURS]
    bands, ats, ways = [], [], []
    for band, row in enumerate(rows):
        hypotheses = hypotheses_of(row)
        if not len(hypotheses):
            continue
        positions = positions_of(hypotheses, EVERY)
        coarse = read_at(rows, np.full(len(positions), band), positions)
        chosen = prune(coarse, blurs, keep)
        bands.append(np.full(chosen.shape, band))
        ats.append(hypotheses[chosen])
        ways.append(chosen)
    if not bands:
        return None
    parts = []
    for number, index in enumerate(FIRST_BLURS):
        for way in (0, 1):
            of = np.concatenate([each_band[number, way] for each_band in bands])
            at = positions_of(np.concatenate([each_at[number, way] for each_at in ats]))
            if way:
                at = at[:, ::-1]
            parts.append(_compare(rows, of, at, index))
    return best_rows(_join(parts), each)


def _compare(rows: Floats, band: Ints, at: Floats, index: int) -> Guesses:
    """Return guesses with the score of any digits; the best two of each row alone get digits."""
    blur = templates()[index]
    value = read_at(rows, band, at)
    seen = _as_all_codes(value, blur)
    score = cheapest(piece_costs(seen, blur)) / energy_of(seen)
    best = _best_rows(band, score, 2)
    count = len(best)
    return Guesses(
        band[best],
        at[best],
        np.full(count, index),
        np.zeros((count, SAMPLES), np.float32),
        np.zeros((count, 2 * HALF), np.intp),
        value[best],
        seen[best],
        score[best],
        np.zeros(count, np.float32),
        np.zeros(count, np.bool_),
    )


def _as_all_codes(value: Floats, blur: Templates) -> Floats:
    """Return rows under the gain and offset that make them most like what all codes share."""
    factors = value @ blur.evening
    gain = np.maximum(factors[:, :2] @ CURVES[:2], np.float32(LEAST_GAIN))
    return np.asarray((value - factors[:, 2:] @ CURVES[:2]) / gain, np.float32)


def _join(parts: list[Guesses]) -> Guesses:
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Guesses))
    return Guesses(*map(np.concatenate, columns))


def _best_rows(band: Ints, score: Floats, each: int) -> Ints:
    """Return the rows with the best scores, at most `each` of every band."""
    order = np.lexsort((score, band))
    sorted_band = band[order]
    starts = np.flatnonzero(np.diff(sorted_band, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return order[rank < each]


def best_rows(guesses: Guesses, each: int) -> Guesses:
    """Return the best guesses, at most `each` of every band."""
    return guesses.take(_best_rows(guesses.band, guesses.score, each))


def energy_of(seen: Floats) -> Floats:
    return np.asarray(np.maximum(seen.var(axis=1) * SAMPLES, 1e-3), np.float32)


def refine(guesses: Guesses, rows: Floats, rounds: int) -> None:
    """Fit light, place, blur and digits in turn.

    Parity and check digit are left out, so that they can prove the digits right in the end.
    """
    _choose_digits(guesses)
    for _ in range(rounds):
        modules = draw_modules(guesses.states[:, :HALF], guesses.states[:, HALF:])
        _choose_blur(guesses, modules)
        drawn = _draw(modules, guesses.blur)
        guesses.seen = _even_light(guesses.value, drawn)
        _move(guesses, drawn, rows)
        guesses.seen = _even_light(guesses.value, drawn)
        _choose_digits(guesses)


def _choose_digits(guesses: Guesses) -> None:
    energy = energy_of(guesses.seen)
    for index in np.unique(guesses.blur):
        rows = np.flatnonzero(guesses.blur == index)
        costs = piece_costs(guesses.seen[rows], templates()[index])
        best, states = best_digits(costs)
        guesses.states[rows] = states
        guesses.score[rows] = best / energy[rows]


def settle(guesses: Guesses) -> None:
    """Choose the best valid code of each guess, with its text and margin."""
    energy = energy_of(guesses.seen)
    for index in np.unique(guesses.blur):
        rows = np.flatnonzero(guesses.blur == index)
        found = decide(piece_costs(guesses.seen[rows], templates()[index]))
        guesses.is_plain[rows] = (guesses.states[rows] == found.states).all(axis=1)
        guesses.states[rows] = found.states
        guesses.score[rows] = found.cost / energy[rows]
        guesses.margin[rows] = found.margins()


def _draw(modules: Floats, blur: Ints) -> Floats:
    out = np.empty((len(modules), SAMPLES), np.float32)
    for index in np.unique(blur):
        rows = blur == index
        out[rows] = modules[rows] @ templates()[index].kernel.T
    return out


def _choose_blur(guesses: Guesses, modules: Floats) -> None:
    """Take the neighbouring blur under which the same digits resemble the row most."""
    seen = guesses.seen - guesses.seen.mean(axis=1, keepdims=True)
    seen /= np.linalg.norm(seen, axis=1, keepdims=True) + np.float32(1e-6)
    likeness = np.empty((len(templates()), len(guesses)), np.float32)
    for index, blur in enumerate(templates()):
        drawn = modules @ blur.kernel.T
        drawn -= drawn.mean(axis=1, keepdims=True)
        norm = np.linalg.norm(drawn, axis=1) + np.float32(1e-6)
        likeness[index] = np.einsum("ij,ij->i", seen, drawn) / norm
    distance = np.abs(np.arange(len(templates()))[:, None] - guesses.blur[None])
    likeness[distance > NEIGHBOURS] = -1
    guesses.blur = likeness.argmax(axis=0)


def _even_light(value: Floats, drawn: Floats) -> Floats:
    """Return rows under gain and offset that change as parabolas, nearest to what is drawn."""
    design = np.concatenate(
        [value[:, None] * CURVES, np.broadcast_to(CURVES, (len(value), 3, SAMPLES))], axis=1
    )
    normal = design @ design.transpose(0, 2, 1)
    normal += np.eye(6, dtype=np.float32) * np.float32(0.05)
    right = design @ drawn[..., None]
    factors = np.linalg.solve(normal, right)
    return np.asarray((design * factors).sum(axis=1), np.float32)


def _hats() -> Floats:
    """Return the weights of knots along the row, knots x samples."""
    place = np.clip(ALONG, 0, 1) * (KNOTS - 1)
    away = np.abs(place[None] - np.arange(KNOTS)[:, None])
    return np.asarray(np.clip(1 - away, 0, 1), np.float32)


_HATS = _hats()


def _move(guesses: Guesses, drawn: Floats, rows: Floats) -> None:
    """Move samples along the row, smoothly, by one step of Gauss and Newton."""
    slope = np.gradient(guesses.seen, axis=1).astype(np.float32) * 4  # for each module
    error = drawn - guesses.seen
    design = slope[:, None] * _HATS
    normal = design @ design.transpose(0, 2, 1)
    trace = np.einsum("ijj->i", normal) / KNOTS
    normal += (
        np.eye(KNOTS, dtype=np.float32) * (STIFFNESS * trace + np.float32(1e-4))[:, None, None]
    )
    knots = np.linalg.solve(normal, design @ error[..., None])[..., 0]
    step = np.clip(knots, -MAX_STEP, MAX_STEP) @ _HATS
    shift = np.clip(guesses.shift + step, -MAX_SHIFT, MAX_SHIFT).astype(np.float32)
    # Samples of a module in the row, negative if the code is read from its end.
    module = (guesses.at[:, -1] - guesses.at[:, 0]) / (SAMPLES - 1) * 4
    guesses.at = guesses.at + (shift - guesses.shift) * module[:, None]
    guesses.shift = shift
    guesses.value = read_at(rows, guesses.band, guesses.at)
