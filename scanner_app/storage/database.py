"""The engine settings, and the only places where a transaction is opened.

`unit_of_work()` writes, `reading()` reads. On SQLite a write begins with BEGIN IMMEDIATE:
SQLAlchemy's default (a lock taken at the first write) loses updates between two requests.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import pysqlite3.dbapi2
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from scanner_app.config import Settings, SettingsError
from scanner_app.domain.errors import Unavailable
from scanner_app.domain.text import MARKS_TYPED, mark_typed
from scanner_app.models import Base
from scanner_app.storage.replica import EXTENSION, Replica, note_written, open_replica
from scanner_app.storage.write_lock import WriteLock
from scanner_app.traces import span

T = TypeVar("T")

log = logging.getLogger(__name__)

db = SQLAlchemy(model_class=Base)

# SQLite up to 3.51.2 can corrupt a WAL file when two connections checkpoint at once.
MIN_SQLITE = (3, 51, 3)
WRITE_OPTION = "scanner_write"
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # NORMAL takes acknowledged scans with a power cut
    "foreign_keys": "ON",
    "busy_timeout": "5000",
    "trusted_schema": "OFF",
    "recursive_triggers": "ON",  # or REPLACE takes a row out of the log past its trigger
    "cell_size_check": "ON",
    "cache_size": "-32000",
    # A batch of a thousand scans writes 700 pages. Fewer, larger checkpoints write each page once.
    "wal_autocheckpoint": "8000",
}
# Reuse the connection that was used last: its statements are prepared, its pages cached.
POOL = {"pool_use_lifo": True, "hide_parameters": True}
# What is in JSON was typed, too.
READS = {"json_deserializer": lambda text: mark_typed(json.loads(text))}
RETRIES = 4
WRITE_LOCK = "scanner_write_lock"
GLANCED = "scanner_glanced"
POOLED = "scanner_pooled"


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return SQLAlchemy's engine options for the settings. Errors do not show bound parameters.

    :raises SettingsError: the SQLite library is too old to be trusted with a WAL.
    """
    if settings.is_sqlite:
        version = tuple(int(part) for part in pysqlite3.dbapi2.sqlite_version.split("."))
        if version < MIN_SQLITE:
            raise SettingsError(
                f"SQLite {pysqlite3.dbapi2.sqlite_version} can corrupt a busy database. "
                "Install pysqlite3 0.6.1 or newer."
            )
        return {
            "module": pysqlite3.dbapi2,
            "connect_args": {"timeout": 5},
            **READS,
            **POOL,
        }
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, **READS, **POOL}


def database_url(settings: Settings) -> str:
    """Return the URL of the database, with its driver named."""
    return name_driver(settings.effective_database_url)


def name_driver(url: str) -> str:
    """Return a URL with its driver named: `postgresql://` means psycopg 3 here."""
    if url.startswith("postgresql://"):
        return "postgresql+psycopg://" + url.removeprefix("postgresql://")
    return url


def prepare_engine(engine: Engine) -> None:
    """Attach the hooks that the engine needs as it connects and begins."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _note_pooler)
        return

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        told = record.info
        told["path"] = connection.execute("PRAGMA database_list").fetchone()[2]
        told["file"] = _identify(told["path"])
        connection.isolation_level = None  # the begin hook below opens the transactions
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        told = connection.connection.info
        if told["file"] != _identify(told["path"]):
            log.error("the database file was replaced under the server path=%s", told["path"])
            raise Unavailable(
                "The database was replaced while the service ran. Nothing was stored. The service"
                " must be started again.",
                code="database_replaced",
            )
        writes = connection.get_execution_options().get(WRITE_OPTION, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _note_pooler(connection: Any, record: ConnectionPoolEntry) -> None:
    """Prepare no statements on a connection that a pooler such as PgBouncer shares.

    Behind one that shares connections by transaction, a prepared statement is on another server
    process when it is used again: 128 of 960 transactions failed. A pooler tells another process
    number than that of the server process, so no setting is needed that somebody could forget.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [number] = cursor.fetchone()
    connection.rollback()
    record.info[POOLED] = number != connection.info.backend_pid
    if record.info[POOLED]:
        connection.prepare_threshold = None


def is_pooled(session: Session) -> bool:
    """Return whether a pooler is between this process and PostgreSQL."""
    return bool(session.connection().connection.info.get(POOLED, False))


