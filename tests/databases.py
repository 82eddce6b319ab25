"""A real SQLite file and a real PostgreSQL for every test: migrated once, copied for each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from scanner_app.config import Settings
from scanner_app.extensions.database import db
from scanner_app.extensions.schema import upgrade_schema
from tests.support.apps import build_app

SECRET = "a-secret-for-tests-only-0123456789abcdef"


def find_postgres() -> Path | None:
    """Give the folder of the newest PostgreSQL server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    if found:
        return found[-1].parent
    which = shutil.which("initdb")
    return Path(which).parent if which else None


@dataclass(frozen=True)
class PostgresServer:
    """A server of our own in a temporary folder, on a unix socket only."""

    bin: Path
    home: Path
    port: int = 54329

    def dsn(self, database: str) -> str:
        return f"host={self.home} port={self.port} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}&port={self.port}"

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql)


def _as_postgres() -> dict:
    # The server refuses to run as root; containers usually are.
    return {"user": "postgres"} if os.geteuid() == 0 else {}


@contextmanager
def run_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Start a PostgreSQL server of our own; `durable` keeps fsync on, for torture."""
    folder = find_postgres()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="scanner-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data = home / "data"
    subprocess.run(
        [
            folder / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        capture_output=True,
        cwd=home,
        **_as_postgres(),
    )
    fast = (
        []
        if durable
        else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    )
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [
                folder / "postgres",
                "-D",
                data,
                "-k",
                home,
                "-p",
                "54329",
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=120",
                *fast,
            ],
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=home,
            **_as_postgres(),
        )
    try:
        postgres = PostgresServer(folder, home)
        for _ in range(200):
            ready = subprocess.run(
                [folder / "pg_isready", "-q", "-h", home, "-p", "54329"], check=False
            )
            if ready.returncode == 0:
                break
            if server.poll() is not None:
                raise RuntimeError((home / "log").read_text())
            time.sleep(0.05)  # the server says itself when it is ready
        yield postgres
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def make_settings(folder: Path, url: str = "", **changes: object) -> Settings:
    values: dict = {
        "database_url": url,
        "instance_dir": folder,
        "secret_key": SECRET,
        "secure_cookies": False,
        "log_level": "WARNING",
        **changes,
    }
    return Settings(**values)


class SqliteTemplate:
    """One migrated empty file; each test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        app = build_app(make_settings(folder / "template"))
        with app.app_context():
            upgrade_schema()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        self.file = folder / "template" / "scanner.sqlite3"

    def make(self, folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.file, folder / "scanner.sqlite3")
        return f"sqlite:///{folder / 'scanner.sqlite3'}"

    def drop(self, url: str) -> None:
        """The folder belongs to the test."""


class PostgresTemplate:
    """One migrated empty database; each test gets a copy, made by the server."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.name = f"template_{uuid.uuid4().hex[:8]}"
        server.execute(f"CREATE DATABASE {self.name}")
        app = build_app(make_settings(folder / "template", server.url(self.name)))
        with app.app_context():
            upgrade_schema()
            db.engine.dispose()

    def make(self, folder: Path) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {self.name} STRATEGY FILE_COPY")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


if __name__ == "__main__":  # a server to try things on: python -m tests.databases
    with run_postgres() as running:
        running.execute("CREATE DATABASE scanner")
        print(running.url("scanner"))
        sys.stdin.read()
