"""What every reader promises: open, receive events, close. Who watches over it is elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, Self

from hardware.reads import Event

Tap = Callable[[Literal["rx", "tx"], bytes], None]


class Reader(ABC):
    """A device, or a port with a device behind it.

    `open` raises a `ReaderError` that says what to do. `receive` waits for something to happen and
    returns it, perhaps nothing; it raises `ReaderDisconnected` when the device is gone. `close`
    never raises, may be said twice, and leaves the reader ready to be opened again. `tap`, where
    set, is shown every byte, for a capture.
    """

    name: str
    tap: Tap | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    async def open(self) -> None:
        """Take hold of the device and make it read."""

    @abstractmethod
    async def receive(self) -> list[Event]:
        """Wait for events and return them."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the device."""

    @property
    def identity(self) -> str | None:
        """What tells this device from another of its kind: a serial number, a stable path."""
        return None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
