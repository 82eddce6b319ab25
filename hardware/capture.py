"""A log of a line's bytes with times, which a user can send in and which can be replayed.

``# ...`` is a remark. ``+1.234567 rx BB02...`` is the time since the beginning in seconds, the
direction and the bytes in hex. The file holds only these bytes, nothing else about the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Literal

from hardware.errors import ConfigError

HEADER = "# scanner-readers capture 1"
_LINE = re.compile(r"\+(\d+\.\d{6}) (rx|tx) ((?:[0-9A-Fa-f]{2})+)")


@dataclass(frozen=True, slots=True)
class CapturedBytes:
    """Bytes that passed at once. `at` is in seconds since the capture began."""

    at: float
    direction: Literal["rx", "tx"]
    data: bytes


class CaptureWriter:
    """Writes a capture. Set its `write` as the `tap` of a reader."""

    def __init__(self, stream: IO[str], monotonic: Callable[[], float], remark: str = "") -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._began = monotonic()
        self.size = 0
        stream.write(f"{HEADER}\n")
        for line in remark.splitlines():
            stream.write(f"# {line}\n")

    def write(self, direction: Literal["rx", "tx"], data: bytes) -> None:
        """Write some bytes with the time since the beginning."""
        self.size += len(data)
        at = self._monotonic() - self._began
        self._stream.write(f"+{at:.6f} {direction} {data.hex().upper()}\n")
        self._stream.flush()


def read_capture(lines: Iterator[str]) -> Iterator[CapturedBytes]:
    """Yield the bytes of a capture in order.

    :raises ConfigError: a line does not have the form above; the message has its number
    """
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise ConfigError(f"line {number} of the capture is not '+seconds rx|tx HEX'")
        direction: Literal["rx", "tx"] = "rx" if match[2] == "rx" else "tx"
        yield CapturedBytes(float(match[1]), direction, bytes.fromhex(match[3]))
