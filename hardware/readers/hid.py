"""HID point-of-sale scanners through hidapi. Experimental: not tried on a device."""

from __future__ import annotations

import asyncio
from typing import Any

from hardware.errors import ConfigError, DriverMissing, ReaderDisconnected, ReaderNotFound
from hardware.protocols.hidpos import HONEYWELL_MODE, HONEYWELL_VENDOR, REPORT_SIZE, HidPosDecoder
from hardware.reader import Reader
from hardware.reads import Event

_WAIT_MS = 250


class HidReader(Reader):
    """Reads reports of one USB device, named ``vid:pid`` or ``vid:pid:serial`` in hex."""

    def __init__(self, name: str, port: str, decoder: HidPosDecoder) -> None:
        """Set up for one device.

        :param port: ``vid:pid`` or ``vid:pid:serial``, in hex
        :raises ConfigError: `port` has another form
        """
        super().__init__(name)
        self._port = port
        self._decoder = decoder
        self._device: Any = None
        vendor, _, rest = port.partition(":")
        product, _, serial = rest.partition(":")
        try:
            self._vendor, self._product = int(vendor, 16), int(product, 16)
        except ValueError as error:
            raise ConfigError(
                f"port {port!r} of reader {name!r} is not 'vid:pid' or 'vid:pid:serial' in hex, "
                f"such as '0c2e:0b01'"
            ) from error
        self._serial = serial or None

    @property
    def identity(self) -> str | None:
        return self._port

    async def open(self) -> None:
        try:
            import hid
        except ImportError as error:
            raise DriverMissing("hid", "hid", "hidapi") from error
        if not hasattr(hid, "device"):
            # Two packages on PyPI install a module `hid`. The one called `hid` has another
            # interface.
            raise DriverMissing("hid", "hid", "hidapi (and uninstall 'hid', which hides it)")
        self._decoder.reset()
        device = hid.device()
        try:
            await asyncio.to_thread(device.open, self._vendor, self._product, self._serial)
        except OSError as error:
            raise ReaderNotFound(
                f"no HID device {self._port} can be opened: is it plugged in, in HID POS mode, and "
                f"may this user open /dev/hidraw*?"
            ) from error
        self._device = device
        if self._vendor == HONEYWELL_VENDOR:
            await asyncio.to_thread(device.send_feature_report, HONEYWELL_MODE)

    async def receive(self) -> list[Event]:
        if self._device is None:
            raise ReaderDisconnected(f"{self._port} is not open")
        try:
            report = bytes(await asyncio.to_thread(self._device.read, REPORT_SIZE, _WAIT_MS))
        except (OSError, ValueError) as error:
            raise ReaderDisconnected(f"{self._port} was unplugged") from error
        if not report:
            return []
        if self.tap:
            self.tap("rx", report)
        return self._decoder.feed(report.ljust(REPORT_SIZE, b"\0"))

    async def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            await asyncio.to_thread(device.close)
