"""NFC pads through PC/SC: a card laid on the pad is one read of its UID."""

from __future__ import annotations

import asyncio
from typing import Any

from hardware.errors import DriverMissing, ReaderDisconnected, ReaderNotFound
from hardware.protocols.apdu import GET_UID, decode_uid
from hardware.reader import Reader
from hardware.reads import Broken, Event, Status

_WAIT_S = 0.2


class PcscReader(Reader):
    """One PC/SC reader, found by a part of its name. An empty name is the first one that exists."""

    def __init__(self, name: str, port: str) -> None:
        super().__init__(name)
        self._port = port
        self._terminal: Any = None
        self._connection: Any = None
        self._is_present = False

    @property
    def identity(self) -> str | None:
        return str(self._terminal) if self._terminal is not None else None

    async def open(self) -> None:
        try:
            from smartcard.System import readers
        except ImportError as error:
            raise DriverMissing("pcsc", "pcsc", "pyscard") from error
        try:
            terminals = await asyncio.to_thread(readers)
        except Exception as error:
            raise ReaderNotFound(
                f"the PC/SC service does not answer ({error}): is pcscd running?"
            ) from error
        found = [one for one in terminals if self._port.lower() in str(one).lower()]
        if not found:
            names = ", ".join(map(str, terminals)) or "none"
            raise ReaderNotFound(
                f"no PC/SC reader has {self._port!r} in its name; found: {names}. The kernel may "
                f"hold an ACR122U: blacklist pn533_usb"
            )
        self._terminal = found[0]
        self._is_present = False

    async def receive(self) -> list[Event]:
        if self._terminal is None:
            raise ReaderDisconnected(f"the PC/SC reader {self._port!r} is not open")
        await asyncio.sleep(_WAIT_S)
        return await asyncio.to_thread(self._look)

    async def close(self) -> None:
        self._terminal = None

    def _look(self) -> list[Event]:
        from smartcard.Exceptions import CardConnectionException, NoCardException
        from smartcard.System import readers

        connection = self._terminal.createConnection()
        try:
            connection.connect()
        except NoCardException:
            was_present, self._is_present = self._is_present, False
            return [Status("removed")] if was_present else []
        except Exception as error:
            if str(self._terminal) in map(str, readers()):
                return [Status("card", f"the card does not answer: {error}")]
            raise ReaderDisconnected(f"the PC/SC reader {self._port!r} is gone") from error
        try:
            if self._is_present:
                return []
            data, first, second = connection.transmit(list(GET_UID))
        except CardConnectionException:
            # The card was taken away during the exchange. It is read when it is laid down again.
            return []
        finally:
            connection.disconnect()
        self._is_present = True
        response = bytes([*data, first, second])
        if self.tap:
            self.tap("rx", response)
        # One bad card is not a reason to close and open the pad again.
        return [
            Status("card", event.why, True) if isinstance(event, Broken) else event
            for event in decode_uid(response)
        ]
