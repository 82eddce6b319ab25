"""What is counted for Prometheus, added up over the worker processes of one server.

`serve` names a folder in PROMETHEUS_MULTIPROC_DIR: each process keeps its figures in files there,
and a scrape adds them up. Without it the figures are those of this process alone. No label takes a
value from outside: routes by their pattern, never by their path.
"""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine, event

from scanner_app.queries.metrics import Figures

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
EXTENSION = "scanner_metrics"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
DECODE_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10)


class Metrics:
    """The figures that an app keeps."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "scanner_http_requests",
            "Requests answered, by route pattern.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "scanner_http_request_seconds",
            "Time until an answer began.",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )
        self.scans = Counter(
            "scanner_scans",
            "Scans answered; the outcome is empty for those that were not recorded now.",
            ["status", "outcome"],
            registry=self.registry,
        )
        self.decodes = Histogram(
            "scanner_decode_seconds",
            "Time to read the codes in a picture, waiting included.",
            ["result"],
            buckets=DECODE_SECONDS,
            registry=self.registry,
        )
        self.connections = Gauge(
            "scanner_database_connections",
            "Database connections in use.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def watch(self, engine: Engine) -> None:
        """Follow how many connections of a pool are in use."""
        event.listen(engine, "checkout", lambda *_: self.connections.inc())
        event.listen(engine, "checkin", lambda *_: self.connections.dec())

    def note_request(self, response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule is not None else "none"
        self.requests.labels(method, route, str(response.status_code)).inc()
        taken = time.perf_counter() - g.get("started", time.perf_counter())
        self.seconds.labels(method, route).observe(taken)
        return response

    def write(self, figures: Figures | None) -> bytes:
        """Give all figures as text.

        :param figures: what the database was asked for; None where it did not answer.
        """
        registry = self.registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # theirs has no types
        asked = CollectorRegistry()
        asked.register(_Asked(figures))
        return generate_latest(registry) + generate_latest(asked)


class _Asked:
    """What is asked for at the scrape, rather than counted."""

    def __init__(self, figures: Figures | None) -> None:
        self.figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        build = GaugeMetricFamily("scanner_build_info", "What runs here.", labels=["version"])
        build.add_metric([version("scanner-app")], 1)
        yield build
        up = GaugeMetricFamily("scanner_database_up", "1 where the database answered this scrape.")
        up.add_metric([], 0 if self.figures is None else 1)
        yield up
        if self.figures is None:
            return
        audits = GaugeMetricFamily("scanner_audits", "Audits, by state.", labels=["state"])
        for state, count in self.figures.audits.items():
            audits.add_metric([state], count)
        yield audits
        waiting = GaugeMetricFamily(
            "scanner_imports_waiting", "Imports that are being worked on, or wait for it."
        )
        waiting.add_metric([], self.figures.imports_waiting)
        yield waiting
        yield from self._collect_readers(self.figures)

    @staticmethod
    def _collect_readers(figures: Figures) -> Iterator[GaugeMetricFamily]:
        depth = GaugeMetricFamily(
            "scanner_reader_queue_depth",
            "Records that wait on the agent's disk, as it said last.",
            labels=["reader"],
        )
        dead = GaugeMetricFamily(
            "scanner_reader_dead_letters",
            "Records of the agent that were refused, as it said last.",
            labels=["reader"],
        )
        silent = GaugeMetricFamily(
            "scanner_reader_silent",
            "1 where nothing was heard of a reader for longer than set.",
            labels=["reader"],
        )
        for reader in figures.readers:
            if reader.queue_depth is not None:
                depth.add_metric([reader.name], reader.queue_depth)
            if reader.dead_letters is not None:
                dead.add_metric([reader.name], reader.dead_letters)
            silent.add_metric([reader.name], int(reader.is_silent))
        yield from (depth, dead, silent)


def init_metrics(app: Flask, engine: Engine) -> None:
    """Count the requests of an app, and the connections of its engine."""
    metrics = Metrics()
    metrics.watch(engine)
    app.extensions[EXTENSION] = metrics
    app.after_request(_note_request)


def _note_request(response: Response) -> Response:
    return current_metrics().note_request(response)


def current_metrics() -> Metrics:
    metrics: Metrics = current_app.extensions[EXTENSION]
    return metrics


def count_scans(results: Iterable[Mapping[str, Any]]) -> None:
    """Count scans by what became of them; called once they are committed."""
    scans = current_metrics().scans
    became = collections.Counter(
        (result["status"], (result["outcome"] or "") if result["status"] == "recorded" else "")
        for result in results
    )
    for labels, count in became.items():
        scans.labels(*labels).inc(count)


@contextmanager
def time_decode() -> Iterator[dict[str, str]]:
    """Time a picture's decoding; whoever decodes writes `result` into what is given."""
    told = {"result": "failed"}
    started = time.perf_counter()
    try:
        yield told
    finally:
        taken = time.perf_counter() - started
        current_metrics().decodes.labels(told["result"]).observe(taken)
