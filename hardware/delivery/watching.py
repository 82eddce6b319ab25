"""Watching the tags that a person looks for: each one's signal is reported at once, never spooled.

A signal report is useful for about a second. It may be lost with the connection, and its size is
bounded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from urllib.parse import quote

from hardware.delivery.forward import Answer, Client, take_watch, to_rfc3339
from hardware.reads import TagRead, hex_of

logger = logging.getLogger(__name__)

WATCH_PATH = "/api/v1/watch"
# After this long without an answer from the server, a search counts as over.
FORGET_S = 30.0
# A server that has no watches, or refuses ours, is asked only this often.
REFUSED_S = 60.0
_MIN_NEXT_S, _MAX_NEXT_S, _NEXT_S = 0.5, 300.0, 3.0
_MAX_CODES = 5_000
_MAX_HEARD = 200
_MAX_VALUES = 64
_OK = 200


@dataclass(slots=True)
class _Heard:
    """What one antenna heard of one tag since the last report. Strengths are dBm."""

    last_at: datetime
    count: int = 0
    strengths: list[float] = field(default_factory=list)


class Watcher:
    """Knows which tags are looked for, gathers what is heard of them, and posts it."""

    def __init__(
        self, client: Client, utc: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._client = client
        self._utc = utc
        self._monotonic = monotonic
        self._codes: frozenset[bytes] = frozenset()
        self._answered_at = 0.0
        self._ask_at = 0.0
        self._heard: dict[tuple[str, bytes, int | None], _Heard] = {}
        self._is_refused = False

    @property
    def is_watching(self) -> bool:
        """Return whether anyone is searching for a tag now."""
        return bool(self._codes)

    def set_codes(self, codes: frozenset[bytes]) -> None:
        """Watch exactly these EPCs and TIDs from now on. May be called from any thread."""
        self._answered_at = self._monotonic()
        if len(codes) <= _MAX_CODES:
            self._codes = codes

    def hear(self, reader: str, read: TagRead) -> None:
        """Take one read. A read of a tag that is not looked for costs one lookup in a set."""
        if not self._codes or read.kind == "barcode":
            return
        code = read.raw if read.raw in self._codes else read.tid
        if code not in self._codes:
            return
        now = self._utc()
        key = (reader, code, read.antenna)
        heard = self._heard.get(key)
        if heard is None:
            if len(self._heard) >= _MAX_HEARD:
                return
            heard = self._heard[key] = _Heard(now)
        heard.last_at = now
        heard.count += max(1, read.count)
        if read.rssi_dbm is not None and len(heard.strengths) < _MAX_VALUES:
            heard.strengths.append(read.rssi_dbm)

    def take(self) -> dict[str, list[dict[str, Any]]]:
        """Return what was heard since the last call, by reader, in the API's form."""
        heard, self._heard = self._heard, {}
        signals: dict[str, list[dict[str, Any]]] = {}
        for (reader, code, antenna), one in heard.items():
            signal: dict[str, Any] = {
                "epc": hex_of(code),
                "heard_at": to_rfc3339(one.last_at),
                "count": one.count,
            }
            if antenna is not None and 0 <= antenna <= 65535:  # noqa: PLR2004 - u16
                signal["antenna"] = antenna
            if one.strengths:
                signal["rssi"] = round(median(one.strengths), 1)
            signals.setdefault(reader, []).append(signal)
        return signals

    def exchange(self, signals: dict[str, list[dict[str, Any]]]) -> float:
        """Post the signals, or ask which tags to watch. Return the seconds until the next call.

        Blocks, so call it in a thread. Does not raise if the server is away.
        """
        try:
            for reader, heard in signals.items():
                path = f"/api/v1/readers/{quote(reader, safe='')}/signals"
                body = {"sent_at": to_rfc3339(self._utc()), "signals": heard}
                self._understand(self._client.post(path, body))
            if not signals and self._monotonic() >= self._ask_at:
                self._understand(self._client.get(WATCH_PATH))
        except OSError:
            self._ask_at = self._monotonic() + _NEXT_S  # the forwarder logs that the server is away
        if self._codes and self._monotonic() - self._answered_at > FORGET_S:
            self._codes = frozenset()
        return max(0.0, self._ask_at - self._monotonic())

    def _understand(self, answer: Answer) -> None:
        now = self._monotonic()
        if answer.status != _OK or not isinstance(answer.body, dict):
            if not self._is_refused:
                logger.warning(
                    "the server did not answer which tags to watch status=%s", answer.status
                )
            self._is_refused = True
            self._ask_at = now + (answer.retry_after or REFUSED_S)
            return
        self._is_refused = False
        take_watch(answer.body, self.set_codes)
        asked = answer.body.get("next_seconds")
        seconds = _NEXT_S
        if isinstance(asked, int | float) and not isinstance(asked, bool):
            seconds = float(asked)
        self._ask_at = now + max(_MIN_NEXT_S, min(seconds, _MAX_NEXT_S))
