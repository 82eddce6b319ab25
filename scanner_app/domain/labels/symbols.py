"""The symbols on our labels: how small their modules may be, and how much white is around them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Symbology(StrEnum):
    QR = "qr"
    DATA_MATRIX = "data_matrix"
    CODE_128 = "code_128"


class Content(StrEnum):
    """What a symbol says."""

    LINK = "link"
    CODE = "code"
    GIAI = "giai"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class SymbologyFacts:
    """What is said about a symbology. Lengths are in millimetres, the quiet zones in modules.

    :param least_module: a smaller one is not read by every scanner.
    :param gs1_module: the same for GS1 data.
    :param max_module: a larger one only takes room.
    :param quiet: how much white is around it; `least_quiet` is enough on a white label.
    :param decoded_as: as the Barcode Detection API names it.
    :param written_as: as the library that draws it names it.
    """

    label: str
    least_module: float
    gs1_module: float
    max_module: float
    quiet: int
    least_quiet: int
    decoded_as: str
    written_as: str
    is_linear: bool = False


SYMBOLOGIES = {
    Symbology.QR: SymbologyFacts("QR code", 0.25, 0.254, 1.6, 4, 2, "qr_code", "QRCode"),
    Symbology.DATA_MATRIX: SymbologyFacts(
        "Data Matrix", 0.25, 0.254, 1.6, 2, 1, "data_matrix", "DataMatrix"
    ),
    Symbology.CODE_128: SymbologyFacts(
        "Code 128", 0.19, 0.25, 0.51, 10, 10, "code_128", "Code128", True
    ),
}
# Bars are at least this high, or this part of their width.
LEAST_BAR_HEIGHT, LEAST_BAR_PART = 5.0, 0.15


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What is said about what a symbol says; `noun` as a sentence names it."""

    label: str
    hint: str
    noun: str
    is_gs1: bool = False


CONTENTS = {
    Content.LINK: ContentFacts("Link", "Any phone's camera opens the page", "link"),
    Content.CODE: ContentFacts("Tag or code alone", "The smallest symbol", "code"),
    Content.GIAI: ContentFacts(
        "GS1 asset number (GIAI)", "For partners who read GS1", "GIAI", is_gs1=True
    ),
    Content.SERIAL: ContentFacts("Serial number", "As the maker gave it", "serial number"),
}
