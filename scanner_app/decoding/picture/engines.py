"""The engines behind one interface: a grey picture goes in, raw symbols come out.

zxing-cpp is the first opinion and returns exact bytes. libzbar, if it is installed, is the second.
`passes` decides which engine runs when, `evidence` which symbol is believed.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import zxingcpp

from scanner_app.decoding.picture.open import Grey
from scanner_app.decoding.picture.symbols import Point, Polygon
from scanner_app.decoding.retail.reader import Clock, prepare, read_retail

_Z = zxingcpp.BarcodeFormat

# zxing-cpp's printed names of formats, and ours.
_NAMES = {
    "Aztec": "aztec",
    "Aztec Code": "aztec",
    "Aztec Rune": "aztec",
    "Codabar": "codabar",
    "Code 128": "code_128",
    "Code 32": "code_32",
    "Code 39": "code_39",
    "Code 39 Standard": "code_39",
    "Code 39 Extended": "code_39",
    "Code 93": "code_93",
    "Compact PDF417": "pdf417",
    "DX Film Edge": "dx_film_edge",
    "DataBar": "databar",
    "DataBar Expanded": "databar_expanded",
    "DataBar Expanded Stacked": "databar_expanded",
    "DataBar Limited": "databar_limited",
    "DataBar Omni": "databar",
    "DataBar Stacked": "databar",
    "DataBar Stacked Omni": "databar",
    "Data Matrix": "data_matrix",
    "EAN-13": "ean_13",
    "EAN-8": "ean_8",
    "ISBN": "ean_13",
    "ITF": "itf",
    "ITF-14": "itf",
    "MaxiCode": "maxicode",
    "Micro QR Code": "micro_qr_code",
    "MicroPDF417": "micro_pdf417",
    "PDF417": "pdf417",
    "PZN": "code_39",
    "QR Code": "qr_code",
    "QR Code Model 1": "qr_code",
    "QR Code Model 2": "qr_code",
    "Telepen": "telepen",
    "Telepen Alpha": "telepen",
    "Telepen Numeric": "telepen",
    "UPC-A": "upc_a",
    "UPC-E": "upc_e",
    "rMQR Code": "rmqr_code",
}
_ZXING: dict[str, tuple[Any, ...]] = {
    "aztec": (_Z.Aztec,),
    "codabar": (_Z.Codabar,),
    "code_128": (_Z.Code128,),
    "code_32": (_Z.Code32,),
    # `Code39` would take a slash and a letter for full ASCII, which few labels are printed in.
    "code_39": (_Z.Code39Std,),
    "code_93": (_Z.Code93,),
    "data_matrix": (_Z.DataMatrix,),
    "databar": (_Z.DataBar,),
    "databar_expanded": (_Z.DataBarExp, _Z.DataBarExpStk),
    "databar_limited": (_Z.DataBarLtd,),
    "dx_film_edge": (_Z.DXFilmEdge,),
    "ean_13": (_Z.EAN13,),
    "ean_8": (_Z.EAN8,),
    "itf": (_Z.ITF,),
    "maxicode": (_Z.MaxiCode,),
    "micro_pdf417": (_Z.MicroPDF417,),
    "micro_qr_code": (_Z.MicroQRCode,),
    "pdf417": (_Z.PDF417,),
    "qr_code": (_Z.QRCode,),
    "rmqr_code": (_Z.RMQRCode,),
    "telepen": (_Z.Telepen,),
    "upc_a": (_Z.UPCA,),
    "upc_e": (_Z.UPCE,),
}
LINEAR = frozenset(
    {
        "codabar",
        "code_128",
        "code_32",
        "code_39",
        "code_93",
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
BINARIZERS = {
    "local": zxingcpp.Binarizer.LocalAverage,
    "histogram": zxingcpp.Binarizer.GlobalHistogram,
    "fixed": zxingcpp.Binarizer.FixedThreshold,
    "cast": zxingcpp.Binarizer.BoolCast,
}


@dataclass(frozen=True, slots=True)
class RawSymbol:
    """What one engine read in one pass, in pixels of the picture that it got.

    `lines` is the number of scan lines that agreed (libzbar only).
    """

    text: str
    bytes: bytes
    symbology: str
    polygon: Polygon
    engine: str
    aim: str | None = None
    add_on: str | None = None
    lines: int = 1


@cache
def zxing_formats(names: frozenset[str]) -> Any:
    chosen = [part for name in sorted(names) for part in _ZXING.get(name, ())]
    return zxingcpp.BarcodeFormats(chosen)


def run_zxing(
    grey: Grey,
    formats: frozenset[str],
    *,
    thorough: bool = True,
    turns: bool = False,
    binarizer: str = "local",
) -> list[RawSymbol]:
    """Read with zxing-cpp. `thorough` also turns, shrinks and inverts the picture.

    :param turns: also turn the picture, if not `thorough`.
    """
    codes = zxingcpp.read_barcodes(
        grey,
        formats=zxing_formats(formats),
        try_rotate=thorough or turns,
        try_downscale=thorough,
        try_invert=thorough,
        binarizer=BINARIZERS[binarizer],
        text_mode=zxingcpp.TextMode.Plain,
        ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Read,
    )
    found = [_from_zxing(code) for code in codes]
    return [raw for raw in found if raw.symbology in formats]


def name_of(code: Any) -> str:
    """Return our name of the symbology of a zxing-cpp result."""
    return _NAMES.get(str(code.format), "unknown")


def _from_zxing(code: Any) -> RawSymbol:
    symbology = name_of(code)
    text: str = code.text
    data: bytes = code.bytes
    add_on = None
    if symbology in {"ean_13", "ean_8", "upc_a", "upc_e"}:
        # An add-on's digits come after the code's own. A UPC-E comes in its long form.
        length = 8 if symbology == "ean_8" else 13
        text, add_on = text[:length], text[length:].strip() or None
        symbology, text = name_retail(symbology, text)
        data = text.encode()
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    polygon: Polygon = tuple((float(p.x), float(p.y)) for p in corners)  # type: ignore[assignment] # four corners
    return RawSymbol(
        text, data, symbology, polygon, "zxing", code.symbology_identifier or None, add_on
    )


def name_retail(symbology: str, text: str) -> tuple[str, str]:
    """Return a retail code's symbology and its printed digits.

    A UPC that an engine returns in its 13 digit form is turned back into 12 or 8 digits.
    """
    if symbology == "upc_e" and len(text) >= 12:  # noqa: PLR2004 - UPC-A, or EAN-13 with a zero
        return symbology, shorten_upc(text[-12:]) or text
    if symbology == "ean_13" and len(text) == 13 and text[0] == "0":  # noqa: PLR2004 - EAN-13
        return "upc_a", text[1:]
    if symbology == "upc_a" and len(text) == 13:  # noqa: PLR2004 - EAN-13
        return ("upc_a", text[1:]) if text[0] == "0" else ("ean_13", text)
    return symbology, text


def shorten_upc(text: str) -> str | None:
    """Return the 8 digits of the UPC-E for a 12 digit UPC-A, or None if it has no short form."""
    system, maker, item, check = text[0], text[1:6], text[6:11], text[11]
    if maker[2] in "012" and maker[3:] == "00" and item[:2] == "00":
        body = maker[:2] + item[2:] + maker[2]
    elif maker[3:] == "00" and item[:3] == "000":
        body = maker[:3] + item[3:] + "3"
    elif maker[4] == "0" and item[:4] == "0000":
        body = maker[:4] + item[4] + "4"
    elif item[:4] == "0000" and item[4] in "56789":
        body = maker + item[4]
    else:
        return None
    return system + body + check


# -- melted bars ---------------------------------------------------------------------------------


def run_bars(
    grey: Grey, formats: frozenset[str], budget_ms: float, deadline: float
) -> list[RawSymbol]:
    """Read an EAN-13 or UPC-A by maximum likelihood, where blur has melted its bars.

    :param budget_ms: processor time for it.
    :param deadline: the moment, by `time.perf_counter`, after which no further step starts.
    """
    prepare()
    found = read_retail(grey, Clock(budget_ms, deadline))
    if found is None:
        return []
    symbology, text = name_retail("ean_13", found.text)
    raw = RawSymbol(text, text.encode(), symbology, found.polygon, "bars", "]E0")
    return [raw] if symbology in formats else []


# -- libzbar -------------------------------------------------------------------------------------

_ZBAR = {
    "CODABAR": "codabar",
    "CODE39": "code_39",
    "CODE93": "code_93",
    "CODE128": "code_128",
    "DATABAR": "databar",
    "DATABAR_EXP": "databar_expanded",
    "EAN8": "ean_8",
    "EAN13": "ean_13",
    "I25": "itf",
    "QRCODE": "qr_code",
    "UPCA": "upc_a",
    "UPCE": "upc_e",
}
# Above this many pixels, scanning every second line finds as much for half the work.
DENSE = 250_000
_BINARY = 4  # ZBAR_CFG_BINARY of zbar.h 0.23; pyzbar names only the older settings


@cache
def _load_zbar() -> Any:
    try:
        from pyzbar import wrapper
    except (ImportError, OSError):  # the shared library libzbar is missing
        return None
    return wrapper


def run_zbar(grey: Grey, formats: frozenset[str]) -> list[RawSymbol]:
    """Read with libzbar, with the exact bytes of QR codes. Return nothing if it is missing."""
    zbar = _load_zbar()
    if zbar is None:
        return []
    wanted = {name for name, ours in _ZBAR.items() if ours in formats}
    if not wanted:
        return []
    height, width = grey.shape
    pixels = np.ascontiguousarray(grey)
    scanner = zbar.zbar_image_scanner_create()
    image = zbar.zbar_image_create()
    try:
        _configure_zbar(zbar, scanner, wanted, 2 if grey.size > DENSE else 1)
        zbar.zbar_image_set_format(image, 0x30303859)  # "Y800", little endian
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, pixels.ctypes.data_as(ctypes.c_void_p), pixels.nbytes, None)
        if zbar.zbar_scan_image(scanner, image) < 0:
            return []
        found = []
        symbol = zbar.zbar_image_first_symbol(image)
        while symbol:
            raw = _from_zbar(zbar, symbol)
            if raw is not None and raw.symbology in formats:
                found.append(raw)
            symbol = zbar.zbar_symbol_next(symbol)
        return found
    finally:
        zbar.zbar_image_destroy(image)
        zbar.zbar_image_scanner_destroy(scanner)


def _configure_zbar(zbar: Any, scanner: Any, wanted: set[str], step: int) -> None:
    enable = zbar.ZBarConfig.CFG_ENABLE
    for kind in zbar.ZBarSymbol:
        if kind.name in {"NONE", "PARTIAL"}:
            continue
        zbar.zbar_image_scanner_set_config(scanner, kind, enable, int(kind.name in wanted))
    for density in (zbar.ZBarConfig.CFG_X_DENSITY, zbar.ZBarConfig.CFG_Y_DENSITY):
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.NONE, density, step)
    if "QRCODE" in wanted:
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, _BINARY, 1)


def _from_zbar(zbar: Any, symbol: Any) -> RawSymbol | None:
    kind = zbar.ZBarSymbol(symbol.contents.type).name
    symbology = _ZBAR.get(kind)
    if symbology is None:
        return None
    data = ctypes.string_at(
        zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol)
    )
    text = _text_of(data)
    if symbology in {"ean_13", "ean_8", "upc_a", "upc_e"}:
        symbology, text = name_retail(symbology, text)
        data = text.encode()
    points = [
        (
            float(zbar.zbar_symbol_get_loc_x(symbol, index)),
            float(zbar.zbar_symbol_get_loc_y(symbol, index)),
        )
        for index in range(zbar.zbar_symbol_get_loc_size(symbol))
    ]
    # zbar's quality is the number of scan lines that agreed on a linear code.
    lines = int(zbar.zbar_symbol_get_quality(symbol))
    return RawSymbol(text, data, symbology, _corners(points), "zbar", None, None, lines)


def _text_of(data: bytes) -> str:
    """Return a QR code's text: UTF-8, else the standard's Shift-JIS, else Latin-1."""
    for encoding in ("utf-8", "shift_jis"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _corners(points: list[Point]) -> Polygon:
    """Return four corners: those of a quadrilateral, else of the box around the points."""
    if len(points) == 4:  # noqa: PLR2004 - a QR code's corners, anticlockwise from its top left
        return points[0], points[3], points[2], points[1]
    xs = [x for x, _ in points] or [0.0]
    ys = [y for _, y in points] or [0.0]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    return (left, top), (right, top), (right, bottom), (left, bottom)
