"""The organisation's logo on a label: black or white dots, as a label printer has no grey."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

from scanner_app.services.labels.encode import Rows

DARK = 128


@lru_cache(maxsize=16)
def threshold(picture: bytes, width: int, height: int) -> Rows:
    """Return a picture in as many dots as fit in a room, in its own proportions; True is black."""
    with Image.open(io.BytesIO(picture)) as opened:
        grey = opened.convert("L")
    scale = min(width / grey.width, height / grey.height)
    size = max(round(grey.width * scale), 1), max(round(grey.height * scale), 1)
    small = grey.resize(size, Image.Resampling.BOX)
    dots = small.tobytes()
    return tuple(
        tuple(dot < DARK for dot in dots[start : start + size[0]])
        for start in range(0, len(dots), size[0])
    )
