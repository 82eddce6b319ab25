"""Which function runs a job of a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module

from scanner_app.domain.jobs import JobKind

# Takes the job's number and the time. Opens its own units of work. Returns when the job runs next,
# None once it is done. What it raises is an error: the job is tried again as its kind's row says.
Handler = Callable[[int, datetime], datetime | None]

# Which module holds the handlers of which kinds. A worker imports a module with the first job of
# its kinds, and so waits in little memory.
MODULES = {
    "daily": (JobKind.DAILY_CHECK,),
    "device_check.run": (JobKind.DEVICE_CHECK,),
    "imports": (JobKind.IMPORT,),
    "log": (JobKind.SEAL_LOG,),
    "made_files": (JobKind.MADE_FILE,),
    "notices.mail": (JobKind.NOTICE_SEND, JobKind.MAIL, JobKind.MAIL_DIGEST),
    "notices.posts": (JobKind.WEBHOOK,),
    "notices.watch": (JobKind.NOTICE_SWEEP, JobKind.READER_WATCH),
    "plans": (JobKind.PLANS,),
    "programmes": (JobKind.PROGRAMMES,),
    "prints": (JobKind.PRINT,),
    "retention": (JobKind.RETENTION,),
    "sweep": (JobKind.SWEEP,),
    "witnesses": (JobKind.WITNESS,),
    "tallies": (JobKind.TALLIES,),
}

_handlers: dict[JobKind, Handler] = {}


class GiveUp(Exception):
    """Raised by a handler whose job can never succeed, with a sentence that says what to do."""


def handles(kind: JobKind) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a function the handler of a kind of job."""

    def note(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return note


def find_handler(kind: JobKind) -> Handler:
    """Return the handler of a kind; the first time, import the module that holds it.

    :raises KeyError: no module holds a handler of this kind.
    """
    if kind not in _handlers:
        for name, kinds in MODULES.items():
            if kind in kinds:
                import_module(f"scanner_app.worker.{name}")
    return _handlers[kind]


def load_handlers() -> Mapping[JobKind, Handler]:
    """Import all modules that hold handlers, and return the handler of each kind."""
    for name in MODULES:
        import_module(f"scanner_app.worker.{name}")
    return _handlers
