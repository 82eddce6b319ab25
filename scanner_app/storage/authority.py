"""Send a body to an address that the settings name, and read the whole answer."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

SECONDS = 10.0
MAX_ANSWER = 64 * 1024
GOOD = 2  # hundred and something


class NoAnswer(OSError):
    """No good answer came. The message says in a few words what happened."""


def ask(url: str, *, body: bytes, kind: str, seconds: float = SECONDS) -> bytes:
    """POST a body, and return the answer. Nothing is followed.

    :param kind: the Content-Type of the body.
    :raises NoAnswer: nobody answered in time, or the answer is not a good one.
    """
    target = urlsplit(url)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"Content-Type": kind, "User-Agent": "scanner-app"}
    try:
        connection = _open(target.scheme, target.hostname or "", target.port, seconds)
        try:
            connection.request("POST", path, body=body, headers=headers)
            response = connection.getresponse()
            answer = response.read(MAX_ANSWER + 1)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"It does not answer: {error or type(error).__name__}.") from error
    if response.status // 100 != GOOD:
        raise NoAnswer(f"It answered {response.status}.")
    if len(answer) > MAX_ANSWER:
        raise NoAnswer("Its answer is too long.")
    return answer


def _open(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    raise ValueError(f"the address begins with {scheme or 'nothing'}, not with https")
