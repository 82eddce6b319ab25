"""Which function runs a job of a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module

from scanner_app.domain.jobs import JobKind

# Takes the job's number and the time. Opens its own units of work. Returns when the job runs next,
# None once it is done. What it raises is an error: the job is tried again as its kind's row says.
Handler = Callable[[int, datetime], datetime | None]

# The modules that hold the handlers. Only a worker imports them.
MODULES = ("imports", "notice_mail", "notice_posts", "notices", "prints", "retention", "sweep")

_handlers: dict[JobKind, Handler] = {}


class GiveUp(Exception):
    """Raised by a handler whose job can never succeed, with a sentence that says what to do."""


def handles(kind: JobKind) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a function the handler of a kind of job."""

    def note(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return note


def load_handlers() -> Mapping[JobKind, Handler]:
    """Import the modules that hold handlers, and return the handler of each kind."""
    for name in MODULES:
        import_module(f"scanner_app.worker.{name}")
    return _handlers
