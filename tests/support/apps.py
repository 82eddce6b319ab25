"""Apps for tests: built once for each choice of settings, and copied for each database.

Building an app takes a quarter of a second (routes, macros, the API's description), and nothing of
it depends on the database. A copy shares the routes and the compiled templates, and has its own
settings, engine, figures and jobs. A test that adds a route to its copy spoils the original, so the
original is built again for the next test.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Config, Flask
from sqlalchemy import Engine

from scanner_app import create_app
from scanner_app.config import Settings
from scanner_app.edge.state import app_state, init_state
from scanner_app.logs import configure_logging
from scanner_app.storage.database import db, init_database
from tests.support.templates import keep_compiled_templates

keep_compiled_templates()

# Flask keeps its hooks in these: lists of functions, or such lists by blueprint.
HOOKS = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs")
PROCESSORS = ("template_context_processors", "url_value_preprocessors", "url_default_functions")


@dataclass
class _Original:
    app: Flask
    routes: int

    def is_unspoilt(self) -> bool:
        return _count_routes(self.app) == self.routes


_originals: dict[Settings, _Original] = {}
_first_engines: dict[str, Engine] = {}


def build_app(settings: Settings) -> Flask:
    """Return an app with these settings that answers errors as it does in production."""
    settings = settings.with_secret()
    # All that `create_app` reads of the address and the folder is read again below.
    shared = replace(settings, database_url="sqlite://", instance_dir=Path("/nonexistent"))
    original = _originals.get(shared)
    if settings.proxy_hops:  # the wrapper around the app would go on serving the original
        return _build(settings).app
    if original is None or not original.is_unspoilt():
        original = _originals[shared] = _build(settings)
    return _copy(original.app, settings)


@contextmanager
def open_app(settings: Settings) -> Iterator[Flask]:
    """Lend an app to a test, and close what it opened."""
    app = build_app(settings)
    yield app
    pool = app_state(app).pictures
    if pool is not None:
        pool.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _build(settings: Settings) -> _Original:
    app = create_app(settings)
    app.testing = False  # errors answer as they do in production
    return _Original(app, _count_routes(app))


def _count_routes(app: Flask) -> int:
    return sum(1 for _ in app.url_map.iter_rules())


def _copy(original: Flask, settings: Settings) -> Flask:
    app = copy.copy(original)
    app.config = Config(original.root_path, original.config)
    app.view_functions = dict(original.view_functions)
    for name in HOOKS + PROCESSORS:
        hooks = getattr(original, name)
        setattr(app, name, type(hooks)(list, {k: list(v) for k, v in hooks.items()}))
    app.teardown_appcontext_funcs = list(original.teardown_appcontext_funcs)
    app.shell_context_processors = list(original.shell_context_processors)
    app.extensions = {k: v for k, v in original.extensions.items() if k != "sqlalchemy"}
    init_state(app, settings)
    configure_logging(settings.log_level, as_json=settings.log_json)
    init_database(app, settings)
    # Flask-SQLAlchemy added its hook a second time.
    app.teardown_appcontext_funcs = list(dict.fromkeys(app.teardown_appcontext_funcs))
    with app.app_context():
        _share_statements(db.engine)
        app_state(app).metrics.watch(db.engine)
    return app


def _share_statements(engine: Engine) -> None:
    """Share with an engine the statements that an earlier engine of its kind has compiled.

    SQLAlchemy keeps compiled statements by engine and by dialect, so each test would compile all
    of its statements again: half of what a test costs that only asks the API twice.
    """
    first = _first_engines.get(engine.dialect.name)
    if first is None or first.dialect.server_version_info is None:  # it never connected
        _first_engines[engine.dialect.name] = engine
        return
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
