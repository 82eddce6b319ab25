"""What every command needs: the app for this environment, with its schema checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from flask import Flask

from scanner_app import create_app
from scanner_app.cli.serving_lock import using
from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.database import db
from scanner_app.storage.first_start import refuse_to_begin_anew
from scanner_app.storage.schema import is_current, upgrade_schema


@contextmanager
def open_app(*, needs_schema: bool = True) -> Iterator[Flask]:
    """Return the app for this environment.

    :raises ScannerAppError: the schema is not up to date, and the database is a server.
    """
    settings = Settings.from_env()
    refuse_to_begin_anew(settings)
    app = create_app(settings)
    folder = settings.instance_dir.resolve()
    with using(folder) if settings.is_sqlite else nullcontext(), app.app_context():
        try:
            if needs_schema and not is_current():
                if not settings.is_sqlite:
                    raise ScannerAppError(
                        "The schema is not up to date. Run: scanner-app db upgrade",
                    )
                upgrade_schema()
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
