"""The contestants, each from the bytes of a picture: one engine alone at its defaults, or ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import zxingcpp

from benchmarks.decoding.truth import Read
from scanner_app.decoding.picture.decode import (
    ALL_FORMATS,
    SAFE_FORMATS,
    PictureRefused,
    decode_picture,
)
from scanner_app.decoding.picture.engines import name_of, name_retail
from scanner_app.decoding.picture.open import Grey, open_picture

try:
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None

ZBAR_NAMES = {"CODABAR": "codabar", "DATABAR": "databar", "DATABAR_EXP": "databar_expanded"}
ZBAR_NAMES |= {"EAN8": "ean_8", "EAN13": "ean_13", "UPCA": "upc_a", "UPCE": "upc_e"}
ZBAR_NAMES |= {"CODE39": "code_39", "QRCODE": "qr_code", "I25": "itf"}

Engine = Callable[[bytes], list[Read]]


def _grey(data: bytes) -> Grey | None:
    try:
        return open_picture(data).full()
    except PictureRefused:
        return None


def zxing_alone(data: bytes) -> list[Read]:
    grey = _grey(data)
    return [] if grey is None else zxing_on(grey)


def zxing_on(grey: Grey) -> list[Read]:
    reads = []
    for code in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain):
        symbology, text = name_retail(name_of(code), code.text)
        reads.append(Read(text, code.bytes, symbology))
    return reads


def pyzbar_alone(data: bytes) -> list[Read]:
    grey = _grey(data)
    return [] if grey is None else pyzbar_on(grey)


def pyzbar_on(grey: Grey) -> list[Read]:
    if pyzbar is None:
        return []
    reads = []
    for code in pyzbar.decode(grey):
        name = ZBAR_NAMES.get(code.type, code.type.lower())
        symbology, text = name_retail(name, code.data.decode("utf-8", "replace"))
        reads.append(Read(text, code.data, symbology))
    return reads


_barcodes = cv2.barcode.BarcodeDetector()
_qr = cv2.QRCodeDetectorAruco()


def opencv_alone(data: bytes) -> list[Read]:
    grey = _grey(data)
    return [] if grey is None else opencv_on(grey)


def opencv_on(grey: Grey) -> list[Read]:
    reads = []
    try:
        _, texts, *_ = _barcodes.detectAndDecodeMulti(grey)
        reads += [Read(*_retail(text)) for text in texts if text]
        _, texts, *_ = _qr.detectAndDecodeMulti(grey)
        reads += [Read(text, text.encode(), "qr_code") for text in texts if text]
    except (cv2.error, UnicodeDecodeError):
        # It stumbles over pictures of odd sizes, and over text that is not UTF-8.
        return reads
    return reads


def _retail(text: str) -> tuple[str, bytes, str]:
    symbology, text = name_retail("ean_8" if len(text) == 8 else "ean_13", text)
    return text, text.encode(), symbology


def cascade(data: bytes, formats: frozenset[str] = ALL_FORMATS) -> list[Read]:
    try:
        decoded = decode_picture(data, formats=formats)
    except PictureRefused:
        return []
    return [Read(s.text, s.bytes, s.symbology, s.add_on) for s in decoded.symbols]


ENGINES: dict[str, Engine] = {
    "pyzbar": pyzbar_alone,
    "zxing-cpp": zxing_alone,
    "OpenCV": opencv_alone,
    "cascade": cascade,
    "cascade safe": partial(cascade, formats=SAFE_FORMATS),
}
ON_GREY: dict[str, Callable[[np.ndarray], list[Read]]] = {
    "pyzbar": pyzbar_on,
    "zxing-cpp": zxing_on,
    "OpenCV": opencv_on,
}
