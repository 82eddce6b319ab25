"""Write an untrusted picture again in smaller sizes, upright and without its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner_app.decoding.picture.open import PictureRefused, open_picture
from scanner_app.decoding.picture.page import PDF_HEAD, draw_first_page


@dataclass(frozen=True, slots=True)
class Shrunk:
    """One JPEG that was made of a picture."""

    jpeg: bytes
    width: int
    height: int


def shrink_picture(data: bytes, *, sides: Sequence[int]) -> list[Shrunk]:
    """Return a picture, or the first page of a PDF, as one JPEG for each longer side.

    A picture is never made larger than it is.

    The JPEGs hold nothing of the file but its pixels: not the place, nor the time, nor the camera.

    :raises PictureRefused: the picture cannot or may not be read, or is incomplete.
    """
    if data.startswith(PDF_HEAD):
        data = draw_first_page(data, side=max(sides))
    picture = open_picture(data)
    longest = max(picture.width, picture.height)
    shrunk = []
    for side in sides:
        scale = min(1.0, side / longest)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        shrunk.append(Shrunk(picture.to_jpeg(side), *size))
    if picture.is_truncated:
        raise PictureRefused(
            "truncated", "This picture is damaged or incomplete. Take or send it again."
        )
    return shrunk
