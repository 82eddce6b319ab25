"""Fixtures shared by all tests: an app on each database, clients for each role, a small cast."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scanner_app.decoder.pool import PicturePool
from scanner_app.domain.access.roles import Role
from scanner_app.edge.state import app_state
from scanner_app.services.access import sign_ins, tokens, users
from scanner_app.storage.database import unit_of_work
from tests.support.apps import open_app
from tests.support.databases import Fill, PostgresTemplate, SqliteTemplate, make_settings
from tests.support.postgres import find_postgres, run_postgres

# Tests start hundreds of processes of this checkout: each would compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# No test is timed by the clock: a busy machine is no fault of the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


# What makes a test slow, known by the fixtures that it asks for: nobody keeps a list of tests.
# `make test-fast` runs the tests that have none of these marks.
MARKS = {
    "database": {
        *("sqlite_template", "postgres_server", "postgres_template", "database", "service"),
        "empty_app",
    },
    # These start the processes that read pictures.
    "slow": {"pool", "pictures"},
    "browser": {"playwright_driver", "chromium_path"},
}
# The tests of these folders start commands and servers, which takes seconds each.
SLOW_FOLDERS = {"contract", "cli"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark, fixtures in MARKS.items():
            if fixtures & set(getattr(item, "fixturenames", ())):
                item.add_marker(mark)
        if item.path.parent.name in SLOW_FOLDERS:
            item.add_marker("slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    # What was imported and collected stays until the end: looking through it again and again for
    # what may be forgotten took an eighth of the time of the tests.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 20)


# Tests that ask what a page shows or what a text means run on one database each: half of a module
# on SQLite, half on PostgreSQL, always the same half. The nightly run has all of them on both.
KINDS = ("sqlite", "postgres")
IS_ON_BOTH = bool(os.environ.get("SCANNER_TESTS_ON_BOTH"))


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    test = metafunc.definition
    if IS_ON_BOTH or "database_kind" not in metafunc.fixturenames:
        return
    names = {mark.args[0] for mark in test.iter_markers("parametrize")}
    if test.get_closest_marker("either_database") and "database_kind" not in names:
        kind = KINDS[crc32(test.nodeid.encode()) % 2]
        test.add_marker(pytest.mark.parametrize("database_kind", [kind]))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator:
    if find_postgres() is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresTemplate]:
    template = PostgresTemplate(postgres_server, tmp_path_factory.mktemp("postgres"))
    yield template
    template.close()


@pytest.fixture
def contents() -> Fill | None:
    """Fills the database before the test; a folder or a file with an office overrides it."""
    return None


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def database(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path, contents: Fill | None
) -> Iterator[str]:
    """The URL of a migrated database of this test's own; each test runs on both."""
    template = request.getfixturevalue(f"{database_kind}_template")
    url = template.make(tmp_path / "instance", contents)
    yield url
    template.drop(url)


@pytest.fixture
def filled(request: pytest.FixtureRequest, database: str, contents: Fill | None) -> Any:
    """What `contents` returned, such as the ids of rooms."""
    kind = "sqlite" if database.startswith("sqlite") else "postgres"
    return request.getfixturevalue(f"{kind}_template").results[contents]


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[Flask]:
    with open_app(make_settings(tmp_path / "instance", database)) as app:
        yield app


@pytest.fixture(scope="session")
def pictures() -> Iterator[PicturePool]:
    """The one process that reads pictures for all tests: starting one takes a second."""
    with PicturePool(workers=1, timeout_s=60) as pool:
        yield pool


@pytest.fixture
def reads_pictures(app: Flask, pictures: PicturePool) -> Iterator[None]:
    """Lend the app the process that reads pictures, and take it back: it serves the next test."""
    app_state(app).pictures = pictures
    yield
    app_state(app).pictures = None


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def work(app: Flask):
    """`with work() as session:` one unit of work, as an edge opens it."""

    @contextmanager
    def open_work() -> Iterator[Session]:
        with app.app_context(), unit_of_work() as session:
            yield session

    return open_work


class ApiClient:
    """A program with a token of one role."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def __getattr__(self, verb: str):
        def call(path: str, **kwargs):
            headers = {**self.headers, **kwargs.pop("headers", {})}
            return getattr(self.client, verb)(f"/api/v1{path}", headers=headers, **kwargs)

        return call


@pytest.fixture
def api_as(app: Flask):
    """`api_as("technician")` gives an API client with a token of that role.

    `api_as("approver", owner="bob@example.org")` gives one of a person, who is added: a program
    that nobody owns takes no step that a second person takes.
    """

    def make(role: str, owner: str = "") -> ApiClient:
        moment = datetime.now(UTC)
        with app.app_context(), unit_of_work() as session:
            user = None
            if owner:
                user = users.add_user(
                    session, email=owner, role=Role(role), name=owner.partition("@")[0].title(),
                    password=None, now=moment,
                )  # fmt: skip
            token = tokens.add_token(
                session,
                name=f"test {role}",
                role=Role(role),
                created_by="test",
                now=moment,
                owner_id=user.id if user else None,
            )
        return ApiClient(app.test_client(), token.secret)

    return make


@pytest.fixture
def api(api_as) -> ApiClient:
    return api_as("admin")


@pytest.fixture
def page_as(app: Flask):
    """`page_as("auditor")` gives a browser-like client that is signed in with that role."""

    def make(role: str, email: str | None = None) -> FlaskClient:
        client = app.test_client()
        with app.app_context(), unit_of_work() as session:
            moment = datetime.now(UTC)
            user = users.add_user(
                session,
                email=email or f"{role}@example.org",
                role=Role(role),
                name=role.title(),
                password=None,
                now=moment,
            )
            cookie = sign_ins.start_sign_in(
                session, user=user, user_agent="test", address="127.0.0.1", now=moment
            )
        client.set_cookie("scanner", cookie)
        return client

    return make


@pytest.fixture
def admin(page_as) -> FlaskClient:
    return page_as("admin")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many taps each job took that a browser test did (`tests/browser/taps`)."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "taps"
    ]
    if rows:
        terminalreporter.section("taps")
        for job, taps, keys, scans, target in sorted(rows):
            told = f"{taps} taps (target {target}), {keys} keys, {scans} scans"
            terminalreporter.write_line(f"{job:40} {told}")
