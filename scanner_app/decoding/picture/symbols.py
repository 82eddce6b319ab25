"""The result of decoding a picture: symbols with text, exact bytes, symbology and place.

Symbologies have the names of the Barcode Detection API, as far as it has one. `engines` and
`passes` find the symbols.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.decoding.codes.reading import GS1_AIMS

Point = tuple[float, float]
Polygon = tuple[Point, Point, Point, Point]

# These have error correction or two check characters, so what decodes is what was printed.
STRONG = frozenset(
    {
        "aztec",
        "data_matrix",
        "maxicode",
        "micro_pdf417",
        "micro_qr_code",
        "pdf417",
        "qr_code",
        "rmqr_code",
        "code_93",
        "code_128",
    }
)
# These have one check digit or none, so noise and halves of other codes can look like them.
WEAK = frozenset(
    {
        "codabar",
        "code_32",
        "code_39",
        "databar",
        "databar_expanded",
        "databar_limited",
        "dx_film_edge",
        "ean_13",
        "ean_8",
        "itf",
        "telepen",
        "upc_a",
        "upc_e",
    }
)
ALL_FORMATS = STRONG | WEAK
# A tag of six characters in Code 39, such as LT0042, can pass for the Italian pharmacy code, so
# Code 32 must be asked for. The other weak ones need evidence.
SAFE_FORMATS = ALL_FORMATS - {"code_32"}
# Processor time for melted bars, in milliseconds: most of those that are read take half of it.
BARS_MS = 250


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol of a picture.

    :param text: as a reader would send it: EAN and UPC with all printed digits, GS1 element strings
        with FNC1 as the separator U+001D and without a leading one (`aim` shows that they are GS1).
    :param bytes: exactly what the symbol holds.
    :param polygon: four corners in pixels of the upright picture, clockwise from the symbol's own
        top left.
    :param aim: the AIM identifier such as `]d2` (ISO/IEC 15424), None if the engine returns none.
    :param add_on: the two or five digits beside an EAN or UPC.
    :param found_by: the pass and engine that found it first.
    """

    text: str
    bytes: bytes
    symbology: str
    polygon: Polygon
    aim: str | None = None
    add_on: str | None = None
    found_by: str = ""

    @property
    def code(self) -> str:
        """Return what is recorded: GS1 data with its mark, since it may be ambiguous without."""
        return f"{self.aim}{self.text}" if self.aim in GS1_AIMS else self.text


@dataclass(frozen=True, slots=True)
class PassRun:
    """One pass over a picture: how long it took and what it read."""

    name: str
    elapsed_ms: float
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Every symbol of a picture, each once.

    :param width: and `height`, pixels of the upright picture.
    :param passes: filled if an explanation was asked for.
    :param picture: a JPEG of the upright picture to keep and show, if one was asked for.
    """

    symbols: tuple[Symbol, ...]
    width: int
    height: int
    elapsed_ms: float
    passes: tuple[PassRun, ...] = ()
    picture: bytes = b""
