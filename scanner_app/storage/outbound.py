"""The one place that opens a connection to an address that a person typed into a page.

A name is looked up once, every answer is checked, and the connection is made to an address that was
checked: a name that answers otherwise the second time is never asked a second time. Nothing is
followed, no proxy of the environment is used, and of the answer only its status is known. The mail
server, printers and the file store are named by an admin's settings, and do not pass here.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue

from scanner_app.domain.notices.addresses import (
    OutboundRules,
    Target,
    check_addresses,
    read_target,
)

MAX_ANSWER = 64 * 1024
SECONDS = 10.0

Resolve = Callable[[str, int], list[str]]


class NotReached(OSError):
    """No whole answer came. The message says in a few words what happened."""


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name.

    :raises NotReached: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"The name {host} was not found.") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    rules: OutboundRules,
    resolver: Resolve = resolve,
    seconds: float = SECONDS,
) -> int:
    """Send a body to a URL, and return the status of the answer.

    :param seconds: how long all of it may take.
    :raises AddressRefused: the URL, or an address of its name, may not be asked. Nothing was sent.
    :raises NotReached: there was no whole answer in time.
    """
    target = read_target(url, rules)
    until = time.monotonic() + seconds
    found = _resolve_in_time(resolver, target, seconds)
    addresses = check_addresses(target.host, found, rules)
    connection = _Connection(target, addresses, until)
    # A limit on each read is none on all of them: an answer may drip, or say "continue" for ever.
    clock = threading.Timer(max(0.0, until - time.monotonic()), connection.cut_off)
    clock.daemon = True
    clock.start()
    try:
        connection.request(
            "POST", target.path, body=body, headers={**headers, "User-Agent": "scanner-app"}
        )
        _wait_until(connection, until)
        response = connection.getresponse()
        _read_some(connection, response, until)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotReached(_describe(TimeoutError() if connection.is_cut else error)) from error
    finally:
        clock.cancel()
        connection.close()
    return response.status


def _resolve_in_time(resolver: Resolve, target: Target, seconds: float) -> list[str]:
    """Return the addresses of a name. The system's own look-up can take minutes, and has no limit.

    :raises NotReached: there is none, or none in time.
    """
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolver(target.host, target.port))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            answers.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise NotReached(f"The name {target.host} was not found in time.") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, under the name of their host."""

    def __init__(self, target: Target, addresses: list[str], until: float) -> None:
        is_usual = target.port == (443 if target.scheme == "https" else 80)
        super().__init__(target.host, target.port)
        # Without the usual port, the Host header carries none, as browsers write it.
        self.default_port = target.port if is_usual else 0
        self._target, self._addresses, self._until = target, addresses, until
        self.is_cut = False

    def cut_off(self) -> None:
        """End the connection from another thread, whatever it waits for."""
        self.is_cut = True
        with suppress(OSError):
            if self.sock is not None:
                # Of the plain socket: that of TLS would take the session from its reader.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def connect(self) -> None:
        error: OSError = NotReached("It does not answer.")
        for address in self._addresses:
            left = self._until - time.monotonic()
            if left <= 0:
                break
            try:
                self.sock = socket.create_connection((address, self._target.port), timeout=left)
                break
            except OSError as failed:
                error = failed
        else:
            raise error
        if self.sock is None:
            raise error
        if self.is_cut:  # before there was a socket to end
            raise TimeoutError
        if self._target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)


def _wait_until(connection: http.client.HTTPConnection, until: float) -> None:
    """Allow the next answer of the socket what is left of the time.

    :raises TimeoutError: nothing is left.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _read_some(
    connection: http.client.HTTPConnection, response: http.client.HTTPResponse, until: float
) -> None:
    """Read what little of an answer is of use: a sender that is cut off may think it failed."""
    left = MAX_ANSWER
    with suppress(OSError, http.client.HTTPException):  # the status came: that is the answer
        while left > 0:
            _wait_until(connection, until)
            part = response.read1(min(left, 8192))
            if not part:
                return
            left -= len(part)


def _describe(error: Exception) -> str:
    if isinstance(error, NotReached):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"No answer within {SECONDS:.0f} seconds."
    if isinstance(error, ssl.SSLError):
        return f"The encrypted connection failed: {error.reason or 'its certificate is not valid'}."
    if isinstance(error, ConnectionRefusedError):
        return "Nothing answers at this address and port."
    return "The connection broke off."
