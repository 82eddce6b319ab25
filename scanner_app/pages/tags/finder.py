"""Find it: how close the person with the reader is to the asset's tag.

The page reloads itself without script. With script it listens to a stream of events. If a worker
has no stream to spare, or a stream breaks, the page polls instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, request
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Unavailable
from scanner_app.domain.numbers import read_id
from scanner_app.domain.readers.signal import (
    STRENGTHS,
    TRENDS,
    Signal,
    SignalStrength,
    judge_signal,
)
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.queries.readers.watches import (
    Sought,
    find_ear,
    get_sought,
    has_readers,
    list_samples,
)
from scanner_app.services.readers.watches import is_watch_fresh, watch_asset
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("finder", __name__)

# A stream occupies one of a worker's eight threads while it lasts.
MAX_STREAMS = 2
# Short, so that a server that stops does not wait long for its streams.
STREAM_S = 10.0
TICK_S = 0.5
# How soon the browser reconnects when a stream ends.
RETRY_MS = 300
JUST_NOW_S = 1.5

_streams = threading.BoundedSemaphore(MAX_STREAMS)

NO_TAG = "no_tag"


@blueprint.get("/find/<path:asset_tag>")
@allow(Action.READ_REGISTER)
def show_finder(asset_tag: str) -> WerkzeugResponse:
    """Show how close the tag is. For htmx and the page's script, show only that block."""
    with reading() as session:
        sought = get_sought(session, asset_tag)
    values = _look(sought)
    with reading() as session:
        values["has_readers"] = has_readers(session)
    return page(
        "tags/find.html",
        block="signal",
        sought=sought,
        address=_address(sought),
        audit=read_id(request.args.get("audit")) or "",
        **values,
    )


@blueprint.get("/find/<path:asset_tag>/events")
@allow(Action.READ_REGISTER)
def stream_signal(asset_tag: str) -> WerkzeugResponse:
    """Send how close the tag is twice a second for some seconds.

    Then the browser reconnects by itself.
    """
    with reading() as session:
        sought = get_sought(session, asset_tag)
    if not _streams.acquire(blocking=False):
        raise Unavailable(
            "Too many people are looking for something right now. The page polls instead.",
            retry_after=1,
        )
    response = Response(_stream(_own_app(), sought), mimetype="text/event-stream")
    # Also if the browser has gone before the first message.
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _stream(app: Flask, sought: Sought) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    began = time.monotonic()
    while True:
        # One context for each tick, so that the stream holds no database connection while it
        # sleeps.
        with app.app_context():
            block = render_block("tags/find.html", "signal", sought=sought, **_look(sought))
        lines = "".join(f"data: {line}\n" for line in block.splitlines() if line.strip())
        yield f"event: signal\n{lines}\n"
        if time.monotonic() - began >= STREAM_S:
            return
        time.sleep(TICK_S)


def _own_app() -> Flask:
    """Return the app itself. It outlives the request, and the proxy does not."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - the documented way
    return app


def _look(sought: Sought) -> dict[str, Any]:
    """Keep readers listening, and return the values for the block."""
    now = datetime.now(UTC)  # a stream outlives the `now` of its request
    problem = None
    try:
        if not _keep_watch(sought.id, now):
            problem = NO_TAG
    except Conflict as error:
        problem = error.message
    with reading() as session:
        signal = judge_signal(list_samples(session, sought.id), now=now.timestamp())
        ear = find_ear(session, signal.reader, signal.antenna or 0) if signal.reader else None
    trend = TRENDS[signal.trend] if signal.trend else None
    return {
        "problem": problem,
        "no_tag": problem == NO_TAG,
        "signal": signal,
        "word": STRENGTHS[signal.strength].word,
        "trend_word": trend.word if trend else "",
        "arrow": trend.arrow if trend else "",
        "sentence": describe_signal(signal, ear),
    }


def _keep_watch(asset_id: int, now: datetime) -> bool:
    with reading() as session:
        if is_watch_fresh(session, asset_id=asset_id, now=now):
            return True
    return transact(lambda session: watch_asset(session, asset_id=asset_id, now=now))


def describe_signal(signal: Signal, ear: str | None) -> str:
    """Return the sentence below the word: strength, age and where.

    :param ear: the words for the antenna that hears the tag.
    """
    if signal.strength is SignalStrength.SILENT:
        return "No reader has heard its tag yet. Walk slowly along the shelves."
    strength = "unknown strength" if signal.rssi is None else f"{signal.rssi:.0f} dBm"
    age = signal.age or 0.0
    when = "just now" if age < JUST_NOW_S else f"{age:.0f} s ago"
    if signal.strength is SignalStrength.HEARD:
        times = "once" if signal.reads == 1 else f"{signal.reads} times"
        return f"Heard {times} in 3 s, {when}, at {ear}. This reader does not report the strength."
    if signal.strength is SignalStrength.LOST:
        return f"Last heard {when}, {strength}, at {ear}. Go back a step or two."
    return f"{strength}, {when}, at {ear}."


def _address(sought: Sought) -> str:
    return f"/find/{quote(sought.asset_tag, safe='')}"
