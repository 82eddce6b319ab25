"""A label printer on the network, as far as we speak with one: it answers `~HS` and takes labels."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

READY = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
LABEL = re.compile(rb"\^XA.*?\^XZ\n", re.DOTALL)


class PrinterDouble:
    """One printer. Tests change how it is; it keeps each label that came whole, in order.

    :ivar says: what it answers to `~HS`; None for silence, as with its labels out.
    :ivar breaks_after: after this many labels it cuts the connection in the middle of the next.
    """

    def __init__(self) -> None:
        self.says: bytes | None = READY
        self.breaks_after: int | None = None
        self.labels: list[bytes] = []
        self.came = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):  # closed already
            self._server.shutdown(socket.SHUT_RDWR)  # or `accept` goes on in its thread
        self._server.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            try:
                part = connection.recv(256)
            except OSError:
                return
            if not part:
                return
            self.came += len(part)
            buffer += part
            if b"~HS" in buffer:
                buffer = buffer.replace(b"~HS", b"")
                if self.says is not None:
                    connection.sendall(self.says)
            for found in LABEL.findall(buffer):
                self.labels.append(found)
                buffer = buffer.replace(found, b"", 1)
                if self.breaks_after is not None and len(self.labels) >= self.breaks_after:
                    # Reset, as when somebody pulls the cable.
                    connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                    return


@contextmanager
def run_printer() -> Iterator[PrinterDouble]:
    printer = PrinterDouble()
    try:
        yield printer
    finally:
        printer.close()
