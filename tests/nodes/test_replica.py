"""A read replica of PostgreSQL: a real one, that follows by streaming and can be held."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from scanner_app.config import Settings, SettingsError
from scanner_app.edge.health.troubles import find_troubles
from scanner_app.edge.state import app_state
from scanner_app.storage import replica as replica_module
from scanner_app.storage.database import db, reading, unit_of_work
from scanner_app.storage.replica import EXTENSION, Replica
from tests.support.databases import PostgresTemplate, build_app, make_settings
from tests.support.postgres import PostgresServer, await_postgres, run_postgres
from tests.support.register import add_asset

pytestmark = [pytest.mark.database, pytest.mark.slow]
PORT = 54330


@contextmanager
def run_replica(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Copy a server, and follow it."""
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="scanner-replica-"))
    if user:
        shutil.chown(home, user)
    source = ["-h", str(primary.home), "-p", str(primary.port), "-U", "postgres"]
    subprocess.run(
        [primary.bin / "pg_basebackup", *source, "-D", home / "data", "-R", "-c", "fast"],
        check=True,
        cwd=home,
        user=user,
    )
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(primary.bin / "postgres", "-D", home / "data", "-k", home, "-p", str(PORT)),
                *("-c", "listen_addresses=", "-c", "max_connections=120", "-c", "fsync=off"),
            ],
            stdout=log,
            stderr=log,
            cwd=home,
            user=user,
        )
    replica = PostgresServer(primary.bin, home, PORT)
    try:
        await_postgres(replica, process)
        yield replica
    finally:
        process.send_signal(signal.SIGINT)  # SIGTERM would wait for who is connected
        process.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    with run_postgres(followed=True) as primary, run_replica(primary) as replica:
        yield primary, replica


@pytest.fixture(scope="module")
def urls(servers, tmp_path_factory) -> tuple[str, str]:
    """One database, on the server that is written and on the one that follows."""
    primary, replica = servers
    url = PostgresTemplate(primary, tmp_path_factory.mktemp("primary")).make_new()
    name = url.partition("@/")[2].partition("?")[0]
    return url, replica.url(name)


@pytest.fixture
def app(urls, tmp_path) -> Iterator[Flask]:
    app = build_app(make_settings(tmp_path, urls[0], database_replica_url=urls[1]))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    engine = app.extensions[EXTENSION].engine
    if engine is not None:
        engine.dispose()


def ask(server: PostgresServer, sql: str) -> Any:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


@contextmanager
def hold(replica: PostgresServer) -> Iterator[None]:
    """Keep the replica from taking in anything."""
    ask(replica, "SELECT pg_wal_replay_pause()")
    try:
        until = time.monotonic() + 20
        while ask(replica, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            assert time.monotonic() < until
            time.sleep(0.01)  # it pauses after the record that it is at
        yield
    finally:
        ask(replica, "SELECT pg_wal_replay_resume()")


def add(app: Flask, tag: str, name: str) -> None:
    with app.app_context(), unit_of_work() as session:
        add_asset(session, tag, name=name, now=datetime.now(UTC))


def await_replica(servers: tuple[PostgresServer, PostgresServer]) -> None:
    primary, replica = servers
    place = ask(primary, "SELECT pg_current_wal_insert_lsn()::text")
    until = time.monotonic() + 20
    while not ask(replica, f"SELECT pg_last_wal_replay_lsn() >= '{place}'::pg_lsn"):
        assert time.monotonic() < until, "the replica does not follow"
        time.sleep(0.01)  # it does not say when it is there


def search(person: FlaskClient, query: str, tag: str) -> tuple[bool, bool]:
    """Return whether a search by name finds an asset, and whether a replica answered."""
    page = person.get(f"/search?q={query}")
    assert page.status_code == 200, page.text
    return tag in page.text, "As of " in page.text


def find_trouble(app: Flask) -> str:
    """Return what `scanner-app check` says of the replica."""
    with app.app_context(), reading() as session:
        found = find_troubles(session, app_state(app).settings, now=datetime.now(UTC))
    return {one.code: one.message for one in found}.get("replica_away", "")


def test_shows_what_is_there_and_until_when(app, page_as, servers):
    viewer = page_as("auditor", "seen@example.org")
    add(app, "PR-1", "Beamer")
    await_replica(servers)

    assert search(viewer, "Beamer", "PR-1") == (True, True)
    assert not find_trouble(app)
    for path in ("/roadmap", "/audits/trends"):
        page = viewer.get(path)
        assert re.search(
            r'As of <time[^>]+data-local="seconds">\d\d:\d\d:\d\d UTC</time>', page.text
        )
    with viewer.get("/exports/assets.csv") as exported:
        assert "PR-1" in exported.text


def test_that_is_behind_never_hides_what_the_person_who_asks_has_written(app, page_as, servers):
    viewer, writer = page_as("auditor", "v@example.org"), page_as("stockroom", "w@example.org")
    await_replica(servers)
    with hold(servers[1]):
        made = writer.post(
            "/assets", data={"asset_tag": "PR-2", "name": "Lectern", "status": "in_stock"}
        )
        assert made.status_code == 303, made.text

        assert search(viewer, "Lectern", "PR-2") == (False, True)
        assert search(writer, "Lectern", "PR-2") == (True, False)
        assert writer.get("/assets?q=Lectern").text.count("Lectern")
    await_replica(servers)

    assert search(viewer, "Lectern", "PR-2") == search(writer, "Lectern", "PR-2") == (True, True)


def test_a_write_that_was_committed_is_told_so_whatever_is_known_of_the_replica(
    app, page_as, servers, monkeypatch
):
    writer = page_as("stockroom", "c@example.org")
    monkeypatch.setattr(replica_module, "_WHERE_NOW", text("SELECT no_such_function()"))
    made = writer.post(
        "/assets", data={"asset_tag": "PR-6", "name": "Podium", "status": "in_stock"}
    )
    assert made.status_code == 303, made.text
    await_replica(servers)

    assert search(writer, "Podium", "PR-6") == (True, False)


def test_that_is_old_is_not_asked(app, page_as, servers, monkeypatch):
    viewer = page_as("auditor", "o@example.org")
    add(app, "PR-3", "Easel")
    await_replica(servers)
    monkeypatch.setattr(replica_module, "MAX_AGE", timedelta(0))

    assert search(viewer, "Easel", "PR-3") == (True, False)


def test_that_is_away_is_passed_over_and_named(app, page_as, urls):
    app.extensions[EXTENSION] = Replica(lambda: create_engine(urls[1].replace(str(PORT), "1")))
    assert "replica does not answer: " in find_trouble(app)
    viewer = page_as("auditor", "a@example.org")
    add(app, "PR-4", "Tripod")

    assert search(viewer, "Tripod", "PR-4") == (True, False)
    assert app.extensions[EXTENSION].rest_until > time.monotonic()


def test_that_is_the_database_itself_is_named(app, page_as, urls):
    app.extensions[EXTENSION] = Replica(lambda: create_engine(urls[0]))
    viewer = page_as("auditor", "s@example.org")
    add(app, "PR-5", "Gong")

    assert search(viewer, "Gong", "PR-5") == (True, False)
    assert "follows nothing" in find_trouble(app)


def test_is_for_postgresql_alone():
    with pytest.raises(SettingsError, match="for PostgreSQL alone"):
        Settings.from_env({"SCANNER_DATABASE_REPLICA_URL": "postgresql://replica/scanner"})
