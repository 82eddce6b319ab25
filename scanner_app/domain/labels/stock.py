"""What labels are printed on: sheets for an office printer, rolls and tapes for label printers.

One row a product. All lengths are in millimetres; a roll is described as it lies before a reader,
its longer side across.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

MM_PER_INCH = 25.4
# The real dots of what printers call their resolution: 203 is 8 dots a millimetre.
DOTS_PER_INCH = {180: 180.0, 203: 203.2, 300: 300.0, 360: 360.0, 600: 600.0}
A4, LETTER = (210.0, 297.0), (215.9, 279.4)


class StockForm(StrEnum):
    SHEET = "sheet"
    ROLL = "roll"


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What is said about a form of stock."""

    label: str
    hint: str


STOCK_FORMS = {
    StockForm.SHEET: FormFacts("Sheets", "Any office printer. Print at 100 %, without scaling."),
    StockForm.ROLL: FormFacts("Rolls and tapes", "A label printer. One label is one page."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStock:
    """One product.

    :param width: of one label; also `height`.
    :param page: width and height of the sheet; None for a roll.
    :param left: from the sheet's edge to its first label; also `top`.
    :param pitch_x: from one label to the next; also `pitch_y`.
    :param guard_x: what stays white at the left and right edge of a label, because a label is cut
        or fed with a tolerance, or its printer cannot print there; also `guard_y`.
    :param dpis: the resolutions of the printers that take it, the usual one first.
    """

    key: str
    maker: str
    name: str
    form: StockForm
    width: float
    height: float
    page: tuple[float, float] | None = None
    across: int = 1
    down: int = 1
    left: float = 0.0
    top: float = 0.0
    pitch_x: float = 0.0
    pitch_y: float = 0.0
    guard_x: float = 1.0
    guard_y: float = 1.0
    dpis: tuple[int, ...] = (300,)

    @property
    def label(self) -> str:
        size = f"{_short(self.width)} × {_short(self.height)} mm"  # noqa: RUF001 - the sign for it
        count = f", {self.a_page} a page" if self.page else ""
        return f"{self.maker} {self.name} ({size}{count})"

    @property
    def a_page(self) -> int:
        return self.across * self.down

    @property
    def page_size(self) -> tuple[float, float]:
        """Width and height of a page: that of the sheet, or of one label of a roll."""
        return self.page or (self.width, self.height)

    def corner(self, position: int) -> tuple[float, float]:
        """Return the left and top edge of a label on its page; positions are counted from 0."""
        row, column = divmod(position, self.across)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y


def to_dots(length: float, dpi: int) -> float:
    """Return a length in dots of a printer, not rounded."""
    return length * DOTS_PER_INCH[dpi] / MM_PER_INCH


def whole_dots(length: float, dpi: int) -> int:
    return round(to_dots(length, dpi))


def least_dots(length: float, dpi: int) -> int:
    """Return the fewest whole dots that are at least a length, in millimetres."""
    # Two dots at 203 dpi are 0.25 mm but for a tenth of a micrometre.
    return max(math.ceil(to_dots(length, dpi) - 0.005), 1)


def to_mm(dots: float, dpi: int) -> float:
    return dots * MM_PER_INCH / DOTS_PER_INCH[dpi]


def _short(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def _sheet(
    key: str,
    maker: str,
    name: str,
    page: tuple[float, float],
    size: tuple[float, float],
    grid: tuple[int, int],
    corner: tuple[float, float],
    pitch: tuple[float, float],
) -> LabelStock:
    return LabelStock(
        key=key,
        maker=maker,
        name=name,
        form=StockForm.SHEET,
        page=page,
        width=size[0],
        height=size[1],
        across=grid[0],
        down=grid[1],
        left=corner[0],
        top=corner[1],
        pitch_x=pitch[0],
        pitch_y=pitch[1],
        dpis=(600, 300),
    )


def _roll(
    key: str,
    maker: str,
    name: str,
    size: tuple[float, float],
    *,
    guard: tuple[float, float] = (1.0, 1.0),
    dpis: tuple[int, ...] = (300,),
) -> LabelStock:
    return LabelStock(
        key=key,
        maker=maker,
        name=name,
        form=StockForm.ROLL,
        width=size[0],
        height=size[1],
        guard_x=guard[0],
        guard_y=guard[1],
        dpis=dpis,
    )


_ZEBRA = (203, 300, 600)
_TZE = (180, 360)
STOCKS: tuple[LabelStock, ...] = (
    _sheet("avery-l4731", "Avery", "L4731", A4, (25.4, 10.0), (7, 27), (8.45, 13.5), (27.95, 10.0)),
    _sheet("avery-l7651", "Avery", "L7651", A4, (38.1, 21.2), (5, 13), (4.75, 10.7), (40.6, 21.2)),
    _sheet("avery-l7160", "Avery", "L7160", A4, (63.5, 38.1), (3, 7), (7.21, 15.15), (66.04, 38.1)),
    _sheet("avery-l7163", "Avery", "L7163", A4, (99.1, 38.1), (2, 7), (4.65, 15.15), (101.6, 38.1)),
    _sheet(
        "avery-5160",
        "Avery",
        "5160",
        LETTER,
        (66.675, 25.4),
        (3, 10),
        (4.7625, 12.7),
        (69.85, 25.4),
    ),
    _sheet(
        "avery-5163", "Avery", "5163", LETTER, (101.6, 50.8), (2, 5), (3.97, 12.7), (106.3625, 50.8)
    ),
    _sheet(
        "avery-5167", "Avery", "5167", LETTER, (44.45, 12.7), (4, 20), (7.14, 12.7), (52.3875, 12.7)
    ),
    # The guards of Brother's labels are what its printers leave: 306 of 343 dots across, and so on.
    _roll("brother-dk-11201", "Brother", "DK-11201", (90.0, 29.0), guard=(3.05, 1.55)),
    _roll("brother-dk-11202", "Brother", "DK-11202", (100.0, 62.0), guard=(3.05, 1.54)),
    _roll("brother-dk-11204", "Brother", "DK-11204", (54.0, 17.0), guard=(3.05, 1.52)),
    _roll("brother-dk-11209", "Brother", "DK-11209", (62.0, 29.0), guard=(1.54, 3.03)),
    _roll("brother-dk-11221", "Brother", "DK-11221", (23.0, 23.0), guard=(2.95, 2.95)),
    _roll("brother-dk-22205", "Brother", "DK-22205, cut at 29 mm", (62.0, 29.0), guard=(1.54, 3.0)),
    _roll("brother-dk-22210", "Brother", "DK-22210, cut at 62 mm", (62.0, 29.0), guard=(3.0, 1.55)),
    _roll("brother-tze-12", "Brother", "TZe 12 mm tape", (50.0, 12.0), guard=(2, 1.06), dpis=_TZE),
    _roll("brother-tze-18", "Brother", "TZe 18 mm tape", (60.0, 18.0), guard=(2, 1.11), dpis=_TZE),
    _roll("brother-tze-24", "Brother", "TZe 24 mm tape", (70.0, 24.0), guard=(2, 2.97), dpis=_TZE),
    _roll("dymo-11352", "Dymo", "11352", (54.0, 25.0), guard=(1.5, 1.5)),
    _roll("dymo-30252", "Dymo", "30252", (88.9, 28.6), guard=(1.5, 1.5)),
    _roll("dymo-30334", "Dymo", "30334", (57.2, 31.8), guard=(1.5, 1.5)),
    _roll("dymo-30336", "Dymo", "30336", (54.0, 25.4), guard=(1.5, 1.5)),
    _roll("zebra-2x1", "Zebra", "2 × 1 in", (50.8, 25.4), dpis=_ZEBRA),  # noqa: RUF001 - the sign for it
    _roll("zebra-50x25", "Zebra", "50 × 25", (50.0, 25.0), dpis=_ZEBRA),  # noqa: RUF001 - as above
)
STOCK_BY_KEY = {stock.key: stock for stock in STOCKS}
