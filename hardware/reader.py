"""The interface of every reader: open, receive events, close. `supervisor` keeps one running."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, Self

from hardware.reads import Event

Tap = Callable[[Literal["rx", "tx"], bytes], None]


class Reader(ABC):
    """A device, or a port with a device behind it.

    `open` raises a `ReaderError` whose message says what to do. `receive` waits until something
    happens or a short time has passed, and returns the events, perhaps none. It raises
    `ReaderDisconnected` if the device is gone. `close` never raises, may be called twice, and
    leaves the reader ready for another `open`. If `tap` is set, it is called with every byte sent
    or received.
    """

    name: str
    tap: Tap | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    async def open(self) -> None:
        """Open the device and make it read.

        :raises ReaderError: the device cannot be used now
        """

    @abstractmethod
    async def receive(self) -> list[Event]:
        """Wait for events and return them.

        :raises ReaderDisconnected: the device is gone
        """

    @abstractmethod
    async def close(self) -> None:
        """Close the device."""

    @property
    def identity(self) -> str | None:
        """A serial number or stable path that tells the device from others; None if unknown."""
        return None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
