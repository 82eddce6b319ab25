"""Open an untrusted picture: refuse it before it costs anything, or return it upright and grey.

Only Pillow opens pictures, with a closed list of formats. OpenCV never gets a file.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFile, UnidentifiedImageError

Grey = npt.NDArray[np.uint8]

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_SIDE = 30_000
MIN_SIDE = 8
# Each scan of a progressive JPEG costs a pass over all its coefficients. Encoders make about ten; a
# hostile file has thousands.
MAX_JPEG_SCANS = 64
# Pillow opens the multi-picture JPEG (MPO) of some phones as a JPEG.
FORMATS = ("JPEG", "PNG", "WEBP")
HEIF = ("HEIF",)
EXIF_ORIENTATION = 0x0112
JPEG_QUALITY = 82


class PictureRefused(ValueError):
    """A picture that is refused. `code` is stable; `message` says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)  # both arguments, so that it can be pickled
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class Picture:
    """An open picture in two sizes: `work` is upright, grey and limited, `full` is everything."""

    def __init__(self, image: Image.Image, data: bytes) -> None:
        self._image: Image.Image | None = image
        self._data = data
        self.is_truncated = False
        self._orientation = _orientation_of(image)
        width, height = image.size
        self.width, self.height = (height, width) if self._orientation >= 5 else (width, height)  # noqa: PLR2004 - 5 to 8 lie on their side
        self._full: Grey | None = None

    def work(self, side: int) -> tuple[Grey, float]:
        """Return the upright grey picture with its longer side at most `side`, and its scale."""
        longest = max(self.width, self.height)
        if longest <= side:
            return self.full(), 1.0
        scale = side / longest
        if self._full is None and self._image is not None and self._image.format in {"JPEG", "MPO"}:
            # libjpeg can decode at a half, quarter or eighth of the size for a fraction of the
            # cost.
            image = _open(self._data)
            image.draft("L", (int(image.width * scale), int(image.height * scale)))
            grey = self._grey_of(image)
        else:
            grey = self.full()
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        return _resize(grey, size), scale

    def full(self) -> Grey:
        """Return the whole picture, upright and grey."""
        if self._full is None:
            image = self._image if self._image is not None else _open(self._data)
            self._image = None
            if image.format in {"JPEG", "MPO"} and image.mode in {"RGB", "L"}:
                image.draft("L", image.size)
            self._full = self._grey_of(image)
        return self._full

    def colour(self, side: int) -> tuple[npt.NDArray[np.uint8] | None, float]:
        """Return red, green and blue with the longer side at most `side`, and the scale.

        None instead of the colours if the picture is grey.
        """
        image = _open(self._data)
        if image.mode in {"1", "L", "LA", "I;16", "I"}:
            return None, 1.0
        scale = min(1.0, side / max(self.width, self.height))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image.draft("RGB", size)
        image = self._load(image)
        if "A" in image.mode or "transparency" in image.info:
            clear = image.convert("RGBA")
            image = Image.new("RGB", clear.size, "white")
            image.paste(clear, mask=clear.getchannel("A"))
        rgb = image.convert("RGB")
        rgb = _upright(rgb.resize(size) if rgb.size != size else rgb, self._orientation)
        return np.ascontiguousarray(np.asarray(rgb)), scale

    def to_jpeg(self, side: int, *, hidden: Sequence[Sequence[tuple[float, float]]] = ()) -> bytes:
        """Return the upright picture as a JPEG, its longer side at most `side` pixels.

        :param hidden: polygons in pixels of the upright picture that are painted over.
        """
        rgb, scale = self.colour(side)
        if rgb is None:
            rgb, scale = self.work(side)
        image = Image.fromarray(rgb)
        drawing = ImageDraw.Draw(image)
        for polygon in hidden:
            place = [(x * scale, y * scale) for x, y in polygon]
            drawing.polygon(place, fill="gray", outline="gray", width=max(4, side // 100))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=JPEG_QUALITY)
        return file.getvalue()

    def _grey_of(self, image: Image.Image) -> Grey:
        image = _upright(self._load(image), self._orientation)
        return _to_grey(image)

    def _load(self, image: Image.Image) -> Image.Image:
        try:
            image.load()
        except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
            image = self._load_what_is_there(image, error)
        return image

    def _load_what_is_there(self, image: Image.Image, cause: Exception) -> Image.Image:
        """Load the upper part of an incomplete picture, because the label may be in it."""
        mode, size = image.mode, image.size
        image.close()  # free its pixels before the second copy is loaded
        image = _open(self._data)
        if image.format in {"JPEG", "MPO"} and image.size != size:
            image.draft(mode, size)
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        except (OSError, SyntaxError, ValueError, EOFError, IndexError):
            raise PictureRefused(
                "truncated", "This picture is damaged or incomplete. Take or send it again."
            ) from cause
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        self.is_truncated = True
        return image


def open_picture(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Open a picture from its bytes, reading only its header.

    :raises PictureRefused: with code `empty`, `too_large`, `not_a_picture`, `too_many_pixels`,
        `too_small` or `too_complex`.
    """
    if not data:
        raise PictureRefused("empty", "The picture is empty. Take or send it again.")
    if len(data) > MAX_BYTES:
        raise PictureRefused(
            "too_large",
            f"The picture has {len(data) / 1048576:.0f} MB; at most {MAX_BYTES // 1048576} MB are "
            "allowed. Send a smaller one.",
        )
    image = _open(data)
    width, height = image.size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise PictureRefused(
            "too_many_pixels",
            f"The picture has {width} x {height} pixels; at most {max_pixels // 1_000_000} "
            f"megapixels and {MAX_SIDE} pixels a side are allowed. Send a smaller one.",
        )
    if min(width, height) < MIN_SIDE:
        raise PictureRefused(
            "too_small", f"A picture of {width} x {height} pixels is too small for a code."
        )
    if image.format in {"JPEG", "MPO"} and data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise PictureRefused(
            "too_complex",
            "This JPEG has too many layers. Save it again in another program, then send that file.",
        )
    return Picture(image, data)


def _open(data: bytes) -> Image.Image:
    is_heif = data[4:8] == b"ftyp"
    formats: tuple[str, ...] = HEIF if is_heif and _register_heif() else FORMATS
    try:
        with warnings.catch_warnings():
            # Pillow warns about odd metadata, which changes no pixel, and about sizes, which are
            # checked below.
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        if is_heif:
            raise PictureRefused(
                "not_a_picture",
                "This server cannot read HEIC pictures without its `heif` extra. Send a JPEG.",
            ) from error
        raise PictureRefused(
            "not_a_picture", "This is not a JPEG, PNG, WebP or HEIC picture. Send one of these."
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureRefused(
            "too_many_pixels",
            f"The picture has far more pixels than the {MAX_PIXELS // 1_000_000} megapixels that "
            "are allowed. Send a smaller one.",
        ) from error
    except Exception as error:  # a hostile header can raise anything
        raise PictureRefused(
            "not_a_picture", "This picture's header is damaged. Take or send it again."
        ) from error


def _register_heif() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def _orientation_of(image: Image.Image) -> int:
    try:
        value = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block does not matter for the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004 - EXIF has eight


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _to_grey(image: Image.Image) -> Grey:
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        # 16 bit: Pillow's conversion clips the values instead of scaling them.
        wide: npt.NDArray[Any] = np.asarray(image, dtype=np.float32)
        top = float(wide.max(initial=0.0))
        divisor = 257.0 if top > 255 else 1.0  # noqa: PLR2004 - the largest 8 bit value
        return np.clip(wide / divisor, 0, 255).astype(np.uint8)
    if mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        return _over_paper(image if image.mode == "RGBA" else image.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(image.convert("L")))


def _over_paper(image: Image.Image) -> Grey:
    """Put a transparent picture on white, or on black if it is invisible on white."""
    alpha = image.getchannel("A")
    light = image.convert("L")
    for paper in (255, 0):
        ground = Image.new("L", image.size, paper)
        ground.paste(light, mask=alpha)
        grey = np.ascontiguousarray(np.asarray(ground))
        if int(grey.max()) - int(grey.min()) > 24:  # noqa: PLR2004 - no engine reads less contrast
            break
    return grey


def _resize(grey: Grey, size: tuple[int, int]) -> Grey:
    if (grey.shape[1], grey.shape[0]) == size:
        return grey
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
