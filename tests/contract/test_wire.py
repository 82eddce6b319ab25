"""Bytes that are no request of ours: each is refused, and the server goes on."""

from __future__ import annotations

import socket

import pytest

from tests.contract.client import Client

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"


def send_raw(port: int, *parts: bytes) -> bytes:
    """Return all that comes back until the server closes or falls silent."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            raise
        except OSError:
            pass  # closed or reset while we still spoke: no ConnectionError where it is closed already
    return answer


SMUGGLED = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
REFUSED = {
    "length and chunks": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked, identity": b"POST /sign-in HTTP/1.1\r\n" + HOST
    + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an underscore": b"POST /sign-in HTTP/1.1\r\n" + HOST
    + b"Transfer_Encoding: chunked\r\nContent-Length: x\r\n\r\n",
    "two lengths": b"POST /sign-in HTTP/1.1\r\n" + HOST
    + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED,
    "a negative length": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nabcde",
    "a folded header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "a header of 100 kB": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "a thousand headers": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 1000 + b"\r\n",
    "a line of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP 0.9": b"GET /healthz\r\n\r\n",
    "HTTP 3.0": b"GET /healthz HTTP/3.0\r\n" + HOST + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "a bad chunk": b"POST /sign-in HTTP/1.1\r\n" + HOST
    + b"Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
}  # fmt: skip


class TestWire:
    @pytest.mark.parametrize("name", list(REFUSED))
    def test_refuses_and_goes_on(self, service, name):
        answer = send_raw(service.port, REFUSED[name])

        status = answer.split(b"\r\n", 1)[0]
        assert not answer or status.split()[1] in {b"400", b"414", b"431", b"501", b"505"}, status
        # What was hidden behind it was not answered as a second request.
        assert answer.count(b"HTTP/1.1 ") <= 1
        assert b"Traceback" not in answer
        assert Client(service.port).send("GET", "/healthz").status == 200

    def test_answers_a_thousand_requests_in_a_row_on_one_connection_in_order(self, service):
        many = b"".join(
            b"GET /healthz HTTP/1.1\r\n"
            + HOST
            + f"X-Request-ID: pipelined-{n:04d}\r\n\r\n".encode()
            for n in range(1000)
        )

        answer = send_raw(service.port, many)

        ids = [
            line.split(b": ")[1]
            for line in answer.split(b"\r\n")
            if line.startswith(b"X-Request-ID")
        ]
        assert ids == [f"pipelined-{n:04d}".encode() for n in range(len(ids))]
        assert Client(service.port).send("GET", "/healthz").status == 200

    def test_does_not_believe_what_a_client_claims_to_be(self, service):
        forged = dict.fromkeys(("X-Real-IP", "X-Forwarded-For", "Forwarded"), "127.0.0.1")
        bare = Client(service.port)

        assert bare.send("GET", "/metrics", headers=forged).status == 401
        link = bare.send("GET", "/sign-in", headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in link.text

    def test_a_request_cut_off_leaves_nothing(self, service, api, asset):
        head = b"POST /api/v1/scans HTTP/1.1\r\n" + HOST + JSON
        head += f"Authorization: Bearer {api.token}\r\nContent-Length: 10000\r\n\r\n".encode()

        send_raw(service.port, head, b'{"scans": [')

        assert api.get(f"/scans?asset={asset}").json["items"] == []
        assert Client(service.port).send("GET", "/readyz").status == 200
