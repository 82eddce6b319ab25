"""A reader that replays a capture: one that a user sent in, or the bytes of a test."""

from __future__ import annotations

from pathlib import Path

from hardware.capture import CapturedBytes, read_capture
from hardware.clock import Clock
from hardware.errors import ReaderEnded, ReaderNotFound
from hardware.protocols.base import Decoder
from hardware.reader import Reader
from hardware.reads import Event

END = "the capture was replayed to its end"


class ReplayReader(Reader):
    """Feeds the received bytes of a capture to a decoder, with their original pauses or faster."""

    def __init__(
        self, name: str, path: Path, decoder: Decoder, clock: Clock, *, speed: float = 1.0
    ) -> None:
        """Set up for one capture.

        :param speed: 1 keeps the original pauses, 10 divides them by ten, 0 does not wait at all
        """
        super().__init__(name)
        self._path = path
        self._decoder = decoder
        self._clock = clock
        self._speed = speed
        self._pieces: list[CapturedBytes] = []
        self._at = 0
        self._elapsed = 0.0

    @property
    def identity(self) -> str | None:
        return self._path.name

    async def open(self) -> None:
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ReaderNotFound(f"the capture {self._path} cannot be read: {error}") from error
        pieces = read_capture(iter(text.splitlines()))
        self._pieces = [piece for piece in pieces if piece.direction == "rx"]
        self._at, self._elapsed = 0, 0.0
        self._decoder.reset()

    async def receive(self) -> list[Event]:
        if self._at >= len(self._pieces):
            raise ReaderEnded(END)
        piece = self._pieces[self._at]
        self._at += 1
        gap = piece.at - self._elapsed
        events = self._decoder.idle() if gap >= self._decoder.idle_s else []
        if self._speed:
            await self._clock.sleep(gap / self._speed)
        self._elapsed = piece.at
        if self.tap:
            self.tap("rx", piece.data)
        events += self._decoder.feed(piece.data)
        if self._at == len(self._pieces):
            events += self._decoder.idle()
        return events

    async def close(self) -> None:
        self._pieces = []
