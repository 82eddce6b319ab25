"""Decode a picture's bytes to its symbols. `decode_picture` is the only function for others."""

from __future__ import annotations

import time

from scanner_app.decoding.codes.read import is_secret
from scanner_app.decoding.picture.open import PictureRefused, open_picture
from scanner_app.decoding.picture.passes import Cascade
from scanner_app.decoding.picture.symbols import (
    ALL_FORMATS,
    BARS_MS,
    SAFE_FORMATS,
    Decoded,
    PassRun,
    Symbol,
)

__all__ = [
    "ALL_FORMATS",
    "BARS_MS",
    "SAFE_FORMATS",
    "Decoded",
    "PassRun",
    "PictureRefused",
    "Symbol",
    "decode_picture",
]


def decode_picture(
    data: bytes,
    *,
    budget_ms: int = 1500,
    bars_ms: int = BARS_MS,
    formats: frozenset[str] = SAFE_FORMATS,
    explain: bool = False,
    keep_side: int = 0,
) -> Decoded:
    """Return every symbol of a picture, each once.

    :param data: a JPEG, PNG, WebP or (with the `heif` extra) HEIC file.
    :param budget_ms: after this time no further pass starts, and the symbols so far are the answer.
    :param bars_ms: of that, processor time for EAN and UPC whose bars have melted; 0 for none.
    :param formats: names of `ALL_FORMATS`; no others are looked for.
    :param explain: also return the passes, with their times and what they read.
    :param keep_side: also return the upright picture as a JPEG with its longer side at most this
        many pixels; 0 for none. It has none of the file's metadata (such as the place), and codes
        that hold a password are painted over.
    :raises PictureRefused: the picture cannot or may not be read; `code` and `message` say why.
    """
    began = time.perf_counter()
    picture = open_picture(data)
    cascade = Cascade(picture, budget_ms=budget_ms, bars_ms=bars_ms, formats=formats)
    symbols = cascade.run()
    if picture.is_truncated and not symbols:
        raise PictureRefused(
            "truncated", "This picture is damaged or incomplete. Take or send it again."
        )
    kept = b""
    if keep_side:
        kept = picture.to_jpeg(keep_side, hidden=[s.polygon for s in symbols if is_secret(s.text)])
    return Decoded(
        tuple(symbols),
        picture.width,
        picture.height,
        (time.perf_counter() - began) * 1000,
        tuple(cascade.runs) if explain else (),
        kept,
    )
