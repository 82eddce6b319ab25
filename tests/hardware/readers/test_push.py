"""The endpoint for readers that post: real HTTP, from a reader and from an attacker."""

from __future__ import annotations

import asyncio
import json

import pytest

from hardware.errors import ReaderBusy
from hardware.protocols.iot_json import MAX_DOCUMENT, ZebraJsonDecoder
from hardware.readers.push import PushReader
from hardware.reads import Event
from tests.hardware.frames import raws_of
from tests.hardware.protocols.test_iot_json import ZEBRA

BODY = json.dumps([ZEBRA, ZEBRA]).encode()
EPC = bytes.fromhex("e2806894000040017790e471")


def post(body: bytes, *, target: str = "/dock", more: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{more}\r\n"
    return head.encode() + body


def exchange(*requests: bytes, token: str | None = None) -> tuple[list[int], list[bytes]]:
    """Send the requests over one connection. Return the status codes and the tags read."""

    async def scenario() -> tuple[list[int], list[bytes]]:
        reader = PushReader("dock", "127.0.0.1", 0, ZebraJsonDecoder(), path="/dock", token=token)
        async with reader:
            source, sink = await asyncio.open_connection(*reader.address)
            for request in requests:
                sink.write(request)
            await sink.drain()
            sink.write_eof()
            answers = await source.read()
            sink.close()
            events: list[Event] = []
            while not reader._queue.empty():
                events += await reader.receive()
        lines = [line for line in answers.decode().split("\r\n") if line.startswith("HTTP/1.1 ")]
        return [int(line.split()[1]) for line in lines], raws_of(events)

    return asyncio.run(asyncio.wait_for(scenario(), 10))


class TestPosts:
    def test_several_posts_on_one_connection_are_taken(self) -> None:
        statuses, raws = exchange(post(BODY), post(BODY))

        assert statuses == [204, 204]
        assert raws == [EPC] * 4

    def test_chunked_bodies_are_taken(self) -> None:
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:9], BODY[9:]))
        head = b"POST /dock?x=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"

        assert exchange(head + chunks + b"0\r\n\r\n") == ([204], [EPC] * 2)

    def test_a_token_is_required_if_one_is_set(self) -> None:
        good = post(BODY, more="Authorization: Bearer s3cret\r\n")
        bad = post(BODY, more="Authorization: Bearer S3cret\r\n")

        assert exchange(good, token="s3cret") == ([204], [EPC] * 2)
        assert exchange(bad, token="s3cret") == ([401], [])
        assert exchange(post(BODY), token="s3cret") == ([401], [])

    @pytest.mark.parametrize(
        ("request_bytes", "status"),
        [
            (post(BODY, target="/other"), 404),
            (post(BODY).replace(b"POST", b"GET", 1), 405),
            (post(b"no json"), 400),
            (b"POST /dock HTTP/1.1\r\n\r\n", 411),
            (post(b"", length=MAX_DOCUMENT + 1), 413),
            (post(b"", length=10**30), 413),
            (post(BODY).replace(b"Content-Length: ", b"Content-Length: -"), 400),
            (post(BODY, more="Content-Length: 5\r\n"), 400),
            (post(BODY, more="Transfer-Encoding: chunked\r\n"), 400),
            (post(BODY, more="Bad Header\r\n"), 400),
            (b"hello\r\n\r\n", 400),
            (b"POST /dock HTTP/1.1\r\n" + b"X: y\r\n" * 9000 + b"\r\n", 413),
            (
                b"POST /dock HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                400,
            ),
            (
                b"POST /dock HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
                413,
            ),
        ],
    )
    def test_a_wrong_request_is_answered_with_an_error_and_reads_nothing(
        self, request_bytes: bytes, status: int
    ) -> None:
        assert exchange(request_bytes) == ([status], [])

    def test_a_body_that_ends_early_is_not_read(self) -> None:
        assert exchange(post(BODY, length=len(BODY) + 5)) == ([], [])

    def test_a_full_queue_asks_the_reader_to_wait(self) -> None:
        statuses, raws = exchange(*[post(BODY)] * 260)

        assert statuses.count(204) == 256
        assert statuses.count(503) == 4
        assert len(raws) == 512


class TestOpen:
    def test_an_address_in_use_is_reported(self) -> None:
        async def scenario() -> None:
            async with PushReader("a", "127.0.0.1", 0, ZebraJsonDecoder()) as first:
                port = first.address[1]
                await PushReader("b", "127.0.0.1", port, ZebraJsonDecoder()).open()

        with pytest.raises(ReaderBusy, match="cannot be listened on"):
            asyncio.run(scenario())
