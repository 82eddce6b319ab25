"""Traces by OpenTelemetry: a span of each request, transaction and job, sent by OTLP over HTTP.

Off unless an address is set; then, and only then, the packages of the extra `otel` are imported.
The ids of a request's span follow from the id of the request, which its jobs keep: so the span of a
job, in another process and maybe hours later, is below that of the request that caused it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from typing import Any

log = logging.getLogger(__name__)

# The variables by which OpenTelemetry itself is told where to send traces.
VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
Note = Callable[[str, str | int], None]

# The request whose span is begun now: its ids follow from this one.
_begins: ContextVar[str] = ContextVar("trace_begins", default="")
_provider: Any = None


def configure_traces() -> None:
    """Send traces to the address that the environment names; without one, be off."""
    stop_traces()
    if not any(os.environ.get(name) for name in VARIABLES):
        return
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        # The variable may be meant for other services here: it stops nothing.
        log.warning("traces are off, their packages are missing: pip install 'scanner-app[otel]'")
        return
    _start()


def _start() -> None:
    global _provider  # noqa: PLW0603 - one a process, as the packages have it
    trace = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    resources = import_module("opentelemetry.sdk.resources")
    otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    ids = import_module("opentelemetry.sdk.trace.id_generator")

    class Ids(ids.RandomIdGenerator):  # type: ignore[misc, name-defined] # a class of what is imported here
        def generate_trace_id(self) -> int:
            begins = _begins.get()
            return _ids_of(begins)[0] if begins else int(super().generate_trace_id())

        def generate_span_id(self) -> int:
            begins = _begins.get()
            return _ids_of(begins)[1] if begins else int(super().generate_span_id())

    name = os.environ.get("OTEL_SERVICE_NAME", "scanner-app")
    provider = trace.TracerProvider(
        resource=resources.Resource.create({"service.name": name}), id_generator=Ids()
    )
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    _provider = provider


def stop_traces() -> None:
    """Send what waits, and be off."""
    global _provider  # noqa: PLW0603 - as above
    if _provider is not None:
        _provider.shutdown()
        _provider = None


@contextmanager
def span(
    name: str, *, begins: str = "", caused_by: str = "", kind: str = "INTERNAL", **about: str | int
) -> Iterator[Note]:
    """Trace what is done inside; the caller gets what adds an attribute.

    :param begins: the id of a request of which this is the first span.
    :param caused_by: the id of the request that caused this, when it is done elsewhere.
    :param kind: as OpenTelemetry names it.
    :param about: attributes. None of them holds what a person typed.
    """
    if _provider is None:
        yield _ignore
        return
    api = import_module("opentelemetry.trace")
    context = import_module("opentelemetry.context").Context() if begins else None
    if caused_by:
        trace_id, span_id = _ids_of(caused_by)
        parent = api.SpanContext(trace_id, span_id, is_remote=True, trace_flags=api.TraceFlags(1))
        context = api.set_span_in_context(api.NonRecordingSpan(parent))
    marked = _begins.set(begins)
    try:
        # An exception's text may hold what a person typed: it goes to the log alone.
        opened = _provider.get_tracer("scanner_app").start_as_current_span(
            name,
            context=context,
            kind=api.SpanKind[kind],
            attributes=about,
            record_exception=False,
            set_status_on_exception=False,
        )
        current = opened.__enter__()
    finally:
        _begins.reset(marked)
    try:
        yield current.set_attribute
    except BaseException:
        current.set_status(api.StatusCode.ERROR)
        raise
    finally:
        opened.__exit__(None, None, None)


def _ignore(_name: str, _value: str | int) -> None:
    """Do nothing: traces are off."""


def _ids_of(request_id: str) -> tuple[int, int]:
    """Return the ids of a request's trace and of its first span."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1
