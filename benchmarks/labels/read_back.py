"""One label printed and read back: drawn, rendered by other programs, and decoded as a photo is."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from scanner_app.decoding.codes.read import read_code
from scanner_app.decoding.picture.decode import decode_picture
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent, write_link
from scanner_app.domain.labels.designs import DESIGNS, ShippedDesign
from scanner_app.domain.labels.stock import DOTS_PER_INCH, STOCKS, LabelStock, whole_dots
from scanner_app.domain.labels.symbols import CONTENTS, SYMBOLOGIES, Content
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.labels.lay_out import lay_out
from scanner_app.services.labels.marks import LaidLabel, overlap
from scanner_app.services.labels.picture import Bits, draw_bits, to_image, write_png
from scanner_app.services.labels.sheets import Imposition, write_pdf
from scanner_app.services.labels.zpl import write_zpl

HERE = Path(__file__).resolve().parent
FONTS = HERE.parents[1] / "static" / "vendor" / "dejavu-2.37"
BASE = "https://scan.example.org"
NAMES = {
    "plain": "Sales laptop 42",
    "many scripts": "Größe Ö 日本語のノート مرحبا हिन्दी ภาษาไทย Привет",
}
Picture = Image.Image
# The dots a millimetre that the renderer of ZPL knows.
DPMM = {203: 8, 300: 12, 600: 24}


def _make(code: str, name: str, giai: str = "4007123450042") -> LabelContent:
    texts = {
        "name": NAMES[name],
        "model": "Lenovo ThinkPad T14",
        "serial_number": "S/N PF3K9X2A",
        "owner": "Property of Example Ltd",
    }
    return LabelContent("asset", code, write_link(BASE, "asset", code), giai, "PF3K9X2A", texts)


# The five contents: a plain tag, the longest, a link, a GS1 number, and a name in many scripts.
THINGS: dict[str, tuple[LabelContent, Content]] = {
    "plain tag": (_make("LT-004217", "plain"), Content.CODE),
    "longest tag": (_make("LT-00421712345678900", "plain"), Content.CODE),
    "link": (_make("LT-004217", "plain"), Content.LINK),
    "giai": (_make("LT-004217", "plain", "4007123450042AB"), Content.GIAI),
    "name in many scripts": (_make("LT-004217", "many scripts"), Content.CODE),
}


@dataclass(frozen=True)
class Case:
    stock: LabelStock
    design: ShippedDesign
    dpi: int
    thing: str

    def __str__(self) -> str:
        return f"{self.stock.key} {self.design.key} {self.dpi} dpi, {self.thing}"

    def lay_out(self) -> LaidLabel:
        thing, content = THINGS[self.thing]
        design = self.design.build(self.stock, content=content)
        return lay_out(design, self.stock, thing, dpi=self.dpi)

    @property
    def said(self) -> str:
        thing, content = THINGS[self.thing]
        return thing.said(content)


def list_cases() -> Iterator[Case]:
    load_fonts(FONTS)
    for stock in STOCKS:
        for design in DESIGNS:
            for dpi in sorted({203, 300, 600, *stock.dpis}):
                for thing in THINGS:
                    yield Case(stock, design, dpi, thing)


def find_faults(
    case: Case, *, renderer: ZplRenderer | None = None, is_worn: bool = True
) -> list[str]:
    """Return what is wrong with a label.

    :raises Invalid: it is refused, because it does not fit.
    """
    laid = case.lay_out()
    bits = draw_bits(laid, fonts=FONTS)
    faults = list(_find_misplaced(case, laid, bits))
    picture = to_image(bits).convert("L")
    if not _reads(case, picture):
        faults.append("picture is not read")
    zpl = write_zpl(bits)
    if not np.array_equal(read_graphic(zpl), bits):
        faults.append("ZPL has other dots than the picture")
    if renderer is not None and case.dpi in DPMM:
        drawn = renderer.draw(zpl, laid)
        if not np.array_equal(drawn, bits):
            faults.append("ZPL is drawn with other dots than the picture")
    page = render_pdf(case, laid)
    if not _reads(case, page):
        faults.append("PDF is not read")
    if (
        is_worn
        and not SYMBOLOGIES[case.design.symbology].is_linear
        and not _reads(case, wear(picture))
    ):
        faults.append("worn picture is not read")
    return faults


def _find_misplaced(case: Case, laid: LaidLabel, bits: Bits) -> Iterator[str]:
    if overlap(laid):
        yield "marks overlap"
    [symbol] = laid.symbols
    facts = SYMBOLOGIES[case.design.symbology]
    guard = whole_dots(case.stock.guard_x, case.dpi), whole_dots(case.stock.guard_y, case.dpi)
    if (
        symbol.x < guard[0]
        or symbol.y < guard[1]
        or symbol.x + symbol.width > laid.width - guard[0] + 1
        or symbol.y + symbol.height > laid.height - guard[1] + 1
    ):
        yield "symbol is in the guard"
    quiet = facts.least_quiet * symbol.module_width
    x0, x1 = max(symbol.x - quiet, 0), symbol.x + symbol.width + quiet
    y0, y1 = symbol.y, symbol.y + symbol.height
    if not facts.is_linear:
        y0, y1 = max(y0 - quiet, 0), y1 + quiet
    around = bits[y0:y1, x0:x1].copy()
    around[
        symbol.y - y0 : symbol.y - y0 + symbol.height, symbol.x - x0 : symbol.x - x0 + symbol.width
    ] = False
    if around.any():
        yield "quiet zone is not white"


def _reads(case: Case, picture: Picture) -> bool:
    """Return whether our decoder reads exactly what was printed, and nothing else."""
    _thing, content = THINGS[case.thing]
    out = io.BytesIO()
    picture.save(out, "PNG")
    symbols = decode_picture(out.getvalue(), budget_ms=5000).symbols
    if [one.symbology for one in symbols] != [SYMBOLOGIES[case.design.symbology].decoded_as]:
        return False
    [symbol] = symbols
    if CONTENTS[content].is_gs1:
        return (
            symbol.aim in {"]d2", "]C1", "]Q3"}
            and ("giai", case.said) in read_code(symbol.code).candidates
        )
    return symbol.text == case.said and symbol.bytes == case.said.encode()


def render_pdf(case: Case, laid: LaidLabel) -> Picture:
    """Return the last label of the first page, as PDFium draws it at the printer's resolution."""
    out = io.BytesIO()
    where = Imposition(case.stock, start=case.stock.a_page - 1)
    write_pdf(out, [laid], where, title="Read-back")
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        whole = document[0].render(scale=DOTS_PER_INCH[case.dpi] / 72).to_pil().convert("L")
    finally:
        document.close()
    x, y = where.corner(where.start, case.dpi)
    return whole.crop((x, y, x + laid.width, y + laid.height))


