"""PostgreSQL servers of our own, each in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine."""
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


def _as_postgres() -> dict:  # the server refuses to run as root; containers usually are
    return {"user": "postgres"} if os.geteuid() == 0 else {}


@contextmanager
def run_postgres(*, durable: bool = False, followed: bool = False) -> Iterator[PostgresServer]:
    """Start a PostgreSQL server; `durable` keeps fsync on, `followed` may have a replica."""
    folder = find_postgres()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="scanner-pg-"))
    if user := _as_postgres():
        shutil.chown(home, **user)
    wal = ("wal_level=replica",) if followed else ("wal_level=minimal", "max_wal_senders=0")
    server = _start_postgres(folder, home, options=() if durable else (*FAST, *wal))
    try:
        postgres = PostgresServer(folder, home)
        await_postgres(postgres, server)
        yield postgres
    finally:
        server.send_signal(signal.SIGINT)  # SIGTERM would wait for whoever is still connected
        server.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def _start_postgres(folder: Path, home: Path, *, options: Sequence[str]) -> subprocess.Popen[bytes]:
    data = home / "data"
    cluster = ("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    subprocess.run(
        [folder / "initdb", "-D", data, *cluster],
        check=True,
        capture_output=True,
        cwd=home,
        **_as_postgres(),
    )
    with (home / "log").open("w") as log:
        return subprocess.Popen(
            [
                *(folder / "postgres", "-D", data, "-k", home, "-p", "54329"),
                *("-c", "listen_addresses=", "-c", "max_connections=120"),
                *(word for option in options for word in ("-c", option)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=home,
            **_as_postgres(),
        )


def await_postgres(postgres: PostgresServer, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server takes connections. Raise RuntimeError with its log if it ends before."""
    ask: list[str | Path] = [
        postgres.bin / "pg_isready",
        "-q",
        "-h",
        postgres.home,
        "-p",
        str(postgres.port),
    ]
    for _ in range(200):
        ready = subprocess.run(ask, check=False)
        if ready.returncode == 0:
            break
        if server.poll() is not None:
            raise RuntimeError((postgres.home / "log").read_text())
        time.sleep(0.05)  # the server says itself when it is ready


if __name__ == "__main__":  # a server to try things on: python -m tests.support.postgres
    with run_postgres() as running:
        running.execute("CREATE DATABASE scanner")
        print(running.url("scanner"))
        sys.stdin.read()
