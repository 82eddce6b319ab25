"""A real SQLite file and a real PostgreSQL for every test: migrated once, copied for each."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy.orm import Session

from scanner_app.config import Settings
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.schema import upgrade_schema
from tests.support.apps import build_app
from tests.support.postgres import PostgresServer

# Fills an empty database; what it returns, such as ids, is the same for each copy.
Fill = Callable[[Session], Any]
SECRET = "a-secret-for-tests-only-0123456789abcdef"


def make_settings(folder: Path, url: str = "", **changes: object) -> Settings:
    values: dict = {
        "database_url": url,
        "instance_dir": folder,
        "secret_key": SECRET,
        "secure_cookies": False,
        "log_level": "WARNING",
        **changes,
    }
    return Settings(**{"log_seconds": 0, **values})  # no thread wakes after a test


class SqliteTemplate:
    """One migrated empty file, and one for each office; each test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[Fill | None, Path] = {}
        self.results: dict[Fill | None, Any] = {None: None}
        app = build_app(make_settings(folder / "template"))
        with app.app_context():
            upgrade_schema()
        self._keep(app, None, folder / "template")

    def make(self, folder: Path, fill: Fill | None = None) -> str:
        """Return the URL of a new database in a folder, filled or empty."""
        if fill not in self.files:
            self._fill(fill)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.files[fill], folder / "scanner.sqlite3")
        return f"sqlite:///{folder / 'scanner.sqlite3'}"

    def _fill(self, fill: Fill) -> None:
        folder = self.folder / f"filled-{len(self.files)}"
        app = build_app(make_settings(folder, self.make(folder)))
        with app.app_context(), unit_of_work() as session:
            self.results[fill] = fill(session)
        self._keep(app, fill, folder)

    def _keep(self, app: Flask, fill: Fill | None, folder: Path) -> None:
        with app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.session.remove()
            db.engine.dispose()
        self.files[fill] = folder / "scanner.sqlite3"

    def drop(self, url: str) -> None:
        """The folder belongs to the test."""

    def close(self) -> None:
        """Nothing is open."""


