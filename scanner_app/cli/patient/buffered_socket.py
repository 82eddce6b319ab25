"""A socket with what came early and what has yet to go: threads wait for neither.

The main loop of the worker collects what comes and sends what is left to go. A thread reads what
was collected and writes without a wait. Only a body or an answer beyond the bounds makes it wait,
and then the other side must keep up a pace.
"""

from __future__ import annotations

import errno
import select
import socket
import ssl
import tempfile
import time
from typing import Any

IN_MEMORY = 64 * 1024
CHUNK = 64 * 1024
# The rest of a larger answer waits for the reader, in its thread.
MAX_BEHIND = 8 * 1024 * 1024
# A thread waits this long for the other side in all, and a second more for each of these bytes.
THREAD_WAIT_S = 5.0
THREAD_BYTES_PER_S = 100_000
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class Spool:
    """Bytes in the order in which they came; many of them are in a file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the socket
        self._at = 0
        self.size = 0

    def append(self, data: bytes | memoryview) -> None:
        self._file.seek(0, 2)
        self._file.write(data)
        self.size += len(data)

    def peek(self, size: int) -> bytes:
        """Return up to `size` bytes and keep them."""
        self._file.seek(self._at)
        return self._file.read(min(size, self.size))

    def drop(self, size: int) -> None:
        """Forget that many bytes, from the first on."""
        self._at += size
        self.size -= size
        if not self.size:
            self._file.seek(0)
            self._file.truncate()
            self._at = 0

    def take(self, size: int) -> bytes:
        data = self.peek(size)
        self.drop(len(data))
        return data

    def close(self) -> None:
        self._file.close()


class BufferedSocket:
    """What gunicorn takes for the socket of a connection."""

    def __init__(self, real: socket.socket) -> None:
        self.real: Any = real  # of ssl, or plain
        self.real.setblocking(False)
        self.incoming = Spool()
        self.outgoing = Spool()
        self.is_ended = False
        self.has_continued = False
        self._timeout: float | None = None
        self._waited = 0.0
        self._moved = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @property
    def held(self) -> int:
        """Return how many bytes are held for this connection."""
        return self.incoming.size + self.outgoing.size

    def put_back(self, data: bytes) -> None:
        """Keep what a thread read too far, before what is kept."""
        if data:
            rest = data + self.incoming.take(self.incoming.size)
            self.incoming.append(rest)

    def setblocking(self, flag: bool) -> None:
        """Begin the time of a thread; the socket itself never blocks."""
        self._timeout = None if flag else 0.0
        self._waited, self._moved = 0.0, 0

    def gettimeout(self) -> float | None:
        return self._timeout

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def recv(self, size: int, *flags: int) -> bytes:
        if self.incoming.size:
            return self.incoming.take(size)
        while not self.is_ended:
            try:
                data: bytes = self.real.recv(size, *flags)
            except WOULD_BLOCK as error:
                self._wait(error, select.POLLIN)
                continue
            self._moved += len(data)
            self.is_ended = not data
            return data
        return b""

    def send(self, data: bytes) -> int:
        if data == CONTINUE and self.has_continued:
            return len(data)  # the sender has heard it from the main loop
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        if not self.outgoing.size:
            rest = rest[self._send(rest) :]
        if len(rest):
            self.outgoing.append(rest)
        while self.outgoing.size > MAX_BEHIND:
            try:
                sent = self.real.send(self.outgoing.peek(CHUNK))
            except WOULD_BLOCK as error:
                self._wait(error, select.POLLOUT)
                continue
            self.outgoing.drop(sent)
            self._moved += sent

    def flush(self) -> bool:
        """Send what can go at once; return whether all has gone.

        :raises OSError: the connection broke.
        """
        while self.outgoing.size:
            sent = self._send(memoryview(self.outgoing.peek(CHUNK)))
            if not sent:
                return False
            self.outgoing.drop(sent)
        return True

    def end(self) -> None:
        """Announce that nothing more is sent (RFC 9112, 9.6; RFC 8446, 6.1)."""
        if isinstance(self.real, ssl.SSLSocket):
            try:
                self.real.unwrap()
            except (ssl.SSLError, ValueError, OSError):
                pass  # it was said; what the other side says to it is not waited for
        self.real.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.incoming.close()
        self.outgoing.close()
        self.real.close()

    def _send(self, data: memoryview) -> int:
        """Return how many bytes the socket took at once."""
        sent = 0
        while sent < len(data):
            try:
                sent += self.real.send(data[sent:])
            except WOULD_BLOCK:
                break
        return sent

    def _wait(self, reason: OSError, event: int) -> None:
        """Wait in a thread until the socket is ready.

        :raises TimeoutError: not within the time that was set.
        :raises ConnectionResetError: the other side is slower than it may be.
        """
        late: OSError
        left = THREAD_WAIT_S + self._moved / THREAD_BYTES_PER_S - self._waited
        if self._timeout is not None and self._timeout < left:
            left, late = self._timeout, TimeoutError("timed out")
        else:
            late = ConnectionResetError(errno.ECONNRESET, "The other side is too slow.")
        if isinstance(reason, ssl.SSLWantReadError):
            event = select.POLLIN
        elif isinstance(reason, ssl.SSLWantWriteError):
            event = select.POLLOUT
        poll = select.poll()
        poll.register(self.real, event)
        began = time.monotonic()
        is_ready = left > 0 and poll.poll(left * 1000)
        self._waited += time.monotonic() - began
        if not is_ready:
            raise late
