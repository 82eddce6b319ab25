"""The figures for Prometheus, added up over the worker processes of one server.

`serve` names a folder in PROMETHEUS_MULTIPROC_DIR: each process keeps its figures in files there,
and a scrape adds them up. Without it the figures are those of this process alone. No label takes a
value from outside (a route is counted by its pattern, never by its path), or anyone could fill the
memory with new labels.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version

from flask import Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine, event

from scanner_app.queries.metrics import Figures

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
JOB_SECONDS = (0.01, 0.05, 0.25, 1, 5, 30, 120, 600)
DECODE_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10)


class Metrics:
    """The counters and histograms of one application."""

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
        self.jobs = Histogram(
            "scanner_job_seconds",
            "Time that a job ran.",
            ["kind", "result"],
            buckets=JOB_SECONDS,
            registry=self.registry,
        )
        self.connections = Gauge(
            "scanner_database_connections",
            "Database connections in use.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def watch(self, engine: Engine) -> None:
        """Count the connections of a pool that are in use."""
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
        """Return all figures as Prometheus' text format.

        :param figures: what the database knows; None when it did not answer.
        """
        registry = self.registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # theirs has no types
        asked = CollectorRegistry()
        asked.register(_Asked(figures))
        return generate_latest(registry) + generate_latest(asked)


class _Asked:
    """Figures that are read from the database at each scrape, not counted here."""

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
        yield from self._collect_jobs(self.figures)
        yield from self._collect_readers(self.figures)

    @staticmethod
    def _collect_jobs(figures: Figures) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily(
            "scanner_jobs", "Jobs that are not done.", labels=["kind", "state"]
        )
        for (kind, state), count in figures.line.counts.items():
            jobs.add_metric([kind, state], count)
        due = GaugeMetricFamily("scanner_jobs_due", "Jobs that could run now.")
        due.add_metric([], figures.line.due)
        oldest = GaugeMetricFamily(
            "scanner_jobs_oldest_due_timestamp_seconds",
            "Since when the job that waits longest could run; 0 if none waits.",
        )
        oldest.add_metric([], _timestamp(figures.line.oldest_due))
        seen = GaugeMetricFamily(
            "scanner_worker_seen_timestamp_seconds",
            "When a worker last said that it is alive; 0 if none ever did.",
        )
        seen.add_metric([], _timestamp(figures.worker_seen))
        yield from (jobs, due, oldest, seen)

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


def _timestamp(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()
