"""A worker of Gunicorn whose threads wait for nobody: a request gets a thread once it is whole.

Without a proxy in front, somebody who sends half a request would hold a thread for as long as they
like; sixteen of them would stop the service. Here the worker's main loop collects heads and bodies,
of all connections at once, and closes those that are too slow.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import tempfile
import time
from collections import Counter
from functools import partial
from typing import Any

from gunicorn import http
from gunicorn import sock as gunicorn_sock
from gunicorn.workers.gthread import TConn, ThreadWorker

from scanner_app.cli.request_watch import RequestWatch

# A handshake and a head have this long; a body this long, and a second more for each kilobyte.
HEAD_S = 10.0
BODY_S = 30.0
MIN_BYTES_PER_S = 1000
# In a thread nobody is waited for longer than this. An answer may take longer to be read.
THREAD_READ_S = 5.0
THREAD_WRITE_S = 120.0
IN_MEMORY = 64 * 1024
# The rest of a larger body is read by the view. All bodies of a worker together have a bound.
MAX_AHEAD = 32 * 1024 * 1024
MAX_AHEAD_OF_ALL = 512 * 1024 * 1024
CHUNK = 64 * 1024
CHUNKS_AT_ONCE = 32
LINGER_S = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class CollectedSocket:
    """A socket with what was already read of it: the parser gets that first."""

    def __init__(self, real: socket.socket) -> None:
        self.real: Any = real  # of ssl, or plain
        self.is_ended = False
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the socket
        self._read = 0
        self.held = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def collect(self, data: bytes) -> None:
        """Keep what came, behind what is kept."""
        self._spool.seek(0, 2)
        self._spool.write(data)
        self.held += len(data)

    def put_back(self, data: bytes) -> None:
        """Keep what was read too far, before what is kept."""
        if data:
            rest = data + self.recv_kept(self.held)
            self.collect(rest)

    def recv_kept(self, size: int) -> bytes:
        """Return up to `size` of the bytes that are kept."""
        self._spool.seek(self._read)
        data = self._spool.read(min(size, self.held))
        self._read += len(data)
        self.held -= len(data)
        if not self.held:
            self._spool.seek(0)
            self._spool.truncate()
            self._read = 0
        return data

    def recv(self, size: int, *flags: int) -> bytes:
        if self.held:
            return self.recv_kept(size)
        if self.is_ended:
            return b""
        before = self.real.gettimeout()
        if before:
            self.real.settimeout(THREAD_READ_S)
        try:
            data: bytes = self.real.recv(size, *flags)
            return data
        finally:
            if before:
                self.real.settimeout(before)

    def setblocking(self, flag: bool) -> None:
        self.real.settimeout(THREAD_WRITE_S if flag else 0.0)

    def close(self) -> None:
        self._spool.close()
        self.real.close()


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """A connection, with the request that is being collected on it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.initialized = True
        self.data_ready = True
        self.shakes_hands = bool(cfg.is_ssl)
        if cfg.is_ssl:
            sock = gunicorn_sock.ssl_wrap_socket(sock, cfg)
        self.sock = CollectedSocket(sock)
        self.sock.setblocking(False)
        self.parser = http.get_parser(cfg, self.sock, client)
        self.watch = RequestWatch()
        self.address = client[0] if isinstance(client, tuple) else ""
        self.since = time.monotonic()
        self.is_idle = False  # between two requests
        self.is_closing = False

    def begin_request(self) -> None:
        """Start to collect the next request, of which a part may have come already."""
        self.sock.put_back(self.parser.unreader.take_buffered())
        self.sock.setblocking(False)
        self.watch = RequestWatch()
        kept = self.sock.recv_kept(self.sock.held)
        self.sock.collect(kept)
        self.watch.feed(kept)
        self.since = time.monotonic()
        self.is_idle = not kept

    def begin_to_close(self) -> None:
        """Send nothing more, and wait for the sender to finish (RFC 9112, 9.6)."""
        self.is_closing, self.since = True, time.monotonic()
        self.sock.setblocking(False)
        self.sock.real.shutdown(socket.SHUT_WR)

    def receive(self) -> bool:
        """Take what the socket has; return whether more may be there at once.

        :raises OSError: the connection broke, or its handshake failed.
        """
        if self.shakes_hands:
            self.sock.real.do_handshake()
            self.shakes_hands = False
        for _ in range(CHUNKS_AT_ONCE):
            data = self.sock.real.recv(CHUNK)
            if not data:
                self.sock.is_ended = True
                return False
            if self.is_closing:
                continue
            if self.is_idle:
                self.is_idle, self.since = False, time.monotonic()
            self.sock.collect(data)
            self.watch.feed(data)
            if self.is_ready():
                return False
            if self.watch.expects_continue:
                self.watch.expects_continue = False
                self.sock.real.send(CONTINUE)
        return True

    def is_ready(self) -> bool:
        """Return whether a thread can work on it without a wait."""
        return self.sock.is_ended or self.watch.is_whole or self.watch.received > MAX_AHEAD

    def is_late(self, now: float) -> bool:
        """Return whether the sender has had its time."""
        if self.is_closing:
            return now - self.since > LINGER_S
        if self.is_idle:
            return now - self.since > float(self.cfg.keepalive)
        if not self.watch.has_head:
            return now - self.since > HEAD_S
        return now - self.since > BODY_S + self.watch.received / MIN_BYTES_PER_S


class PatientWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Collects requests in its main loop; only whole ones go to the threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[Connection, None] = {}
        self.stops_at = 0.0

    def accept(self, listener: Any) -> None:
        try:
            client_sock, client = listener.accept()
        except OSError:
            return  # another worker was quicker, or no descriptor is left: closed ones free some
        self.nr_conns += 1
        try:
            conn = Connection(self.cfg, client_sock, client, listener.getsockname())
        except OSError:
            self.nr_conns -= 1
            client_sock.close()
            return
        self._wait(conn)
        self._make_room()

    def _wait(self, conn: Connection, event: int = selectors.EVENT_READ) -> None:
        self.waiting[conn] = None
        self.poller.register(conn.sock.real, event, partial(self._go_on, conn))

    def _stop_waiting(self, conn: Connection) -> None:
        if conn in self.waiting:
            del self.waiting[conn]
            self.poller.unregister(conn.sock.real)

    def _go_on(self, conn: Connection, _socket: object = None) -> None:
        """Take what came on a connection."""
        if conn not in self.waiting:
            return
        try:
            more = conn.receive()
        except (ssl.SSLWantReadError, BlockingIOError):
            self.poller.modify(conn.sock.real, selectors.EVENT_READ, partial(self._go_on, conn))
            return
        except ssl.SSLWantWriteError:
            self.poller.modify(conn.sock.real, selectors.EVENT_WRITE, partial(self._go_on, conn))
            return
        except OSError:
            self._drop(conn)
            return
        if conn.is_ready():
            self._stop_waiting(conn)
            if conn.is_closing or (conn.sock.is_ended and not conn.watch.is_whole):
                self._close(conn)  # the sender has ended it: nobody waits for an answer
            else:
                self.enqueue_req(conn)
        elif sum(other.sock.held for other in self.waiting) > MAX_AHEAD_OF_ALL:
            self._drop(conn)
        elif more:
            # A TLS socket may hold bytes that the poller knows nothing of.
            self.method_queue.defer(self._go_on, conn)

    def _drop(self, conn: Connection) -> None:
        self._stop_waiting(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _make_room(self) -> None:
        """Close the oldest connection of the address that holds the most, before all are taken."""
        while self.nr_conns >= self.worker_connections and self.waiting:
            held = Counter(conn.address for conn in self.waiting)
            [(address, _)] = held.most_common(1)
            self._drop(next(conn for conn in self.waiting if conn.address == address))

    def finish_request(self, conn: Connection, fs: Any) -> None:
        try:
            if not fs.cancelled() and fs.result():
                conn.begin_request()
            else:
                conn.begin_to_close()
        except Exception:  # noqa: BLE001 - whatever broke it, this connection ends and no other
            self._close(conn)
            return
        if conn.is_ready() and not conn.is_closing:
            self.enqueue_req(conn)
        else:
            self._wait(conn)

    def murder_pending(self) -> None:
        """Close the connections that are too slow; once a second."""
        now = time.monotonic()
        if not self.alive and not self.stops_at:
            self.stops_at = now + LINGER_S
        is_over = not self.alive and now > self.stops_at
        for conn in list(self.waiting):
            if conn.is_late(now) or is_over:
                self._drop(conn)
