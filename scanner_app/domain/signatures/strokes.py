"""A signature as its strokes, read from outside and written for the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner_app.domain.errors import Invalid
from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical
from scanner_app.domain.text import is_storable

# Sides of the pad and coordinates are whole numbers up to this.
MAX_COORDINATE = 10_000
MAX_STROKES = 64
MAX_POINTS = 4_000
MAX_BYTES = 64 * 1024
MAX_NAME = 200
# A dot is not a signature: all strokes together have this many points at least, and they cover
# this part of the pad's width. One stroke may be enough.
MIN_POINTS = 20
WIDTH_PARTS = 10

Point = tuple[int, int]
Stroke = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class DrawnSignature:
    """Lines on a pad.

    :param width, height: of the pad, in its own units.
    :param strokes: from where the pen came down to where it left; y grows downwards.
    """

    width: int
    height: int
    strokes: tuple[Stroke, ...]

    def to_json(self) -> dict[str, Any]:
        strokes = [[list(point) for point in stroke] for stroke in self.strokes]
        return {"w": self.width, "h": self.height, "strokes": strokes}


@dataclass(frozen=True, slots=True)
class TypedSignature:
    """A name that somebody typed and ticked as their signature, where no pad could be used."""

    name: str

    def to_json(self) -> dict[str, Any]:
        return {"typed": self.name}


Signature = DrawnSignature | TypedSignature


def hash_signature(signature: Signature) -> str:
    """Return the SHA-256 of a signature's canonical form: what a sealed record holds of it."""
    return hash_canonical(signature.to_json())


def read_signature(given: Any) -> Signature:
    """Return a signature from its JSON. Every point is kept as it came.

    :raises Invalid: it is malformed, above a limit, or too small to be a signature.
    """
    if not isinstance(given, Mapping):
        raise _refuse("A signature is an object with w, h and strokes.")
    if "typed" in given:
        return _read_typed(given)
    if set(given) != {"w", "h", "strokes"}:
        raise _refuse("A drawn signature has w, h and strokes and nothing else, no times either.")
    width, height = given["w"], given["h"]
    if not _is_number(width, 1) or not _is_number(height, 1):
        raise _refuse(f"The sides of the pad are whole numbers from 1 to {MAX_COORDINATE:,}.")
    signature = DrawnSignature(width, height, _read_strokes(given["strokes"], width, height))
    _require_enough(signature)
    if len(dump_canonical(signature.to_json())) > MAX_BYTES:
        raise _refuse("This signature is above 64 KiB. Clear the pad and sign again.")
    return signature


def read_signature_form(form: Mapping[str, str], name: str = "signature") -> Signature | None:
    """Return the signature of a form with a pad; None if neither was drawn nor typed.

    Without script there is no pad, and a typed name counts once the person ticked that it is
    their signature.

    :param name: of the pad; the typed name is in `<name>_typed`, its tick in `<name>_is_mine`.
    :raises Invalid: it is not a signature. `errors` names the field.
    """
    drawn = form.get(name, "").strip()
    typed = form.get(f"{name}_typed", "").strip()
    if drawn:
        try:
            return read_signature(json.loads(drawn))
        except (ValueError, RecursionError):
            raise _refuse("The pad sent something that is not a signature. Sign again.") from None
    if not typed:
        return None
    if not form.get(f"{name}_is_mine"):
        text = "Tick that this name is your signature."
        raise Invalid(text, errors={f"{name}_typed": [text]})
    return read_signature({"typed": typed})


def _read_typed(given: Mapping[str, Any]) -> TypedSignature:
    name = given["typed"]
    if set(given) != {"typed"} or not isinstance(name, str) or not name.strip():
        raise _refuse("A typed signature is the name of the person and nothing else.")
    if len(name) > MAX_NAME or not is_storable(name) or not name.strip().isprintable():
        raise _refuse(f"Write the name on one line, with at most {MAX_NAME} characters.")
    return TypedSignature(name.strip())


def _read_strokes(given: Any, width: int, height: int) -> tuple[Stroke, ...]:
    if not isinstance(given, list) or not all(isinstance(s, list) and s for s in given):
        raise _refuse("Strokes are a list; each is a list of points that is not empty.")
    if len(given) > MAX_STROKES:
        raise _refuse(
            f"A signature has at most {MAX_STROKES} strokes. Clear the pad and sign again."
        )
    if sum(map(len, given)) > MAX_POINTS:
        raise _refuse(
            f"A signature has at most {MAX_POINTS:,} points. Clear the pad and sign again."
        )
    return tuple(tuple(_read_point(p, width, height) for p in stroke) for stroke in given)


def _read_point(given: Any, width: int, height: int) -> Point:
    if not isinstance(given, list) or not all(map(_is_number, given)):
        raise _refuse("A point is two whole numbers, x and y.")
    if len(given) != len(("x", "y")):
        raise _refuse("A point is x and y and nothing else: no time and no pressure.")
    x, y = given
    if x > width or y > height:
        raise _refuse("A point of the signature is outside the pad.")
    return (x, y)


def _require_enough(signature: DrawnSignature) -> None:
    across = [x for stroke in signature.strokes for x, _y in stroke]
    if len(across) < MIN_POINTS:
        raise _refuse("That is too short for a signature. Sign with your name.")
    if (max(across) - min(across)) * WIDTH_PARTS < signature.width:
        raise _refuse("That is too small for a signature. Sign across the pad.")


def _is_number(value: Any, least: int = 0) -> bool:
    return type(value) is int and least <= value <= MAX_COORDINATE


def _refuse(text: str) -> Invalid:
    return Invalid(text, errors={"signature": [text]})
