"""Count requests, scans and decodings in the counters of the current application."""

from __future__ import annotations

import collections
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask, Response
from sqlalchemy import Engine

from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.edge.state import app_state, current_state
from scanner_app.traces import configure_traces


def init_metrics(app: Flask, engine: Engine) -> None:
    """Count the requests of an app and the connections of its engine, and trace where asked to."""
    configure_traces()
    app_state(app).metrics.watch(engine)
    app.after_request(_note_request)


def _note_request(response: Response) -> Response:
    return current_state().metrics.note_request(response)


def count_scans(answers: Iterable[Answer]) -> None:
    """Count scans by their answer. Call it once they are committed."""
    scans = current_state().metrics.scans
    counts = collections.Counter(
        (
            answer.status.value,
            answer.outcome.value if answer.outcome and answer.status is Status.RECORDED else "",
        )
        for answer in answers
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
