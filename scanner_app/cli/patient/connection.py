"""One connection of the worker, from its handshake to its last byte."""

from __future__ import annotations

import socket
import time
from typing import Any

from gunicorn import http
from gunicorn import sock as gunicorn_sock
from gunicorn.workers.gthread import TConn

from scanner_app.cli.patient.buffered_socket import CHUNK, CONTINUE, BufferedSocket
from scanner_app.cli.patient.request_watch import RequestWatch

# A handshake and a head have this long; a body and an answer this long, and a second more for each
# kilobyte.
HEAD_S = 10.0
BODY_S = 30.0
MIN_BYTES_PER_S = 1000
# No route takes a larger body: the rest is received and forgotten, so that its sender will read the
# refusal.
MAX_BODY = 32 * 1024 * 1024
MAX_FORGOTTEN = 128 * 1024 * 1024
ENDLESS = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)
CHUNKS_AT_ONCE = 32
LINGER_S = 2.0


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """A connection, with the request that is collected on it and the answer that goes."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.initialized = True
        self.data_ready = True
        self.shakes_hands = bool(cfg.is_ssl)
        if cfg.is_ssl:
            sock = gunicorn_sock.ssl_wrap_socket(sock, cfg)
        self.sock = BufferedSocket(sock)
        self.parser = http.get_parser(cfg, self.sock, client)
        self.watch = RequestWatch()
        self.address = client[0] if isinstance(client, tuple) else ""
        self.since = time.monotonic()
        self.is_idle = False  # between two requests
        self.is_sending = False
        self.is_closing = False
        self.is_cut = False  # the end of its body is not kept
        self.keeps_alive = False
        self.sent = 0

    def begin_to_send(self, *, keeps_alive: bool) -> None:
        """Send what a thread has left of its answer."""
        self.keeps_alive = keeps_alive and not self.is_cut
        self.is_sending, self.since, self.sent = True, time.monotonic(), 0

    def refuse(self) -> None:
        """Answer a request that never ends, without a thread."""
        self.sock.outgoing.append(ENDLESS)
        self.begin_to_send(keeps_alive=False)

    def send(self) -> bool:
        """Send what can go; return whether the answer is out.

        :raises OSError: the connection broke.
        """
        before = self.sock.outgoing.size
        is_out = self.sock.flush()
        self.sent += before - self.sock.outgoing.size
        return is_out

    def go_on(self) -> None:
        """Begin the next request, of which a part may have come already, or begin to close.

        :raises OSError: the connection broke.
        """
        self.is_sending = False
        self.since = time.monotonic()
        if not self.keeps_alive:
            self.is_closing = True
            self.sock.end()
            return
        self.sock.put_back(self.parser.unreader.take_buffered())
        self.sock.has_continued = False
        self.watch = RequestWatch()
        kept = self.sock.incoming.peek(self.sock.incoming.size)
        self.watch.feed(kept)
        self.is_idle = not kept

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
            self.is_cut = self.is_cut or self.watch.received > MAX_BODY
            if not self.is_cut:
                self.sock.incoming.append(data)
            self.watch.feed(data)
            if self.is_ready():
                return False
            if self.watch.expects_continue:
                self.watch.expects_continue = False
                self.sock.has_continued = True
                self.sock.real.send(CONTINUE)
        return True

    def is_ready(self) -> bool:
        """Return whether a thread can work on it without a wait."""
        watch = self.watch
        is_over = watch.is_whole or watch.is_endless or watch.received > MAX_FORGOTTEN
        return self.sock.is_ended or is_over

    def is_late(self, now: float) -> bool:
        """Return whether the other side has had its time."""
        waited = now - self.since
        if self.is_closing:
            return waited > LINGER_S
        if self.is_sending:
            return waited > BODY_S + self.sent / MIN_BYTES_PER_S
        if self.is_idle:
            return waited > float(self.cfg.keepalive)
        if not self.watch.has_head:
            return waited > HEAD_S
        return waited > BODY_S + self.watch.received / MIN_BYTES_PER_S
