"""The plain HTTP listener beside HTTPS: the pages that let a phone trust this machine.

Nothing else is served there: sign-ins, cookies and tokens never cross it. A browser is sent on to
HTTPS. A program's request is refused, because it has already sent its secrets unencrypted.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from scanner_app.cli.tls.addresses import choose_address

PUBLIC = re.compile(
    r"/(install(/[a-z.]+)?|static/[A-Za-z0-9._/-]+|js/[0-9a-f]+/[a-z]+/[a-z0-9_]+\.js)"
)
READING = frozenset({"GET", "HEAD"})

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class TrustPages:
    """The part of the app that is served without TLS, as a WSGI app."""

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        *,
        names: tuple[str, ...],
        port: int,
    ) -> None:
        self.app = app
        self.names = names
        self.port = port

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        origin = self._origin(environ.get("HTTP_HOST", ""))
        if environ.get("REQUEST_METHOD") not in READING:
            return _refuse(start_response, origin)
        if path == "/":
            return _redirect(start_response, "/install")
        if not PUBLIC.fullmatch(path):
            query = environ.get("QUERY_STRING", "")
            # WSGI passes the bytes of the path decoded as Latin-1.
            target = quote(path.encode("latin-1")) + (f"?{query}" if query else "")
            return _redirect(start_response, origin + target)
        for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION"):
            environ.pop(name, None)
        environ["scanner.secure_origin"] = origin

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [_allow_asking(h, origin) for h in headers], *rest)

        return self.app(environ, start)

    def _origin(self, host: str) -> str:
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        # A name that is not in the certificate would only lead to another warning.
        if name.lower() in self.names:
            return f"https://{name.lower()}:{self.port}"
        return choose_address(self.names, port=self.port)


class Unpinned:
    """The app without HSTS, so that a certificate made here does not bind a host name for a year.

    HSTS applies to every port of a name: the pages above, and `serve --http` later, would become
    unreachable.
    """

    def __init__(self, app: Callable[[Environ, StartResponse], Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [h for h in headers if h[0].lower() != "strict-transport-security"]
            return start_response(status, kept, *rest)

        return self.app(environ, start)


def _allow_asking(header: tuple[str, str], origin: str) -> tuple[str, str]:
    name, value = header
    if name.lower() == "content-security-policy":
        return name, value.replace("connect-src 'self'", f"connect-src 'self' {origin}")
    return header


def _redirect(start_response: StartResponse, location: str) -> Iterable[bytes]:
    headers = [("Location", location), ("Content-Length", "0"), ("Cache-Control", "no-store")]
    start_response("307 Temporary Redirect", headers)
    return [b""]


def _refuse(start_response: StartResponse, origin: str) -> Iterable[bytes]:
    problem = {
        "type": "about:blank",
        "title": "HTTPS needed",
        "status": 403,
        "detail": f"Plain HTTP requests are not accepted here. Use {origin}, and change any "
        "password or token that this request contained.",
        "code": "https_needed",
    }
    body = json.dumps(problem).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    start_response("403 Forbidden", headers)
    return [body]


def is_free(host: str, port: int) -> bool:
    """Return whether this process can listen on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def start_beside(run: Callable[[], None]) -> int:
    """Start a server in a separate process that ends with this one. Return its id."""
    sys.stdout.flush()
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        with contextlib.suppress(OSError, AttributeError):
            # On Linux it also ends if this process was killed outright (PR_SET_PDEATHSIG).
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() == parent:
            run()
    finally:
        os._exit(0)


def stop_beside(child: int) -> None:
    """Stop the process that `start_beside` started."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
