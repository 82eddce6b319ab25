"""Decode uploaded pictures in the decoder processes of this web worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from scanner_app.decoder.pool import PictureFailed, PicturePool, PoolBusy
from scanner_app.decoding.picture.decode import Decoded, PictureRefused
from scanner_app.decoding.picture.shrink import Shrunk
from scanner_app.domain.errors import Invalid, TooLarge, Unavailable
from scanner_app.edge.guard import require_actor
from scanner_app.edge.limits.picture_slots import take_slot
from scanner_app.edge.metrics import time_decode
from scanner_app.edge.state import current_settings, current_state, require_room, spend_budget

TOO_LARGE = {"too_large", "too_many_pixels"}
_lock = threading.Lock()


def _pool() -> PicturePool:
    # Made for the first picture, so after gunicorn's fork.
    with _lock:
        state = current_state()
        if state.pictures is None:
            state.pictures = PicturePool(workers=state.settings.decode_workers)
        return state.pictures


def decode_upload(data: bytes, *, keep_side: int = 0, sender: str | None = None) -> Decoded:
    """Decode an uploaded picture in a child process.

    :param keep_side: return the picture to keep as well, its longer side at most this many pixels.
    :param sender: whose budget it is on; None: that of the actor.
    :raises Invalid: it is not a picture that can be read.
    :raises TooLarge: it has too many bytes or pixels.
    :raises NoRoom: the disk is nearly full.
    :raises TooMany: two of this actor's pictures are being read, or it has sent too much.
    :raises Unavailable: too many pictures are waiting, or this one killed its decoder.
    """
    require_room(len(data))
    actor = sender or require_actor().key
    spend_budget(actor, 1, len(data))
    slots = current_settings().instance_dir / "decoding"
    with take_slot(slots, actor), time_decode() as told:
        return _decode(data, told, keep_side)


def shrink_upload(data: bytes, *, sides: Sequence[int]) -> list[Shrunk]:
    """Return an uploaded picture as smaller JPEGs, made in a child process.

    :raises Invalid, TooLarge, NoRoom, TooMany, Unavailable: as `decode_upload` does.
    """
    require_room(len(data))
    actor = require_actor().key
    spend_budget(actor, 1, len(data))
    slots = current_settings().instance_dir / "decoding"
    with take_slot(slots, actor), _name_refusals({}):
        return _pool().shrink(data, sides=sides)


def _decode(data: bytes, told: dict[str, str], keep_side: int) -> Decoded:
    settings = current_settings()
    with _name_refusals(told):
        decoded = _pool().decode(
            data,
            budget_ms=settings.decode_budget_ms,
            bars_ms=settings.decode_bars_ms,
            formats=settings.effective_decode_formats,
            keep_side=keep_side,
        )
        told["result"] = "read" if decoded.symbols else "empty"
        return decoded


@contextmanager
def _name_refusals(told: dict[str, str]) -> Iterator[None]:
    """Raise the pool's refusals as errors that a person can read, and write down which it was."""
    try:
        yield
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
