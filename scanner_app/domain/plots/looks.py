"""How each tone is drawn: its colour on paper, and the pattern that tells it from the others."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.plots.shapes import Tone

# A pattern is drawn over the colour, in the colour of the ground: lines in a square that repeats.
SQUARE = 8.0
Lines = tuple[tuple[float, float, float, float], ...]
FALLING: Lines = ((-2, 2, 2, -2), (-2, 10, 10, -2), (6, 10, 10, 6))
CROSSED: Lines = ((-2, -2, 10, 10), (10, -2, -2, 10))
DOTTED: Lines = ((2, 1, 2, 3), (6, 5, 6, 7))
LEVEL: Lines = ((0, 2, 8, 2), (0, 6, 8, 6))


@dataclass(frozen=True, slots=True)
class Look:
    """How one tone is drawn.

    :param colour: on paper, and on a page in daylight: static/css names the same.
    :param pattern: what lies over it, so that a reader who sees no colours can tell two apart.
    """

    tone: Tone
    colour: str
    pattern: Lines = ()


# Good, idle and accent stay plain: at most one of them is beside another.
LOOKS: dict[Tone, Look] = {
    look.tone: look
    for look in (
        Look(Tone.GOOD, "#0d6b3c"),
        Look(Tone.WARN, "#874c00", FALLING),
        Look(Tone.BAD, "#a81e26", CROSSED),
        Look(Tone.ODD, "#5b38ad", DOTTED),
        Look(Tone.NOTE, "#1f5199", LEVEL),
        Look(Tone.ACCENT, "#0b6477"),
        Look(Tone.IDLE, "#c9d1d6"),
        Look(Tone.INK, "#14191c"),
        Look(Tone.QUIET, "#52606a"),
        Look(Tone.TRACK, "#e3e8eb"),
        Look(Tone.LINE, "#dde3e6"),
        Look(Tone.SURFACE, "#ffffff"),
        Look(Tone.NONE, "#ffffff"),
    )
}
