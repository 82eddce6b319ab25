"""A decoder on a transport: the reader behind each serial port and most network readers."""

from __future__ import annotations

import contextlib

from hardware.clock import Clock
from hardware.errors import ReaderBusy, ReaderDisconnected, RemoteProtocolError
from hardware.protocols.base import Decoder
from hardware.reader import Reader
from hardware.readers.transports import Transport
from hardware.reads import Broken, Event

_MAX_WAIT_S = 1.0


class WireReader(Reader):
    """Feeds a transport's bytes to a decoder, and sends the decoder's commands."""

    def __init__(self, name: str, transport: Transport, decoder: Decoder, clock: Clock) -> None:
        super().__init__(name)
        self._transport = transport
        self._decoder = decoder
        self._clock = clock
        self._last_bytes = 0.0
        self._last_poll = 0.0
        self._is_quiet = True
        self._left_over: list[Event] = []

    @property
    def identity(self) -> str | None:
        return self._transport.identity

    async def open(self) -> None:
        # A frame that was cut by the disconnection must not be joined to the bytes that come now.
        self._left_over = self._decoder.reset()
        await self._transport.open()
        self._last_bytes = self._last_poll = self._clock.monotonic()
        self._is_quiet = True
        self._decoder.begin()
        await self._flush()

    async def receive(self) -> list[Event]:
        if self._left_over:
            events, self._left_over = self._left_over, []
            return events
        data = await self._transport.read(self._wait())
        now = self._clock.monotonic()
        if data:
            if self.tap:
                self.tap("rx", data)
            self._last_bytes, self._is_quiet = now, False
            events = self._decoder.feed(data)
        else:
            events = self._fall_silent(now)
        self._poll(now)
        await self._flush()
        for event in events:
            if isinstance(event, Broken):
                if event.is_busy:
                    raise ReaderBusy(event.why)
                raise RemoteProtocolError(event.why)
        return events

    async def close(self) -> None:
        self._decoder.end()
        # A reader that is gone cannot receive the command to stop.
        with contextlib.suppress(ReaderDisconnected):
            await self._flush()
        await self._transport.close()

    def _wait(self) -> float:
        wait = _MAX_WAIT_S
        if not self._is_quiet:
            wait = min(wait, self._decoder.idle_s)
        if self._decoder.poll_s is not None:
            due = self._last_poll + self._decoder.poll_s - self._clock.monotonic()
            wait = min(wait, max(0.001, due))
        return wait

    def _fall_silent(self, now: float) -> list[Event]:
        silence = now - self._last_bytes
        limit = getattr(self._decoder, "silence_limit_s", None)
        if limit is not None and silence > limit:
            raise ReaderDisconnected(
                f"{self.name} sent nothing for {silence:.0f} s, not even a keep-alive"
            )
        if self._decoder.rearm_s is not None and silence > self._decoder.rearm_s:
            self._last_bytes = now
            self._decoder.begin()
        if self._is_quiet or silence < self._decoder.idle_s:
            return []
        self._is_quiet = True
        return self._decoder.idle()

    def _poll(self, now: float) -> None:
        poll_s = self._decoder.poll_s
        if poll_s is not None and now - self._last_poll >= poll_s:
            self._last_poll = now
            self._decoder.poll()

    async def _flush(self) -> None:
        data = self._decoder.outgoing()
        if data:
            if self.tap:
                self.tap("tx", data)
            await self._transport.write(data)
