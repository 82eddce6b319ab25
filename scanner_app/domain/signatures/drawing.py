"""The lines of a signature, for the two pens that draw it: SVG on pages, reportlab on paper."""

from __future__ import annotations

from scanner_app.domain.signatures.strokes import DrawnSignature, Signature

Line = tuple[tuple[float, float], ...]


def fit_signature(signature: DrawnSignature, width: float, height: float) -> tuple[Line, ...]:
    """Return the strokes scaled to fit a box, its shape kept, in the middle. y grows downwards.

    A stroke of one point comes as a line from the point to itself: round ends make it a dot.
    """
    scale = min(width / signature.width, height / signature.height)
    left = (width - signature.width * scale) / 2
    top = (height - signature.height * scale) / 2
    return tuple(
        tuple((left + x * scale, top + y * scale) for x, y in _with_end(stroke))
        for stroke in signature.strokes
    )


def write_svg_path(signature: Signature) -> str | None:
    """Return the strokes as the data of one SVG path, in the units of the pad; None if typed."""
    if not isinstance(signature, DrawnSignature):
        return None
    return "".join(
        "M" + "L".join(f"{x} {y}" for x, y in _with_end(stroke)) for stroke in signature.strokes
    )


def _with_end(stroke: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return stroke if len(stroke) > 1 else (*stroke, *stroke)
