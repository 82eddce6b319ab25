"""Keyboard-wedge scanners on Linux, hidden from the desktop. Experimental: see docs/readers.md."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from typing import Any

from hardware.errors import DriverMissing, ReaderBusy, ReaderDisconnected, ReaderNotFound
from hardware.protocols.keyboard import EVENT, KeyboardDecoder
from hardware.reader import Reader
from hardware.reads import Event

_READ_SIZE = EVENT.size * 64
_MAX_WAIT_S = 1.0


class EvdevReader(Reader):
    """Reads one input device exclusively, so that what it types reaches no window."""

    def __init__(self, name: str, path: str, decoder: KeyboardDecoder) -> None:
        """Set up for one device.

        :param path: best one of /dev/input/by-id/*-event-kbd, which follows the device
        """
        super().__init__(name)
        self._path = path
        self._decoder = decoder
        self._device: Any = None

    @property
    def identity(self) -> str | None:
        return os.path.basename(self._path)  # noqa: PTH119 - a name, not a file of ours

    async def open(self) -> None:
        try:
            import evdev
        except ImportError as error:
            raise DriverMissing("evdev", "evdev", "evdev") from error
        self._decoder.reset()
        try:
            device = evdev.InputDevice(self._path)
        except PermissionError as error:
            raise ReaderBusy(
                f"{self._path} may not be opened: add this user to the group 'input'"
            ) from error
        except OSError as error:
            raise ReaderNotFound(
                f"{self._path} cannot be opened as an input device ({error.strerror}): is the "
                f"scanner plugged in?"
            ) from error
        try:
            device.grab()
        except OSError as error:
            device.close()
            if error.errno == errno.EBUSY:
                raise ReaderBusy(f"{self._path} is grabbed by another program") from error
            raise ReaderNotFound(f"{self._path} cannot be grabbed: {error.strerror}") from error
        self._device = device
        self._set_lights(device, evdev.ecodes)

    @staticmethod
    def _set_lights(device: Any, codes: Any) -> None:
        """Show the scanner NumLock on and Caps Lock off, to which some fit the keys they send."""
        has = device.capabilities().get(codes.EV_LED, ())
        for light, is_on in ((codes.LED_NUML, 1), (codes.LED_CAPSL, 0)):
            if light in has:
                # A device that may only be read keeps its lights.
                with contextlib.suppress(OSError):
                    device.set_led(light, is_on)

    async def receive(self) -> list[Event]:
        if self._device is None:
            raise ReaderDisconnected(f"{self._path} is not open")
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._device.fd, ready.set)
        try:
            await asyncio.wait_for(ready.wait(), min(self._decoder.idle_s, _MAX_WAIT_S))
            data = os.read(self._device.fd, _READ_SIZE)
        except TimeoutError:
            return self._decoder.idle()
        except BlockingIOError:
            return []
        except OSError as error:
            raise ReaderDisconnected(f"{self._path} was unplugged") from error
        finally:
            loop.remove_reader(self._device.fd)
        if not data:
            raise ReaderDisconnected(f"{self._path} was unplugged")
        if self.tap:
            self.tap("rx", data)
        return self._decoder.feed(data)

    async def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.close()
