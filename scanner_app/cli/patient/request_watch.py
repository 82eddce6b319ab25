"""Sees when a request is whole, from the bytes as they come; the server's own parser reads them.

A wrong guess costs a thread a short wait, and nothing else: what the request says is decided by
that parser alone, from the same bytes.
"""

from __future__ import annotations

import re

MAX_HEAD = 64 * 1024
MAX_LINE = 4096
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


class RequestWatch:
    """Watches one request.

    `is_whole` says that its end has come, or that the parser will refuse it. `has_head` says that
    the head has, and `expects_continue` that the sender waits for our word before the body.
    `is_endless` says that a head or a line goes on beyond all bounds: the parser would wait for
    more.
    """

    def __init__(self) -> None:
        self.has_head = False
        self.is_whole = False
        self.is_endless = False
        self.expects_continue = False
        self.received = 0
        self._head = bytearray()
        self._left = 0  # of the body, or of the chunk that comes
        self._is_chunked = False
        self._line = bytearray()
        self._is_trailer = False

    def feed(self, data: bytes) -> None:
        """Take the bytes that came."""
        self.received += len(data)
        if self.is_whole or self.is_endless:
            return
        if not self.has_head:
            data = self._feed_head(data)
        if self.has_head and not self.is_whole:
            self._feed_body(data)

    def _feed_head(self, data: bytes) -> bytes:
        searched = max(0, len(self._head) - 3)
        self._head += data
        end = self._head.find(b"\r\n\r\n", searched)
        if end < 0:
            self.is_endless = len(self._head) > MAX_HEAD
            return b""
        head, rest = bytes(self._head[: end + 2]), bytes(self._head[end + 4 :])
        self._head.clear()
        self.has_head = True
        self.expects_continue = _EXPECTS.search(head) is not None
        self._is_chunked = _CHUNKED.search(head) is not None
        lengths = _LENGTH.findall(head)
        self._left = int(lengths[-1]) if lengths and not self._is_chunked else 0
        self.is_whole = not self._is_chunked and self._left == 0
        return rest

    def _feed_body(self, data: bytes) -> None:
        if not self._is_chunked:
            self._left -= len(data)
            self.is_whole = self._left <= 0
            return
        at = 0
        while at < len(data) and not self.is_whole:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            end = data.find(b"\n", at)
            self._line += data[at : end if end >= 0 else len(data)]
            at = end + 1 if end >= 0 else len(data)
            if len(self._line) > MAX_LINE:
                self.is_endless = True
                return
            if end >= 0:
                self._end_line(bytes(self._line).strip())
                self._line.clear()

    def _end_line(self, line: bytes) -> None:
        if self._is_trailer:
            self.is_whole = not line
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            self.is_whole = True  # the parser refuses it
            return
        self._is_trailer = size == 0
        self._left = size + 2 if size else 0  # with the line end behind it
