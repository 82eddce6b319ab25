"""A worker of Gunicorn whose threads wait for nobody.

A request gets a thread once it is whole, and the thread is free as soon as the answer is written.
Without a proxy in front, somebody who sends half a request, or never reads the answer, would hold a
thread for as long as they like; sixteen of them would stop the service. Here the worker's main loop
collects and sends, for all connections at once, and closes those that are too slow.
"""

from __future__ import annotations

import selectors
import ssl
import time
from collections import Counter
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from scanner_app.cli.patient.connection import LINGER_S, Connection

# What all connections of a worker may hold together, of requests and of answers.
MAX_HELD = 512 * 1024 * 1024


class PatientWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Collects requests and sends answers in its main loop."""

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
        """Take what came on a connection, or send what is left."""
        if conn not in self.waiting:
            return
        if conn.is_sending:
            self._send_on(conn)
            return
        more, event = False, selectors.EVENT_READ
        try:
            more = conn.receive()
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        except ssl.SSLWantWriteError:
            event = selectors.EVENT_WRITE
        except OSError:
            self._drop(conn)
            return
        self.poller.modify(conn.sock.real, event, partial(self._go_on, conn))
        if conn.is_ready():
            self._stop_waiting(conn)
            self._work_on(conn)
            return
        self._bound_held(conn)
        if more:
            # A TLS socket may hold bytes that the poller knows nothing of.
            self.method_queue.defer(self._go_on, conn)

    def _work_on(self, conn: Connection) -> None:
        """Pass a connection on that waits for nothing more."""
        if conn.watch.is_endless and not conn.is_closing:
            conn.refuse()
            self._wait(conn, selectors.EVENT_WRITE)
        elif conn.is_closing or (conn.sock.is_ended and not conn.watch.is_whole):
            self._close(conn)  # the sender has ended it: nobody waits for an answer
        else:
            conn.sock.is_ended = conn.sock.is_ended or conn.is_cut
            self.enqueue_req(conn)

    def _send_on(self, conn: Connection) -> None:
        try:
            if conn.send():
                self._stop_waiting(conn)
                self._begin_next(conn)
        except OSError:
            self._drop(conn)

    def _begin_next(self, conn: Connection) -> None:
        """Wait for the next request of a connection, or for its end."""
        conn.go_on()
        if conn.is_ready() and not conn.is_closing:
            self._work_on(conn)
        else:
            self._wait(conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Take a connection back from its thread."""
        try:
            conn.begin_to_send(keeps_alive=not fs.cancelled() and bool(fs.result()))
            if conn.send():
                self._begin_next(conn)
            else:
                self._wait(conn, selectors.EVENT_WRITE)
                self._bound_held(conn)
        except Exception:  # noqa: BLE001 - whatever broke it, this connection ends and no other
            self._drop(conn)

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

    def _bound_held(self, conn: Connection) -> None:
        """Close the largest connections of the address that holds the most bytes, beyond the bound.

        Never simply the one that sends next: others would fill the space, and it would be cut off.
        """
        if conn.sock.held <= MAX_HELD // self.worker_connections:
            return  # if all were as small, there would be space for all
        while sum(other.sock.held for other in self.waiting) > MAX_HELD:
            held: Counter[str] = Counter()
            for other in self.waiting:
                held[other.address] += other.sock.held
            [(address, _)] = held.most_common(1)
            its = [other for other in self.waiting if other.address == address]
            self._drop(max(its, key=lambda other: other.sock.held))

    def murder_pending(self) -> None:
        """Close the connections that are too slow; once a second."""
        now = time.monotonic()
        if not self.alive and not self.stops_at:
            self.stops_at = now + LINGER_S
        is_over = not self.alive and now > self.stops_at
        for conn in list(self.waiting):
            if conn.is_late(now) or (is_over and not conn.is_sending):
                self._drop(conn)
