"""What every decoder promises, and the resynchronising frame scanner that most are built on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from hardware.reads import Event, Noise, TagRead

SLICE = 4096
SAMPLE = 16


class Decoder(ABC):
    """Bytes to events, and what to say to the reader.

    A decoder never raises on input, keeps no more than a bounded buffer, and gives the same reads
    for any division of the same bytes into chunks. It knows no clock: whoever owns the line calls
    `idle` when it fell silent and `reset` when it was cut.

    `idle_s` is the silence after which a begun frame will not be finished; `poll_s` how often
    `poll` wants to be called; `rearm_s` the silence after which `begin` is to be said again.
    """

    idle_s: float = 0.05
    poll_s: float | None = None
    rearm_s: float | None = None

    def __init__(self) -> None:
        self._out = bytearray()

    @abstractmethod
    def feed(self, data: bytes) -> list[Event]:
        """Take some bytes and return what became complete."""

    def idle(self) -> list[Event]:
        """Return what can be said now that nothing more comes."""
        return []

    def reset(self) -> list[Event]:
        """Forget the line's state: it was cut, and the next byte begins something new."""
        self._out.clear()
        return []

    def begin(self) -> None:
        """Queue what makes the reader read."""
        return

    def poll(self) -> None:
        """Queue one question."""
        return

    def end(self) -> None:
        """Queue what makes the reader stop."""
        return

    def outgoing(self) -> bytes:
        """Return the queued bytes for the reader, once."""
        data = bytes(self._out)
        self._out.clear()
        return data


class NoiseTally:
    """Counts neighbouring noise bytes so that a thousand of them are one event."""

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
        """Return the noise so far as at most one event, and begin anew."""
        if not self.size:
            return []
        event = Noise(self.size, bytes(self._sample), self._why)
        self.size = 0
        self._sample.clear()
        self._why = ""
        return [event]


class FrameDecoder(Decoder):
    """Finds frames in a stream by their own length and checksum, and finds back after noise.

    Strictly left to right: a candidate is measured, awaited, checked; if it fails, the search goes
    on one byte further on, inside it. A stray length byte can so delay a frame until the bytes it
    promised have come or the line fell silent, but never swallow one; and no frame is ever looked
    for inside a valid frame, where a tag's own bytes could forge one.
    """

    start: int | None = None
    # One byte of checksum passes each 256th of the frames that ran into the next one.
    is_weak: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()
        self._noise = NoiseTally()

    @abstractmethod
    def measure(self, buffer: bytearray, at: int) -> int:
        """Return the whole length of a frame that would begin at `at`.

        0 where more bytes are needed to tell, -1 where none can begin there.
        """

    @abstractmethod
    def accept(self, frame: bytes) -> list[Event] | None:
        """Return what a frame of the measured length says, or None where it is not valid."""

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
        self._noise.add(bytes(self._buffer), "the line was cut in mid-frame")
        self._buffer.clear()
        return self._noise.take()

    def pending(self) -> int:
        """Return how many bytes wait for the rest of their frame."""
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
        """Return where a tag's valid frame begins inside [at, end) and ends beyond `past`; or -1.

        0 where the bytes that would tell have not come yet.
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
