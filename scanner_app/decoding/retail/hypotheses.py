"""Where a code may begin and end in a row, pruned by what all codes have in common."""

from __future__ import annotations

import cv2
import numpy as np

from scanner_app.decoding.retail.symbol import (
    ALONG,
    MODULES,
    Floats,
    Ints,
    Templates,
)

EDGES = 9
LEFT_PART, RIGHT_PART = 0.45, 0.5
MIN_MODULE, MIN_PART = 1.5, 0.42
SHIFTS = (-0.5, 0.0, 0.5)
MIDDLES = (-2.4, -1.2, 0.0, 1.2, 2.4)
MAX_ROWS = 32_000
# How strong an edge must be, of the strongest.
LEAST_EDGE = 0.12

BULGE = (4 * ALONG * (1 - ALONG)).astype(np.float32)


def edges_of(row: Floats) -> tuple[Floats, Floats]:
    """Return where darkness begins in the left part of a row, and where it ends in the right."""
    steps = np.diff(row)
    least = LEAST_EDGE * float(np.abs(steps).max(initial=1e-6))
    found = []
    for sign in (1, -1):
        slope = sign * steps
        inner = slope[1:-1]
        peaks = np.flatnonzero((inner > least) & (inner >= slope[:-2]) & (inner > slope[2:])) + 1
        left, middle, right = slope[peaks - 1], slope[peaks], slope[peaks + 1]
        bend = np.minimum(left - 2 * middle + right, -1e-6)
        found.append((peaks + 0.5 + 0.5 * (left - right) / bend).astype(np.float32))
    begins, ends = found
    begins = begins[begins < LEFT_PART * len(row)][:EDGES]
    ends = ends[ends > RIGHT_PART * len(row)][-EDGES:]
    return begins, ends


def hypotheses_of(row: Floats) -> Floats:
    """Return pairs of ends and a displacement of the middle, in samples: count x 3."""
    begins, ends = edges_of(row)
    start, end = (grid.ravel() for grid in np.meshgrid(begins, ends, indexing="ij"))
    module = (end - start) / MODULES
    is_long = (module >= MIN_MODULE) & (end - start >= MIN_PART * len(row))
    start, end, module = start[is_long], end[is_long], module[is_long]
    shifts = np.array([(a, b, m) for a in SHIFTS for b in SHIFTS for m in MIDDLES], np.float32)
    out = np.empty((len(start), len(shifts), 3), np.float32)
    out[..., 0] = start[:, None] + shifts[:, 0] * module[:, None]
    out[..., 1] = end[:, None] + shifts[:, 1] * module[:, None]
    out[..., 2] = shifts[:, 2] * module[:, None]
    return out.reshape(-1, 3)


def positions_of(hypotheses: Floats, every: int = 1) -> Floats:
    """Return where in its row each sample of a hypothesis is: count x samples."""
    start, end, middle = (hypotheses[:, index, None] for index in range(3))
    along, bulge = ALONG[None, ::every], BULGE[None, ::every]
    return np.asarray(start + (end - start) * along + middle * bulge, np.float32)


def read_at(rows: Floats, bands: Ints, positions: Floats) -> Floats:
    """Return the values of rows at positions: one row of positions for each of `bands`."""
    across = np.broadcast_to(bands[:, None].astype(np.float32), positions.shape)
    out = np.empty(positions.shape, np.float32)
    # OpenCV takes no picture of more rows at once.
    for start in range(0, len(positions), MAX_ROWS):
        part = slice(start, start + MAX_ROWS)
        along, down = np.ascontiguousarray(positions[part]), np.ascontiguousarray(across[part])
        out[part] = cv2.remap(rows, along, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out


EVERY = 4


def prune(rows: Floats, blurs: list[Templates], keep: int) -> Ints:
    """Return the hypotheses nearest to what all codes share: blurs x both ways round x keep.

    :param rows: hypotheses x samples, every second one, as `read_at` returns them.
    """
    squares = rows * rows
    weights, means = [], []
    for blur in blurs:
        for way in (1, -1):
            # A reversed mean is as good as reversed rows, and cheaper.
            weight = blur.weight[::EVERY][::way]
            weight = weight / weight.sum()
            mean = blur.mean[::EVERY][::way]
            mean = mean - (weight * mean).sum()
            weights.append(weight)
            means.append(mean / np.sqrt((weight * mean * mean).sum()))
    weight, mean = np.stack(weights, 1), np.stack(means, 1)
    spread = squares @ weight - (rows @ weight) ** 2
    likeness = (rows @ (weight * mean)) / np.sqrt(np.maximum(spread, np.float32(1e-6)))
    keep = min(keep, len(rows))
    nearest = np.argpartition(-likeness, keep - 1, axis=0)[:keep]
    return nearest.T.reshape(len(blurs), 2, keep)