# What a migration makes. A test that leaves it altered leaves a database that nobody else may use.
SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
  SELECT concat_ws(' ', 'class', relname, relkind, relchecks, relrowsecurity) AS line
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
  UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled)
    FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid, conname, convalidated)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'function', oid, hashtext(prosrc))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT concat_ws(' ', 'settings', count(*)) FROM pg_db_role_setting
) AS lines
"""
# What an import leaves for the planner: another test would be planned by it.
FORGET_STATISTICS = """
DELETE FROM pg_statistic WHERE starelid >= 16384 RETURNING 1
"""
SIZES_KNOWN = """
SELECT oid::bigint, relpages, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
SIZE = """
SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
DISCONNECT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
MAX_KEPT_BYTES = 8_000_000  # deleted rows stay in the files, and slow the next test down


@dataclass(frozen=True)
class _Rows:
    """What an office adds to an empty database: tables as COPY text, sequences by name."""

    tables: dict[str, bytes]
    sequences: dict[str, int]


class PostgresTemplate:
    """One migrated empty database; each test gets a copy, which is emptied for the next test.

    The server needs a tenth of a second to make a copy and a hundredth to empty one. An office is
    filled once, and its rows are copied in.
    """

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.name = f"template_{uuid.uuid4().hex[:8]}"
        self.kept: list[str] = []
        # One a database, kept open: a new connection costs the server what the emptying costs.
        self.cleaners: dict[str, psycopg.Connection] = {}
        self.offices: dict[Fill, _Rows] = {}
        self.results: dict[Fill | None, Any] = {None: None}
        self.folder = folder
        server.execute(f"CREATE DATABASE {self.name}")
        app = build_app(make_settings(folder / "template", server.url(self.name)))
        with app.app_context():
            upgrade_schema()
            db.engine.dispose()
        with self._connect(self.name) as connection:
            self.shape = _read_shape(connection)
            self.sequences = dict(connection.execute(SEQUENCES).fetchall())
            self.sizes_known = set(connection.execute(SIZES_KNOWN).fetchall())
            rows = _dump_all(connection)
        self.rows = {name: content for name, content in rows.items() if content}
        self.empty = [name for name, content in rows.items() if not content]

    def make(self, folder: Path, fill: Fill | None = None) -> str:
        """Return the URL of a database, filled or empty."""
        del folder
        url = self.server.url(self.kept.pop()) if self.kept else self.make_new()
        if fill is not None:
            if fill not in self.offices:
                self._fill(fill)
            self._load(self._cleaner_of(url), self.offices[fill])
        return url

    def make_new(self) -> str:
        """Return the URL of an empty database that no test has used."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {self.name} STRATEGY FILE_COPY")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Empty a database for the next test, or drop it where its tables were altered."""
        name = _name_of(url)
        try:
            is_clean = self._empty(self._cleaner_of(url))
        except psycopg.Error:  # the test dropped it, or cut all connections
            is_clean = False
        if is_clean:
            self.kept.append(name)
        else:
            self.discard(url)

    def discard(self, url: str) -> None:
        """Drop a database."""
        name = _name_of(url)
        if name in self.cleaners:
            self.cleaners.pop(name).close()
        self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        for connection in self.cleaners.values():
            connection.close()

    def _fill(self, fill: Fill) -> None:
        url = self.make_new()
        app = build_app(make_settings(self.folder / f"filled-{len(self.offices)}", url))
        with app.app_context():
            with unit_of_work() as session:
                self.results[fill] = fill(session)
            db.session.remove()
            db.engine.dispose()
        with self._connect(_name_of(url)) as connection:
            sequences = dict(connection.execute(SEQUENCES).fetchall())
            rows = _dump_all(connection)
        self.offices[fill] = _Rows(
            {
                name: content
                for name, content in rows.items()
                if content != self.rows.get(name, b"")
            },
            {name: value for name, value in sequences.items() if value != self.sequences[name]},
        )
        self.discard(url)

    def _load(self, connection: psycopg.Connection, office: _Rows) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            for name, content in office.tables.items():
                if name in self.rows:
                    connection.execute(f'DELETE FROM "{name}"')
                _copy_in(connection, name, content)
            for name, value in office.sequences.items():
                connection.execute("SELECT setval(%s::regclass, %s)", (name, value))

    def _cleaner_of(self, url: str) -> psycopg.Connection:
        name = _name_of(url)
        if name not in self.cleaners:
            self.cleaners[name] = self._connect(name)
        return self.cleaners[name]

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self.server.dsn(name), autocommit=True)

    def _empty(self, connection: psycopg.Connection) -> bool:
        connection.execute(DISCONNECT)
        if _read_shape(connection) != self.shape:
            return False
        self._forget_statistics(connection)
        [size] = connection.execute(SIZE).fetchone() or [0]
        if size > MAX_KEPT_BYTES:
            return False
        # Without the triggers: the log's refuse a deletion, and foreign keys would ask for an order.
        connection.execute("SET session_replication_role = replica")
        connection.execute(";".join(f'DELETE FROM "{name}"' for name in self.empty))
        for name, content in self.rows.items():
            if _dump(connection, name) != content:
                connection.execute(f'DELETE FROM "{name}"')
                _copy_in(connection, name, content)
        for name, value in connection.execute(SEQUENCES).fetchall():
            wanted = self.sequences[name]
            if value != wanted:
                connection.execute(
                    "SELECT setval(%s::regclass, %s, %s)", (name, wanted or 1, wanted is not None)
                )
        return True

    def _forget_statistics(self, connection: psycopg.Connection) -> None:
        if not connection.execute(FORGET_STATISTICS).fetchall():
            return
        altered = set(connection.execute(SIZES_KNOWN).fetchall()) - self.sizes_known
        oids = {oid for oid, *_ in altered}
        for oid, pages, rows in self.sizes_known:
            if oid in oids:
                connection.execute(
                    "UPDATE pg_class SET relpages = %s, reltuples = %s WHERE oid = %s",
                    (pages, rows, oid),
                )


def _name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _read_shape(connection: psycopg.Connection) -> str:
    row = connection.execute(SHAPE).fetchone()
    assert row is not None
    return row[0]


def _dump(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(bytes(part) for part in copy)


def _dump_all(connection: psycopg.Connection) -> dict[str, bytes]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'")
    return {name: _dump(connection, name) for (name,) in tables.fetchall()}


def _copy_in(connection: psycopg.Connection, table: str, content: bytes) -> None:
    with connection.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
        copy.write(content)
