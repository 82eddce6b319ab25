"""Sends the spool's records to the server and decides what each answer means.

A record leaves the spool only when an answer names it. A record that is posted twice has the same
id both times, and the server keeps it once.
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from hardware.delivery.spool import Parcel, Spool
from hardware.errors import ConfigError
from hardware.reads import ReaderSighting, hex_of

logger = logging.getLogger(__name__)

BATCH = 500
TIMEOUT_S = 10.0
MAX_RETRY_AFTER_S = 300.0
_MAX_ANSWER = 8 * 1024 * 1024
_OK = 200
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# The server refuses this content: sending it again unchanged would be refused again.
_ABOUT_CONTENT = frozenset({400, 413, 422})
# The server refuses this sender. The records are good and wait until a person fixes the cause.
_ABOUT_SENDER = {
    401: "the token is unknown or expired: set a new one for this agent",
    403: "the token may not post for this reader: it needs the role 'reader', and a reader "
    "with a chosen token accepts only that token",
    404: "the server does not know this address or reader: check its URL, and that the reader "
    "is set up there under this name",
    409: "this reader is switched off at the server: switch it on there, or remove it here",
    405: "the server's URL does not lead to the API",
}
_KEPT = frozenset({"recorded", "repeated"})
_REFUSED = frozenset({"invalid", "conflict"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its JSON if it has any, and the wait in seconds that it asks for."""

    status: int
    body: Any = None
    retry_after: float | None = None


