"""Count requests, scans and decodings in the counters of the current application."""

from __future__ import annotations

import collections
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from scanner_app.edge.state import app_state, current_state


def init_metrics(app: Flask, engine: Engine) -> None:
    """Count the requests of an app, and the connections of its engine."""
    metrics = app_state(app).metrics
    metrics.watch(engine)
    app.after_request(metrics.note_request)


def count_scans(results: Iterable[Mapping[str, Any]]) -> None:
    """Count scans by their result. Call it once they are committed."""
    scans = current_state().metrics.scans
    counts = collections.Counter(
        (result["status"], (result["outcome"] or "") if result["status"] == "recorded" else "")
        for result in results
    )
    for labels, count in counts.items():
        scans.labels(*labels).inc(count)


@contextmanager
def time_decode() -> Iterator[dict[str, str]]:
    """Time the decoding of a picture. The caller writes `result` into the dict it is handed."""
    told = {"result": "failed"}
    started = time.perf_counter()
    try:
        yield told
    finally:
        taken = time.perf_counter() - started
        current_state().metrics.decodes.labels(told["result"]).observe(taken)
