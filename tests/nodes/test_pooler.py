"""PgBouncer in front of PostgreSQL, sharing connections by transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from scanner_app.storage.database import db, is_pooled, reading
from tests.support.databases import build_app, make_settings

BOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PORT = 54330
pytestmark = [
    pytest.mark.parametrize("database_kind", ["postgres"]),
    pytest.mark.skipif(
        not BOUNCER, reason="PgBouncer is not installed (apt-get install pgbouncer)"
    ),
]


@pytest.fixture
def pooled(database, postgres_server, tmp_path) -> Iterator[str]:
    """The URL of the test's database through PgBouncer, which has four connections for all."""
    home = Path(postgres_server.home) / "bouncer"
    home.mkdir()
    (home / "users").write_text('"postgres" ""\n')
    (home / "bouncer.ini").write_text(
        f"[databases]\n* = host={postgres_server.home} port={postgres_server.port} user=postgres\n"
        "[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 4\nauth_type = any\n"
        f"auth_file = {home}/users\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {home}\n"
        f"logfile = {home}/log\n"
    )
    for path in (home, *home.iterdir()):
        if os.geteuid() == 0:
            shutil.chown(path, "postgres")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    process = subprocess.Popen([BOUNCER, "-q", str(home / "bouncer.ini")], cwd=home, user=user)
    try:
        socket = home / f".s.PGSQL.{PORT}"
        until = time.monotonic() + 10
        while not socket.exists():
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until, "PgBouncer does not start"
            time.sleep(0.02)
        name = database.partition("@/")[2].partition("?")[0]
        yield f"postgresql+psycopg://postgres@/{name}?host={home}&port={PORT}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(home, ignore_errors=True)


def count_failures(engine: Engine) -> int:
    """Run transactions side by side that repeat a statement, and return how many failed."""

    def work(number: int) -> int:
        try:
            with engine.begin() as connection:
                for _ in range(3):
                    value = text("SELECT CAST(:n AS int) + count(*) FROM asset")
                    assert connection.execute(value, {"n": number}).scalar() == number
        except Exception:
            return 1
        return 0

    with ThreadPoolExecutor(12) as pool:
        return sum(pool.map(work, range(300)))


def test_is_noticed_and_needs_no_setting(pooled, tmp_path):
    plain = create_engine(pooled, pool_size=12)  # as SQLAlchemy and psycopg connect by themselves
    assert count_failures(plain) > 0
    plain.dispose()

    app = build_app(make_settings(tmp_path / "instance", pooled))
    with app.app_context():
        with reading() as session:
            assert is_pooled(session)
        failures = count_failures(db.engine)
        db.session.remove()
        db.engine.dispose()
    assert failures == 0
