"""A reader without hardware, for demonstrations, tests and first steps: tags pass a door."""

from __future__ import annotations

import random

from hardware.clock import Clock
from hardware.errors import ReaderEnded
from hardware.reader import Reader
from hardware.reads import Event, TagRead

END = "the virtual reader has no more reads"
_STEP_S = 0.1


class VirtualReader(Reader):
    """Reports `tags` tags at `rate` reads a second, with signals that drift.

    The same seed gives the same reads. Unless `epcs` is given, EPCs are GIAI-96 with the company
    prefix 9521141, which GS1 keeps for examples.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        tags: int = 20,
        rate: float = 50.0,
        antennas: int = 1,
        seconds: float | None = None,
        seed: int = 1,
        epcs: list[bytes] | None = None,
    ) -> None:
        """Set up the door.

        :param rate: reads per second, all tags together
        :param seconds: how long it reads until it raises `ReaderEnded`; None means without end
        """
        super().__init__(name)
        self._clock = clock
        self._rate = rate
        self._antennas = antennas
        self._seconds = seconds
        self._random = random.Random(seed)  # noqa: S311 - a demonstration
        self._epcs = epcs or [make_epc(number) for number in range(1, tags + 1)]
        self._rssi = dict.fromkeys(self._epcs, -55.0)
        self._began = 0.0
        self._reported = 0

    @property
    def identity(self) -> str | None:
        return f"virtual-{self.name}"

    async def open(self) -> None:
        self._began = self._clock.monotonic()
        self._reported = 0

    async def receive(self) -> list[Event]:
        elapsed = self._clock.monotonic() - self._began
        if self._seconds is not None and elapsed >= self._seconds:
            raise ReaderEnded(END)
        await self._clock.sleep(_STEP_S)
        elapsed += _STEP_S
        due = int(elapsed * self._rate) - self._reported
        self._reported += due
        return [self._read() for _ in range(due)]

    async def close(self) -> None:
        """Do nothing: no device is open."""

    def _read(self) -> TagRead:
        epc = self._random.choice(self._epcs)
        rssi = self._rssi[epc] + self._random.uniform(-2, 2)
        self._rssi[epc] = rssi = min(-35.0, max(-80.0, rssi))
        antenna = self._random.randint(1, self._antennas)
        return TagRead(epc, antenna=antenna, rssi_dbm=round(rssi, 1), pc=0x3000)


def make_epc(number: int) -> bytes:
    """Return the GIAI-96 of asset `number` under company prefix 9521141 (TDS 1.13, 14.6.5.1)."""
    header, filter_value, partition = 0x34, 0, 5
    company_bits, asset_bits = 24, 58
    value = header << 88 | filter_value << 85 | partition << 82
    value |= 9521141 << (82 - company_bits) | number & ((1 << asset_bits) - 1)
    return value.to_bytes(12, "big")