def wear(picture: Picture) -> Picture:
    """Return a label as it looks after a year: pale, blurred, crooked."""
    border = 40
    page = Image.new("L", (picture.width + 2 * border, picture.height + 2 * border), 255)
    page.paste(picture, (border + 1, border))
    turned = page.rotate(2, resample=Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(1))
    return blurred.point([round(255 - (255 - value) * 0.85) for value in range(256)])


def read_graphic(zpl: bytes) -> Bits:
    """Return the dots of a ^GFA field: written apart from the writer, by Zebra's manual."""
    found = re.fullmatch(
        rb"\^XA\^PON\^LH0,0\^LT0\^PW(\d+)\^LL(\d+)\^FO0,0\^GFA,(\d+),(\d+),(\d+),"
        rb":Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\^PQ\d+,0,0,Y\^XZ\n",
        zpl,
    )
    assert found, zpl[:120]
    width, height, size, total, row = map(int, found.groups()[:5])
    assert int(found[7], 16) == binascii.crc_hqx(found[6], 0)
    raw = zlib.decompress(base64.b64decode(found[6]))
    assert len(raw) == size == total == row * height
    grid = np.frombuffer(raw, dtype=np.uint8).reshape(height, row)
    dots: Any = np.unpackbits(grid, axis=1)[:, :width].astype(bool)
    return dots


class ZplRenderer:
    """Zebrash, a program in Go that draws ZPL, by Node: `make labels` installs it."""

    @staticmethod
    def is_installed() -> bool:
        return (HERE / "node_modules" / "zpl-renderer-js").exists()

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "render_zpl.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def draw(self, zpl: bytes, laid: LaidLabel) -> Bits:
        assert self._process.stdin
        assert self._process.stdout
        order = {
            "zpl": zpl.decode(),
            "width": laid.width,
            "height": laid.height,
            "dpmm": DPMM[laid.dpi],
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        png = base64.b64decode(self._process.stdout.readline())
        drawn: Any = np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 128
        return drawn[: laid.height, : laid.width]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def save(case: Case, folder: Path) -> None:
    """Write a label's picture, to look at."""
    laid = case.lay_out()
    bits = draw_bits(laid, fonts=FONTS)
    name = re.sub(r"[^a-z0-9]+", "-", str(case).lower())
    (folder / f"{name}.png").write_bytes(write_png(bits, dpi=DOTS_PER_INCH[case.dpi]))


__all__ = ["Case", "Invalid", "ZplRenderer", "find_faults", "list_cases", "save"]
