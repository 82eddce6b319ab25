"""An HTTP endpoint to which network readers post their JSON, with a minimum of HTTP/1.1."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Mapping
from http import HTTPStatus

from hardware.errors import ReaderBusy, ReaderDisconnected
from hardware.protocols.iot_json import MAX_DOCUMENT, JsonLineDecoder
from hardware.reader import Reader
from hardware.reads import Event, Noise

_MAX_HEAD = 16384
_TIMEOUT_S = 30.0
_QUEUED = 256
_REASONS = {
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    503: "Service Unavailable",
}


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class PushReader(Reader):
    """Listens on one address for the posts of one reader.

    A body is answered with 204 once it is queued, and with 503 while the queue is full, so that the
    reader keeps it. If a token is set, posts need it as ``Authorization: Bearer``.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        decoder: JsonLineDecoder,
        *,
        path: str = "/",
        token: str | None = None,
    ) -> None:
        super().__init__(name)
        self._host, self._port = host, port
        self._decoder = decoder
        self._path = path
        self._token = token
        self._queue: asyncio.Queue[list[Event]] = asyncio.Queue(_QUEUED)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """The host and port where it listens now, also if the settings ask for port 0."""
        if self._server is None:
            raise ReaderDisconnected(f"{self.name} is not listening")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def open(self) -> None:
        try:
            self._server = await asyncio.start_server(
                self._serve, self._host, self._port, limit=_MAX_HEAD
            )
        except OSError as error:
            raise ReaderBusy(
                f"{self._host}:{self._port} cannot be listened on: {error.strerror}"
            ) from error

    async def receive(self) -> list[Event]:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._queue.get(), 1.0)
        return []

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            is_open = True
            while is_open:
                async with asyncio.timeout(_TIMEOUT_S):
                    is_open = await self._answer(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. Return whether the connection can take another."""
        try:
            line, headers = await self._read_head(reader)
            if line is None:
                return False
            body = await self._read_body(reader, headers)
            self._check(line, headers)
            status = self._take(body)
            is_open = headers.get("connection", "").lower() != "close"
        except _Refused as refused:
            # The body may be unread. On this connection it would be taken for the next request.
            status, is_open = refused.status, False
        lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "Content-Length: 0"]
        lines += ["Retry-After: 2"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
        lines += [] if is_open else ["Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        return is_open

    @staticmethod
    async def _read_head(
        reader: asyncio.StreamReader,
    ) -> tuple[list[str] | None, dict[str, str]]:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                return None, {}
            raise _Refused(400) from error
        except asyncio.LimitOverrunError as error:
            raise _Refused(413) from error
        first, *rest = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for header in filter(None, rest):
            name, colon, value = header.partition(":")
            key = name.lower()
            if not colon or name != name.strip() or (key in headers and "length" in key):
                raise _Refused(400)
            headers[key] = value.strip()
        line = first.split(" ")
        if len(line) != 3 or not line[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
            raise _Refused(400)
        return line, headers

    @staticmethod
    async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise _Refused(400)
            return await _read_chunks(reader)
        length = headers.get("content-length")
        if length is None:
            raise _Refused(411)
        if not (length.isascii() and length.isdigit()):
            raise _Refused(400)
        if len(length) > 9 or int(length) > MAX_DOCUMENT:  # noqa: PLR2004 - digits of 4 MiB and more
            raise _Refused(413)
        return await reader.readexactly(int(length))

    def _check(self, line: list[str], headers: Mapping[str, str]) -> None:
        if line[1].partition("?")[0] != self._path:
            raise _Refused(404)
        if line[0] != "POST":
            raise _Refused(405)
        if self._token is not None:
            given = headers.get("authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise _Refused(401)

    def _take(self, body: bytes) -> int:
        if self.tap:
            self.tap("rx", body)
        events = self._decoder.decode_body(body)
        if self._queue.full():
            return 503
        self._queue.put_nowait(events)
        has_sense = any(not isinstance(event, Noise) for event in events) or not events
        return 204 if has_sense else 400


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int((await reader.readuntil(b"\r\n")).partition(b";")[0].strip(), 16)
        except (ValueError, asyncio.LimitOverrunError) as error:
            raise _Refused(400) from error
        if size < 0 or len(body) + size > MAX_DOCUMENT:
            raise _Refused(413)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise _Refused(400)
        if size == 0:
            return bytes(body)
