"""The base of all decoders, and the frame scanner that finds its way back after noise."""

from __future__ import annotations

from abc import ABC, abstractmethod

from hardware.reads import Event, Noise, TagRead

SLICE = 4096
SAMPLE = 16


class Decoder(ABC):
    """Turns bytes into events, and queues the commands for the reader.

    A decoder never raises on input, keeps a bounded buffer, and returns the same reads however the
    same bytes are cut into chunks. It knows no clock: the owner of the line calls `idle` when the
    line falls silent and `reset` when it was cut.

    `idle_s` is the silence in seconds after which an unfinished frame will not be finished.
    `poll_s` is how often `poll` is to be called, `rearm_s` the silence after which `begin` is to be
    called again; None is never.
    """

    idle_s: float = 0.05
    poll_s: float | None = None
    rearm_s: float | None = None

    def __init__(self) -> None:
        self._out = bytearray()

    @abstractmethod
    def feed(self, data: bytes) -> list[Event]:
        """Take some bytes and return the events that they complete."""

    def idle(self) -> list[Event]:
        """Return the events that are certain now that no more bytes come."""
        return []

    def reset(self) -> list[Event]:
        """Forget unfinished input: the line was cut, and the next byte starts something new."""
        self._out.clear()
        return []

    def begin(self) -> None:
        """Queue the commands that make the reader read."""
        return

    def poll(self) -> None:
        """Queue one request for reads."""
        return

    def end(self) -> None:
        """Queue the commands that make the reader stop."""
        return

    def outgoing(self) -> bytes:
        """Return the queued bytes for the reader and empty the queue."""
        data = bytes(self._out)
        self._out.clear()
        return data


class NoiseTally:
    """Adds up consecutive noise bytes, so that a thousand of them become one event."""

    def __init__(self) -> None:
        self.size = 0
        self._sample = bytearray()
        self._why = ""

    def add(self, data: bytes, why: str = "") -> None:
        """Count `data` as noise."""
        self.size += len(data)
        if len(self._sample) < SAMPLE:
            self._sample += data[: SAMPLE - len(self._sample)]
        self._why = self._why or why

    def take(self) -> list[Event]:
        """Return the noise so far as at most one event, and start again at zero."""
        if not self.size:
            return []
        event = Noise(self.size, bytes(self._sample), self._why)
        self.size = 0
        self._sample.clear()
        self._why = ""
        return [event]


class FrameDecoder(Decoder):
    """Finds frames in a stream by their length and checksum, and resynchronises after noise.

    The scan goes strictly left to right. It measures a candidate, waits for all of its bytes, and
    checks it. If the check fails, the scan goes on one byte later, inside the candidate. So a wrong
    length byte can delay a frame, until its bytes have come or the line falls silent, but cannot
    hide one. No frame is searched for inside a valid frame, because the bytes of a tag could
    imitate one there.

    `start` is the first byte of each frame, if the protocol has one.
    """

    start: int | None = None
    # True for one-byte checksums: when two frames overlap, one in 256 passes the check by chance,
    # so the scan looks for a better frame inside.
    is_weak: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()
        self._noise = NoiseTally()

    @abstractmethod
    def measure(self, buffer: bytearray, at: int) -> int:
        """Return the total length in bytes of a frame that begins at `at`.

        0 if more bytes are needed to know it, -1 if no frame can begin there.
        """

    @abstractmethod
    def accept(self, frame: bytes) -> list[Event] | None:
        """Return the events of a frame of the measured length, or None if it is not valid."""

    def feed(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        for offset in range(0, len(data), SLICE):
            self._buffer += data[offset : offset + SLICE]
            events += self._scan(is_final=False)
        return events

    def idle(self) -> list[Event]:
        if not self._buffer:
            return []
        return self._scan(is_final=True)

    def reset(self) -> list[Event]:
        super().reset()
        self._noise.add(bytes(self._buffer), "the line was cut during a frame")
        self._buffer.clear()
        return self._noise.take()

    def pending(self) -> int:
        """Return the number of bytes that wait for the rest of their frame."""
        return len(self._buffer)

    def _scan(self, *, is_final: bool) -> list[Event]:
        events: list[Event] = []
        buffer, noise, start = self._buffer, self._noise, self.start
        at, size = 0, len(buffer)
        while at < size:
            if start is not None and buffer[at] != start:
                found = buffer.find(start, at)
                found = size if found < 0 else found
                noise.add(bytes(buffer[at:found]), "no frame begins here")
                at = found
                continue
            need = self.measure(buffer, at)
            if need == 0 or at + need > size:
                if not is_final:
                    break
                need = -1
            accepted = self.accept(bytes(buffer[at : at + need])) if need > 0 else None
            if accepted is None:
                noise.add(bytes(buffer[at : at + 1]), "no valid frame begins here")
                at += 1
                continue
            if self.is_weak:
                past = at + need if _has_tag(accepted) else at
                overlap = self._find_overlap(at, at + need, past=past, is_final=is_final)
                if overlap == 0:
                    break
                if overlap > 0:
                    noise.add(bytes(buffer[at:overlap]), "a frame that ran into the next")
                    at = overlap
                    continue
            events += noise.take()
            events += accepted
            at += need
        del buffer[:at]
        return events + noise.take()

    def _find_overlap(self, at: int, end: int, *, past: int, is_final: bool) -> int:
        """Return where a valid tag frame begins inside [at, end) and ends after `past`.

        -1 if there is none, 0 if the bytes that decide it have not come yet.
        """
        buffer = self._buffer
        for inner in range(at + 1, end):
            if self.start is not None and buffer[inner] != self.start:
                continue
            need = self.measure(buffer, inner)
            if need < 0 or (need > 0 and inner + need <= past):
                continue
            if need == 0 or inner + need > len(buffer):
                if is_final:
                    continue
                return 0
            accepted = self.accept(bytes(buffer[inner : inner + need]))
            if accepted and _has_tag(accepted):
                return inner
        return -1


def _has_tag(events: list[Event]) -> bool:
    return any(isinstance(event, TagRead) for event in events)
