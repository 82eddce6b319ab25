"""What one application keeps beside Flask: settings, counters, decoder processes.

One typed object in `app.extensions`, so that no other module needs to know a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask, current_app

from scanner_app.config import Settings
from scanner_app.domain.errors import NoRoom
from scanner_app.edge.counters import Metrics
from scanner_app.edge.limits.disk_space import NEARLY_FULL, keeps_free
from scanner_app.edge.limits.rates import Rates, SharedRates
from scanner_app.services.settings import SettingsCache
from scanner_app.storage.database import db
from scanner_app.storage.file_store import FileStore, open_store

if TYPE_CHECKING:  # a worker has no use for OpenCV, which needs as much memory as all the rest
    from scanner_app.decoder.pool import PicturePool

_KEY = "scanner_app"
# What one link to answer by may send in a minute.
ANSWERS_PER_MINUTE = 20


@dataclass(slots=True)
class ClockWatch:
    """When our clock was compared with the log, by the monotonic clock, and what came of it."""

    looked_at: float | None = None
    is_wrong: bool = False


@dataclass(slots=True)
class AppState:
    """The state of one application in one process.

    `pictures` is None until the first picture comes: its processes must start after any fork.
    """

    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    write_rates: Rates | SharedRates = field(init=False)
    byte_rates: Rates | SharedRates = field(init=False)
    answer_rates: Rates | SharedRates = field(init=False)
    _organisation: tuple[Settings, SettingsCache] | None = None
    pictures: PicturePool | None = None
    clock: ClockWatch = field(default_factory=ClockWatch)
    _files: tuple[Settings, FileStore] | None = None

    def __post_init__(self) -> None:
        amounts = self.settings.reads_per_minute
        sizes = self.settings.megabytes_per_minute * 1_000_000
        if self.settings.is_sqlite:
            self.write_rates, self.byte_rates = Rates(amounts), Rates(sizes, "bytes")
            self.answer_rates = Rates(ANSWERS_PER_MINUTE, "answers")
        else:
            self.write_rates = SharedRates(amounts, engine=lambda: db.engine)
            self.byte_rates = SharedRates(sizes, "bytes", engine=lambda: db.engine)
            self.answer_rates = SharedRates(ANSWERS_PER_MINUTE, "answers", engine=lambda: db.engine)

    @property
    def files(self) -> FileStore:
        """Where pictures, documents and import files are. Its connections are kept."""
        known = self._files
        if known is None or known[0] is not self.settings:
            known = self._files = self.settings, open_store(self.settings)
        return known[1]

    @property
    def organisation(self) -> SettingsCache:
        """What this worker knows of the settings that an admin may change."""
        known = self._organisation
        if known is None or known[0] is not self.settings:
            known = self._organisation = self.settings, SettingsCache(self.settings.fixed)
        return known[1]


def init_state(app: Flask, settings: Settings) -> None:
    """Attach a new state to an application."""
    app.extensions[_KEY] = AppState(settings)


def app_state(app: Flask) -> AppState:
    state: AppState = app.extensions[_KEY]
    return state


def current_state() -> AppState:
    """Return the state of the application that answers this request or runs this command."""
    return app_state(current_app)


def spend_budget(sender: str, amount: int, size: int) -> None:
    """Count what a sender writes against its budgets: one for all doors.

    :param amount: how many scans, reads, signals, heartbeats or pictures.
    :param size: how many bytes they came in.
    :raises TooMany: these are more than it may send in a minute.
    """
    state = current_state()
    state.write_rates.spend(sender, amount)
    state.byte_rates.spend(sender, size)


def has_room(size: int = 0) -> bool:
    """Return whether enough of the disk stays free when this many bytes more are stored."""
    settings = current_settings()
    return keeps_free(settings.instance_dir, floor_mb=settings.keep_free_mb, size=size)


def require_room(size: int = 0) -> None:
    """Raise unless there is room for something that is not a scan.

    :raises NoRoom: the disk is nearly full.
    """
    if not has_room(size):
        raise NoRoom(NEARLY_FULL)


def current_settings() -> Settings:
    return current_state().settings
