"""The decoder processes of this web worker: pictures go in, symbols come out, or a clear error."""

from __future__ import annotations

import threading

from flask import current_app

from scanner_app.decoding.image import Decoded, PictureRefused
from scanner_app.decoding.worker import PictureFailed, PicturePool, PoolBusy
from scanner_app.domain.errors import Invalid, TooLarge, Unavailable
from scanner_app.extensions.guard import current_settings
from scanner_app.extensions.metrics import time_decode

TOO_LARGE = {"too_large", "too_many_pixels"}
_lock = threading.Lock()


def _pool() -> PicturePool:
    # Made by the first picture, so after gunicorn's fork.
    with _lock:
        pool: PicturePool | None = current_app.extensions.get("scanner_pictures")
        if pool is None:
            pool = PicturePool(workers=current_settings().decode_workers)
            current_app.extensions["scanner_pictures"] = pool
        return pool


def decode_upload(data: bytes) -> Decoded:
    """Decode an uploaded picture in a child process.

    :raises Invalid: it is no picture that can be read.
    :raises TooLarge: it has too many bytes or pixels.
    :raises Unavailable: too many pictures are waiting, or this one killed its decoder.
    """
    with time_decode() as told:
        return _decode(data, told)


def _decode(data: bytes, told: dict[str, str]) -> Decoded:
    try:
        decoded = _pool().decode(data, budget_ms=current_settings().decode_budget_ms)
        told["result"] = "read" if decoded.symbols else "empty"
        return decoded
    except PictureRefused as error:
        told["result"] = "refused"
        if error.code in TOO_LARGE:
            raise TooLarge(error.message, code=error.code) from error
        raise Invalid(error.message, code=error.code, errors={"image": [error.message]}) from error
    except PoolBusy as error:
        told["result"] = "busy"
        raise Unavailable("Too many pictures at once. Send it again in a moment.") from error
    except PictureFailed as error:
        raise Invalid(
            "This picture could not be decoded. Take another one.",
            code="undecodable",
            errors={"image": [str(error)]},
        ) from error