def _identify(path: str) -> tuple[int, int] | None:
    """Return which file a path names now; None for a database in memory, or one that is gone."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def init_database(app: Flask, settings: Settings) -> None:
    """Bind the database to the app. Connections are made at first use, after any fork."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(settings)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    if settings.is_sqlite:
        settings.instance_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.extensions[WRITE_LOCK] = make_write_lock(settings)
    if settings.database_replica_url:
        app.extensions[EXTENSION] = Replica(lambda: _connect_replica(settings))
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def _connect_replica(settings: Settings) -> Engine:
    engine = create_engine(name_driver(settings.database_replica_url), **engine_options(settings))
    prepare_engine(engine)
    return engine


def make_write_lock(settings: Settings) -> Callable[[], AbstractContextManager[None]]:
    """Return what a write waits for before it begins: a lock on SQLite, nothing on PostgreSQL."""
    if not settings.is_sqlite:
        return nullcontext
    database = make_url(settings.effective_database_url).database or ""
    return WriteLock(Path(f"{database}-turn")).take


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open the one write transaction of a request or command. Commit at the end, or roll back."""
    session = db.session()
    # What is written and sealed is made of plain texts: the marks are for pages.
    before = MARKS_TYPED.set(False)
    goes_on = session.info.pop(GLANCED, False) and session.in_transaction()
    if not goes_on:
        session.rollback()  # a read left open would make this a second BEGIN
    with current_app.extensions[WRITE_LOCK]():
        if not goes_on:
            session.connection(execution_options={WRITE_OPTION: True})
        try:
            yield session
            session.commit()
            note_written(session)
        except BaseException:
            session.rollback()
            raise
        finally:
            MARKS_TYPED.reset(before)


@contextmanager
def reading(*, snapshot: bool = False, fresh: bool = True) -> Iterator[Session]:
    """Open a read transaction, in which nothing is written.

    :param snapshot: all selects see the same moment. On SQLite every read transaction does.
    :param fresh: False for what may be seconds old: a read replica answers, if there is one. It
        has all that the person who asks has written. `g.as_of` tells the time of its newest change.
    """
    late = None if fresh else open_replica()
    if late is not None:
        with late:
            if snapshot:
                late.rollback()
                late.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield late
        return
    session = db.session()
    session.info.pop(GLANCED, None)
    if snapshot and session.get_bind().dialect.name == "postgresql":
        session.rollback()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def writing_beside() -> Iterator[Session]:
    """Open a short write transaction on another connection, beside a read that goes on.

    For how far a long read is: `unit_of_work` would end it.
    """
    with (
        current_app.extensions[WRITE_LOCK](),
        db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection,
        Session(connection) as session,
    ):
        yield session
        session.commit()
        connection.commit()


@contextmanager
def glancing() -> Iterator[Session]:
    """Read a row past the ORM as a request begins; on PostgreSQL its work goes on from there.

    A separate transaction would cost four round trips more. On SQLite it ends: a read cannot
    become a write once somebody else has written.
    """
    session = db.session()
    try:
        yield session
    except BaseException:
        session.rollback()
        raise
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
    else:
        session.info[GLANCED] = True


def is_a_race(error: DBAPIError) -> bool:
    """Return whether another transaction was quicker, so that trying again helps."""
    if isinstance(error, IntegrityError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01"}  # serialization failure, deadlock


def is_trouble(error: DBAPIError) -> bool:
    """Return whether the database cannot answer now; False if the statement is wrong."""
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return True
    # A read error in the middle of a file surfaces as a plain DatabaseError.
    return "malformed" in str(error.orig) or "disk" in str(error.orig)


def transact(work: Callable[[Session], T]) -> T:
    """Run the work in a unit of work. If it loses a race, run it again from the start.

    This matters when the same scan is delivered twice at once and both meet at the unique key: the
    second delivery, tried again, finds the first one's answer.
    """
    name = getattr(work, "__qualname__", type(work).__qualname__)
    for attempt in range(RETRIES):
        try:
            with (
                span("transaction", **{"code.function.name": name}),
                unit_of_work() as session,
            ):
                return work(session)
        except DBAPIError as error:
            if not is_a_race(error) or attempt == RETRIES - 1:
                raise
    raise AssertionError("the loop above returns or raises")
