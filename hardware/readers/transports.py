"""Transports carry bytes without knowing what they mean: a serial port by serialx, and TCP."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from hardware.errors import DriverMissing, ReaderBusy, ReaderDisconnected, ReaderNotFound

READ_SIZE = 65536
OPEN_TIMEOUT_S = 10.0
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EACCES})


class Transport(ABC):
    """One line for bytes in both directions. It can be opened again after it was cut."""

    @abstractmethod
    async def open(self) -> None:
        """Open the line.

        :raises ReaderNotFound: the port or host does not exist or does not answer
        :raises ReaderBusy: another program holds it, or this user may not open it
        """

    @abstractmethod
    async def read(self, timeout_s: float) -> bytes:
        """Return the bytes that came, or none after `timeout_s` seconds.

        :raises ReaderDisconnected: the line ended
        """

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Send `data`.

        :raises ReaderDisconnected: the line ended
        """

    @abstractmethod
    async def close(self) -> None:
        """Close the line. Never raises."""

    @property
    def identity(self) -> str | None:
        """The stable name of the device at the other end, or None."""
        return None


class StreamTransport(Transport):
    """A transport over a pair of asyncio streams."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[bytes] | None = None

    async def read(self, timeout_s: float) -> bytes:
        if self._reader is None:
            raise ReaderDisconnected(f"{self._label} is not open")
        # Keep the read running after the timeout: cancelling it could lose bytes that it already
        # took.
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._reader.read(READ_SIZE))
        done, _ = await asyncio.wait({self._reading}, timeout=timeout_s)
        if not done:
            return b""
        reading, self._reading = self._reading, None
        try:
            data = reading.result()
        except Exception as error:
            # Drivers raise OSError or their own exceptions. All of them mean that the line is gone.
            raise ReaderDisconnected(f"{self._label} was disconnected: {error}") from error
        if not data:
            raise ReaderDisconnected(f"{self._label} was closed by the other end")
        return data

    async def write(self, data: bytes) -> None:
        if self._writer is None:
            raise ReaderDisconnected(f"{self._label} is not open")
        try:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), OPEN_TIMEOUT_S)
        except Exception as error:
            raise ReaderDisconnected(
                f"{self._label} does not take bytes any more: {error}"
            ) from error

    async def close(self) -> None:
        reading, self._reading = self._reading, None
        writer, self._writer, self._reader = self._writer, None, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()
        if writer is not None:
            writer.close()
            # Closing a line that is gone raises different errors, and none of them matters any
            # more.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(writer.wait_closed(), 2)


class TcpTransport(StreamTransport):
    """A TCP connection to a network reader or a serial-to-network converter."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port}")
        self._host, self._port = host, port

    async def open(self) -> None:
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(self._host, self._port), OPEN_TIMEOUT_S
            )
        except TimeoutError as error:
            raise ReaderNotFound(
                f"{self._label} does not answer: is the reader on, and is the address right?"
            ) from error
        except OSError as error:
            raise ReaderNotFound(f"{self._label} cannot be reached: {error.strerror}") from error
        self._reader, self._writer = reader, writer
        sock = writer.get_extra_info("socket")
        # A reader that loses power closes nothing. With keep-alive the kernel notices.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class SerialTransport(StreamTransport):
    """A serial port, opened exclusively; `port` may be a URL such as ``socket://host:4001``."""

    def __init__(
        self,
        port: str,
        *,
        baudrate: int = 9600,
        parity: str = "N",
        stopbits: float = 1,
        xonxoff: bool = False,
        rtscts: bool = False,
    ) -> None:
        super().__init__(port)
        self._port = port
        self._settings: dict[str, Any] = {
            "baudrate": baudrate,
            "parity": parity,
            "stopbits": stopbits,
            "xonxoff": xonxoff,
            "rtscts": rtscts,
        }

    async def open(self) -> None:
        try:
            import serialx
        except ImportError as error:
            raise DriverMissing("serial", "serial", "serialx") from error
        settings = dict(self._settings)
        settings["parity"] = serialx.Parity(settings["parity"])
        settings["stopbits"] = serialx.StopBits(settings["stopbits"])
        try:
            self._reader, self._writer = await asyncio.wait_for(
                serialx.open_serial_connection(self._port, exclusive=True, **settings),
                OPEN_TIMEOUT_S,
            )
        except TimeoutError as error:
            raise ReaderNotFound(f"{self._port} did not open within 10 s") from error
        except Exception as error:
            raise self._explain(error) from error

    async def close(self) -> None:
        if self._writer is not None:
            # Closing drops unsent bytes, and the last ones tell the module to stop transmitting.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._writer.transport.flush(), 1)  # type: ignore[attr-defined]  # serialx's own transport has it
        await super().close()

    def _explain(self, error: Exception) -> ReaderNotFound | ReaderBusy:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__ or cause.__context__
        number = cause.errno if isinstance(cause, OSError) else None
        if number == errno.EACCES:
            return ReaderBusy(
                f"{self._port} may not be opened: add this user to the group 'dialout' (or the "
                f"group that owns the device)"
            )
        if number in _BUSY:
            return ReaderBusy(
                f"{self._port} is held by another program (another scanner-readers, a terminal, "
                f"ModemManager): stop that one, or give this reader another port"
            )
        if "://" not in self._port and not os.path.exists(self._port):  # noqa: PTH110 - a device
            return ReaderNotFound(f"{self._port} does not exist: is the reader plugged in?")
        return ReaderNotFound(f"{self._port} cannot be opened: {error}")

    @property
    def identity(self) -> str | None:
        by_id = Path("/dev/serial/by-id")
        if "://" in self._port or not by_id.is_dir():
            return None
        target = os.path.realpath(self._port)
        names = (link.name for link in by_id.iterdir() if os.path.realpath(link) == target)
        return next(names, None)