class Client:
    """Sends JSON to one server over one kept connection. Not for several threads at once."""

    def __init__(self, server: str, token: str, *, ca_file: str | None = None) -> None:
        """Set up for one server.

        :param server: such as ``https://scanner.example.org``; a path is allowed
        :param ca_file: certificates to trust instead of the system's
        :raises ConfigError: this is not an http(s) URL
        """
        parts = urlsplit(server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"server {server!r} is not an http(s) URL")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            logger.warning("the token is sent unencrypted to %s: use https", parts.hostname)
        self._parts = parts
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "scanner-readers",
        }
        self._context = None
        if parts.scheme == "https":
            self._context = ssl.create_default_context(cafile=ca_file)
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: Any) -> Answer:
        """Post `body` and return the answer.

        :raises OSError: the connection failed; the server may or may not have processed the post
        """
        return self._ask("POST", path, json.dumps(body, allow_nan=False).encode())

    def get(self, path: str) -> Answer:
        """Return the answer to a GET.

        :raises OSError: the connection failed
        """
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, data: bytes | None) -> Answer:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.request(
                method, self._parts.path.rstrip("/") + path, data, self._headers
            )
            response = self._connection.getresponse()
            content = response.read(_MAX_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(f"{type(error).__name__}: {error}") from error
        if response.will_close:
            self.close()
        return Answer(response.status, _parse(content), _retry_after(response))

    def close(self) -> None:
        """Close the connection. The next request opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt: how many records are settled, and what prevents the rest."""

    settled: int = 0
    trouble: str | None = None
    retry_after: float | None = None
    is_empty: bool = False


class Forwarder:
    """Sends the spool's records, one batch per call. The caller decides when."""

    def __init__(
        self,
        spool: Spool,
        client: Client,
        utc: Callable[[], datetime],
        on_watch: Callable[[frozenset[bytes]], None] | None = None,
    ) -> None:
        self._spool = spool
        self._client = client
        self._utc = utc
        self._on_watch = on_watch
        self._limit = BATCH
        self._held: dict[tuple[str, str], str] = {}
        self.delivered = 0
        self.refused = 0

    def forward(self) -> Outcome:
        """Send the oldest batch and settle what was answered. Blocks, so call it in a thread."""
        parcels = self._spool.peek(self._limit, skip=self._held)
        if not parcels:
            return self._release()
        route, now = parcels[0].route, self._utc()
        body: dict[str, Any] = {route: [parcel.body for parcel in parcels]}
        if route == "reads":
            body |= {"reader": parcels[0].reader, "sent_at": to_rfc3339(now)}
        try:
            answer = self._client.post(f"/api/v1/{route}", body)
        except OSError as error:
            return Outcome(trouble=f"the server cannot be reached ({error})")
        if answer.status == _OK:
            return self._settle(parcels, answer)
        if answer.status in _ABOUT_CONTENT:
            return self._narrow(parcels, answer)
        if answer.status in _ABOUT_SENDER:
            # One reader that the server does not know must not block all the others.
            why = _ABOUT_SENDER[answer.status]
            reader = parcels[0].reader
            self._held[route, reader] = f"the server answered {answer.status} for {reader}: {why}"
            return Outcome()
        return Outcome(
            trouble=f"the server answered {answer.status}", retry_after=answer.retry_after
        )

    def _release(self) -> Outcome:
        """Return why the held records wait, and let the next call try them again."""
        if not self._held:
            return Outcome(is_empty=True)
        trouble = "; ".join(sorted(set(self._held.values())))
        self._held.clear()
        return Outcome(trouble=trouble)

    def _settle(self, parcels: Sequence[Parcel], answer: Answer) -> Outcome:
        self._limit = BATCH
        results = answer.body.get("results") if isinstance(answer.body, dict) else None
        if not isinstance(results, list):
            return Outcome(trouble="the server's answer holds no results: is it this API?")
        take_watch(answer.body, self._on_watch)
        by_id = {
            str(result.get("read_id") or result.get("scan_id")).lower(): result
            for result in results
            if isinstance(result, dict)
        }
        done: list[int] = []
        refused: list[tuple[Parcel, str]] = []
        for parcel in parcels:
            result = by_id.get(parcel.id, {})
            status = result.get("status")
            if status in _KEPT:
                done.append(parcel.seq)
            elif status in _REFUSED:
                refused.append((parcel, f"{status}: {_explain(result)}"))
        self._bury(done, refused)
        if len(done) + len(refused) < len(parcels):
            left = len(parcels) - len(done) - len(refused)
            return Outcome(len(done) + len(refused), f"the server's answer left out {left} records")
        return Outcome(len(parcels))

    def _narrow(self, parcels: Sequence[Parcel], answer: Answer) -> Outcome:
        """Halve a refused batch until one bad record is alone, and make it a dead letter."""
        if len(parcels) > 1:
            self._limit = len(parcels) // 2
            return Outcome()
        self._bury([], [(parcels[0], f"{answer.status}: {_explain(answer.body)}")])
        return Outcome(1)

    def _bury(self, done: list[int], refused: list[tuple[Parcel, str]]) -> None:
        self._spool.settle(done, refused, now=self._utc().timestamp())
        self.delivered += len(done)
        self.refused += len(refused)
        for parcel, why in refused:
            logger.warning(
                "the server refused a record, kept as a dead letter id=%s why=%s",
                parcel.id,
                why,
            )


def take_watch(body: Any, on_watch: Callable[[frozenset[bytes]], None] | None) -> None:
    """Call `on_watch` with the tags that an answer asks to watch, if it has such a list."""
    watch = body.get("watch") if isinstance(body, dict) else None
    if on_watch is None or not isinstance(watch, list):
        return
    raws = set()
    for text in watch:
        try:
            raws.add(bytes.fromhex(text))
        except (TypeError, ValueError):
            logger.warning("the server asks to watch %r, which is not hex", text)
    on_watch(frozenset(raws))


def make_parcel(sighting: ReaderSighting) -> Parcel:
    """Return the record for the server: a read, or for a label a scan."""
    if sighting.kind == "barcode":
        return _make_scan(sighting)
    name = "epc" if sighting.kind == "epc" else "uid"
    body: dict[str, Any] = {
        "read_id": str(sighting.read_id),
        name: hex_of(sighting.raw),
        "first_seen_at": to_rfc3339(sighting.first_seen_at),
        "last_seen_at": to_rfc3339(sighting.last_seen_at),
        "count": sighting.count,
        "change": sighting.change.value,
        "confidence": sighting.confidence.value,
    }
    optional = {
        "antenna": sighting.antenna,
        "rssi": sighting.rssi,
        "tid": hex_of(sighting.tid) if sighting.tid else None,
    }
    body |= {key: value for key, value in optional.items() if value is not None}
    return Parcel(str(sighting.read_id), "reads", sighting.reader, body)


def _make_scan(sighting: ReaderSighting) -> Parcel:
    body: dict[str, Any] = {
        "scan_id": str(sighting.read_id),
        # If FNC1 comes first, only the AIM identifier shows that the data are GS1 elements.
        "code": (sighting.aim if sighting.aim in GS1_CARRIERS else "")
        + sighting.raw.decode("utf-8", "replace"),
        "intent": sighting.intent or "lookup",
        "scanned_at": to_rfc3339(sighting.first_seen_at),
        "source": "wedge",
        "device": sighting.reader,
    }
    optional = {"symbology": sighting.symbology, "location": sighting.location}
    body |= {key: value for key, value in optional.items() if value is not None}
    return Parcel(str(sighting.read_id), "scans", sighting.reader, body)


GS1_CARRIERS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1", "]z1"})


def heartbeat_path(reader: str) -> str:
    """Return the path to which a reader's heartbeat is posted."""
    return f"/api/v1/readers/{quote(reader, safe='')}/heartbeat"


def to_rfc3339(moment: datetime) -> str:
    """Return an aware datetime in the API's form: UTC, microseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    value = response.getheader("Retry-After") or ""
    if not (value.isascii() and value.isdigit()):
        return None
    return min(float(value[:6]), MAX_RETRY_AFTER_S)


def _explain(result: Any) -> str:
    if not isinstance(result, dict):
        return "no reason given"
    parts = [str(result[key]) for key in ("errors", "detail", "message") if result.get(key)]
    return "; ".join(parts)[:500] or "no reason given"
