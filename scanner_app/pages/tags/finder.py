"""Find it: how warm somebody is who walks about with a reader, looking for one asset.

The page tells by itself without script. With it, it listens to a stream of events; where a worker
has as many streams as it can spare, or one breaks, it asks again and again instead.
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
from scanner_app.domain.readers.signal import Signal, Trend, Warmth, judge_signal
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

# A stream holds one of a worker's eight threads for as long as it lasts.
MOST_STREAMS = 2
# Short enough that a server that is to stop does not wait long for its streams.
STREAM_S = 10.0
TICK_S = 0.5
# How soon the browser comes back when a stream ends.
RETRY_MS = 300
JUST_NOW_S = 1.5
LONGEST_AUDIT = 9

_streams = threading.BoundedSemaphore(MOST_STREAMS)

WORDS = {
    Warmth.SILENT: "Not heard yet",
    Warmth.LOST: "Lost",
    Warmth.COLD: "Cold",
    Warmth.COOL: "Cool",
    Warmth.WARM: "Warm",
    Warmth.HOT: "Hot",
    Warmth.HEARD: "Heard",
}
TRENDS = {Trend.WARMER: "warmer", Trend.COLDER: "colder", Trend.SAME: "about the same"}
ARROWS = {Trend.WARMER: "↑", Trend.COLDER: "↓", Trend.SAME: "→"}
NO_TAG = "no_tag"


@blueprint.get("/find/<path:asset_tag>")
@allow(Action.READ_REGISTER)
def show_finder(asset_tag: str) -> WerkzeugResponse:
    """Show how warm it is; to htmx and the page's script, that alone."""
    with reading() as session:
        sought = get_sought(session, asset_tag)
    values = _look(sought)
    with reading() as session:
        values["has_readers"] = has_readers(session)
    audit = request.args.get("audit", "")
    return page(
        "tags/find.html",
        block="signal",
        sought=sought,
        address=_address(sought),
        audit=audit if audit.isascii() and audit.isdigit() and len(audit) <= LONGEST_AUDIT else "",
        **values,
    )


@blueprint.get("/find/<path:asset_tag>/events")
@allow(Action.READ_REGISTER)
def stream_signal(asset_tag: str) -> WerkzeugResponse:
    """Tell how warm it is twice a second, for some seconds; the browser comes back by itself."""
    with reading() as session:
        sought = get_sought(session, asset_tag)
    if not _streams.acquire(blocking=False):
        raise Unavailable(
            "As many people look for things as can be told at once. The page asks instead.",
            retry_after=1,
        )
    response = Response(_tell(_own_app(), sought), mimetype="text/event-stream")
    # Also where the browser has gone before the first word.
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _tell(app: Flask, sought: Sought) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    began = time.monotonic()
    while True:
        # A context a tick: nothing of the database is held while the stream sleeps.
        with app.app_context():
            block = render_block("tags/find.html", "signal", sought=sought, **_look(sought))
        lines = "".join(f"data: {line}\n" for line in block.splitlines() if line.strip())
        yield f"event: signal\n{lines}\n"
        if time.monotonic() - began >= STREAM_S:
            return
        time.sleep(TICK_S)


def _own_app() -> Flask:
    """Give the app itself, which outlives the request that the proxy stands for."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - the documented way
    return app


def _look(sought: Sought) -> dict[str, Any]:
    """Keep readers listening, and give what the block shows."""
    now = datetime.now(UTC)  # a stream outlives the moment of its request
    problem = None
    try:
        if not _keep_watch(sought.id, now):
            problem = NO_TAG
    except Conflict as error:
        problem = error.message
    with reading() as session:
        signal = judge_signal(list_samples(session, sought.id), now=now.timestamp())
        ear = find_ear(session, signal.reader, signal.antenna or 0) if signal.reader else None
    trend = signal.trend
    return {
        "problem": problem,
        "no_tag": problem == NO_TAG,
        "signal": signal,
        "word": WORDS[signal.warmth],
        "trend_word": TRENDS[trend] if trend else "",
        "arrow": ARROWS[trend] if trend else "",
        "sentence": say_signal(signal, ear),
    }


def _keep_watch(asset_id: int, now: datetime) -> bool:
    with reading() as session:
        if is_watch_fresh(session, asset_id=asset_id, now=now):
            return True
    return transact(lambda session: watch_asset(session, asset_id=asset_id, now=now))


def say_signal(signal: Signal, ear: str | None) -> str:
    """Give the sentence under the word: strength, age and where.

    :param ear: the words for the antenna that hears it.
    """
    if signal.warmth is Warmth.SILENT:
        return "No reader has heard its tag. Walk slowly along the shelves."
    strength = "no strength told" if signal.rssi is None else f"{signal.rssi:.0f} dBm"
    age = signal.age or 0.0
    when = "just now" if age < JUST_NOW_S else f"{age:.0f} s ago"
    if signal.warmth is Warmth.HEARD:
        times = "once" if signal.reads == 1 else f"{signal.reads} times"
        return f"Heard {times} in 3 s, {when}, at {ear}. This reader tells no strength."
    if signal.warmth is Warmth.LOST:
        return f"Last heard {when}, {strength}, at {ear}. Go back a step or two."
    return f"{strength}, {when}, at {ear}."


def _address(sought: Sought) -> str:
    return f"/find/{quote(sought.asset_tag, safe='')}"
