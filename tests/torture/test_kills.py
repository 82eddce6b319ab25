"""Backup, restore, upgrade and first start, killed anywhere: what is there is old or new, and whole."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite
import pytest
from flask import Flask

from scanner_app.cli import context, serve
from scanner_app.cli import db as db_commands
from scanner_app.cli.serve import Server
from scanner_app.cli.tls import addresses, certificate, trust_pages
from scanner_app.cli.tls.leaf import LEAF
from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage import guards
from scanner_app.storage.database import db
from scanner_app.storage.first_start import refuse_to_begin_anew
from scanner_app.storage.schema import newest_revision
from tests.support.databases import SECRET, PostgresTemplate, SqliteTemplate, build_app
from tests.support.kills import KILLS, NEW, OLD, Kill, run, torment, total
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.torture

DATA = Path(__file__).parents[1] / "data"
REVISION = "SELECT version_num FROM alembic_version"
assert certificate, trust_pages  # imported before the forks, or each would import them


@pytest.fixture(scope="module", autouse=True)
def _say_how_many(request) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{sum(total.values())} kills: {dict(total)}")


@pytest.fixture(autouse=True)
def _commands(monkeypatch, tmp_path):
    """Build the app of each command as tests do, with the settings of this test."""

    def make_app(settings: Settings) -> Flask:
        # One for all, whichever key is made: what is forked has it already.
        return build_app(replace(settings, secret_key=SECRET))

    for module in (context, serve, db_commands):
        monkeypatch.setattr(module, "create_app", make_app)
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")
    # Tests ask no network for the address of this machine.
    monkeypatch.setattr(addresses, "_own_addresses", set)
    make_app(Settings.from_env())


def call(command, *arguments: str) -> None:
    command.main(list(arguments), standalone_mode=False)


def run_sqlite(file: Path, statement: str) -> list:
    with closing(sqlite.connect(file)) as connection:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows


def read_whole(file: Path) -> str:
    """Return the one category of a register that is whole."""
    assert run_sqlite(file, "PRAGMA integrity_check") == [("ok",)]
    [(name,)] = run_sqlite(file, "SELECT name FROM category")
    return str(name)


class TestSqlite:
    @pytest.fixture
    def register(self, sqlite_template: SqliteTemplate, tmp_path: Path) -> Path:
        sqlite_template.make(tmp_path / "instance")
        register = tmp_path / "instance" / "scanner.sqlite3"
        run_sqlite(register, f"INSERT INTO category (name) VALUES ('{NEW}')")
        # The guards are compared with those of the migrations, which are kept in memory: here, so
        # that no kill is spent on making them.
        guards.expected_guards()
        return register

    def test_a_backup_is_the_older_file_or_a_whole_one(self, register, tmp_path):
        copy, older = tmp_path / "copy", tmp_path / "older"
        shutil.copy(register, older)
        run_sqlite(older, f"UPDATE category SET name = '{OLD}'")

        def find_state() -> str:
            assert read_whole(register) == NEW
            return read_whole(copy)

        torment(
            "backups on SQLite",
            lambda: call(db_commands.backup_command, str(copy)),
            prepare=lambda: shutil.copy(older, copy),
            find_state=find_state,
            size=register.stat().st_size,
        )

    def test_a_restore_leaves_the_old_or_the_new_register(self, register, tmp_path):
        backup, older = tmp_path / "backup", tmp_path / "older"
        shutil.copy(register, backup)
        run_sqlite(register, f"UPDATE category SET name = '{OLD}'")
        shutil.copy(register, older)

        def find_state() -> str:
            for kept in register.parent.glob("*.before-restore*"):
                assert read_whole(kept) == OLD
            state = read_whole(register)
            call(db_commands.restore_command, str(backup))
            assert read_whole(register) == NEW
            kept = [file.stat().st_ino for file in register.parent.glob("*.before-restore*")]
            assert len(kept) == len(set(kept))
            return state

        torment(
            "restores on SQLite",
            lambda: call(db_commands.restore_command, str(backup)),
            prepare=lambda: put(older, register),
            find_state=find_state,
            size=register.stat().st_size,
        )

    def test_a_restore_into_an_empty_folder_leaves_nothing_or_all(self, register, tmp_path):
        backup = tmp_path / "backup"
        shutil.copy(register, backup)

        def find_state() -> str:
            state = read_whole(register) if register.exists() else OLD
            if state == OLD:  # no server takes the place for an empty one, once there was a file
                if list(register.parent.glob(f"{register.name}*")):
                    with pytest.raises(ScannerAppError, match="restore"):
                        refuse_to_begin_anew(Settings.from_env())
                call(db_commands.restore_command, str(backup))
            assert read_whole(register) == NEW
            return state

        torment(
            "restores into an empty folder",
            lambda: call(db_commands.restore_command, str(backup)),
            prepare=lambda: shutil.rmtree(register.parent),
            find_state=find_state,
            count=KILLS // 2,
            size=backup.stat().st_size,
        )

    def test_an_upgrade_leaves_the_old_or_the_new_schema(self, register, tmp_path):
        older = tmp_path / "older"
        with closing(sqlite.connect(older)) as connection:
            connection.executescript((DATA / "schema_0006.sqlite.sql").read_text(encoding="utf-8"))
        scans = run_sqlite(older, "SELECT scan_id, code FROM scan ORDER BY id")
        assert scans

        def find_state() -> str:
            read_whole(register)
            assert run_sqlite(register, "SELECT scan_id, code FROM scan ORDER BY id") == scans
            before = run_sqlite(register, REVISION)
            call(db_commands.upgrade)
            assert run_sqlite(register, REVISION) == [(newest_revision(),)]
            return NEW if before == [(newest_revision(),)] else OLD

        torment(
            "upgrades on SQLite",
            lambda: call(db_commands.upgrade),
            prepare=lambda: put(older, register),
            find_state=find_state,
            count=KILLS // 2,
            size=older.stat().st_size,
        )

    def test_a_first_start_is_made_good_by_the_next(self, register, tmp_path, monkeypatch):
        said, size = tmp_path / "said", register.stat().st_size
        monkeypatch.setattr(Server, "run", lambda _server: None)  # up to where it would serve

        def start() -> None:
            sys.stdout = said.open("w")
            call(serve.serve_command, "--install-port", "0", "--port", "9443")
            sys.stdout.flush()

        def find_state() -> str:
            was_begun = register.exists() and bool(run_sqlite(register, "PRAGMA table_list(scan)"))
            if was_begun:
                assert run_sqlite(register, REVISION) == [(newest_revision(),)]
            run(start, Kill())
            assert_begun(register.parent, said.read_text())
            return NEW if was_begun else OLD

        torment(
            "first starts on SQLite",
            start,
            prepare=lambda: shutil.rmtree(register.parent, ignore_errors=True),
            find_state=find_state,
            count=KILLS // 2,
            size=size,
        )


def put(file: Path, register: Path) -> None:
    """Put a file in the place of a register, and clear away what earlier kills left."""
    for left in register.parent.glob(f"{register.name}*"):
        left.unlink()
    shutil.copy(file, register)


def assert_begun(instance: Path, said: str) -> None:
    """Raise unless a server has begun: with a link for its admin, keys, and a whole register."""
    [link] = re.findall(r"/links/\S+", said)
    app = build_app(Settings.from_env())
    assert app.test_client().get(link).status_code == 200
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            assert guards.missing_guards(db.engine) == []
        db.session.remove()
        db.engine.dispose()
    assert len((instance / "secret-key").read_text()) > 40
    leaf = instance / "tls" / LEAF
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(leaf)


class TestPostgres:
    @pytest.fixture
    def url(self, postgres_template: PostgresTemplate, monkeypatch) -> Iterator[str]:
        made = postgres_template.make_new()
        monkeypatch.setenv("SCANNER_DATABASE_URL", made)
        run_postgres(made, f"INSERT INTO category (name) VALUES ('{NEW}')")
        yield made
        postgres_template.discard(made)

    def test_a_backup_is_the_older_file_or_a_whole_one(self, url, tmp_path):
        copy, older = tmp_path / "copy", tmp_path / "older"
        older.write_text("older")

        def find_state() -> str:
            await_alone(url)
            assert read_category(url) == NEW
            if copy.read_bytes() == b"older":
                return OLD
            subprocess.run(["pg_restore", "--file=/dev/null", copy], check=True)
            return NEW

        torment(
            "backups on PostgreSQL",
            lambda: call(db_commands.backup_command, str(copy)),
            prepare=lambda: shutil.copy(older, copy),
            find_state=find_state,
            count=KILLS // 4,
        )

    def test_a_restore_leaves_the_old_or_the_new_register(self, url, tmp_path):
        backup = tmp_path / "backup"
        call(db_commands.backup_command, str(backup))

        def prepare() -> None:
            run_postgres(url, f"UPDATE category SET name = '{OLD}'")
            run_postgres(url, "DROP SCHEMA IF EXISTS before_restore_1 CASCADE")

        def find_state() -> str:
            await_alone(url)
            if (state := read_category(url)) == NEW:
                assert read_category(url, "before_restore_1") == OLD
            call(db_commands.upgrade)  # as the page on operations says after a kill
            assert run_postgres(url, REVISION) == [(newest_revision(),)]
            return state

        torment(
            "restores on PostgreSQL",
            lambda: call(db_commands.restore_command, str(backup)),
            prepare=prepare,
            find_state=find_state,
            count=KILLS // 4,
        )

    def test_an_upgrade_leaves_the_old_or_the_new_schema(self, url, postgres_server):
        script = (DATA / "schema_0006.postgres.sql").read_text(encoding="utf-8")
        name = url.partition("@/")[2].partition("?")[0]
        older = f"{name}_older"
        renew(postgres_server, older, "template0")
        run_postgres(postgres_server.url(older), script)
        scans = run_postgres(
            postgres_server.url(older), "SELECT scan_id, code FROM scan ORDER BY id"
        )
        assert scans

        def find_state() -> str:
            await_alone(url)
            assert run_postgres(url, "SELECT scan_id, code FROM scan ORDER BY id") == scans
            before = run_postgres(url, REVISION)
            call(db_commands.upgrade)
            assert run_postgres(url, REVISION) == [(newest_revision(),)]
            return NEW if before == [(newest_revision(),)] else OLD

        torment(
            "upgrades on PostgreSQL",
            lambda: call(db_commands.upgrade),
            prepare=lambda: renew(postgres_server, name, older),
            find_state=find_state,
            count=KILLS // 4,
        )
        postgres_server.execute(f"DROP DATABASE {older}")

    def test_a_first_start_is_made_good_by_the_next(
        self, url, postgres_server, tmp_path, monkeypatch
    ):
        said, name = tmp_path / "said", url.partition("@/")[2].partition("?")[0]
        monkeypatch.setattr(Server, "run", lambda _server: None)

        def start() -> None:
            sys.stdout = said.open("w")
            call(db_commands.upgrade)
            call(serve.serve_command, "--install-port", "0", "--port", "9443")
            sys.stdout.flush()

        def prepare() -> None:
            renew(postgres_server, name, "template0")
            shutil.rmtree(tmp_path / "instance", ignore_errors=True)

        def find_state() -> str:
            await_alone(url)
            found = run_postgres(url, "SELECT to_regclass('scan'), to_regclass('alembic_version')")
            assert found in ([("scan", "alembic_version")], [(None, None)])
            run(start, Kill())
            assert_begun(tmp_path / "instance", said.read_text())
            return NEW if found[0][0] else OLD

        torment(
            "first starts on PostgreSQL",
            start,
            prepare=prepare,
            find_state=find_state,
            count=KILLS // 8,
        )


def run_postgres(url: str, statement: str) -> list:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def read_category(url: str, schema: str = "public") -> str:
    [(name,)] = run_postgres(url, f"SELECT name FROM {schema}.category")
    return str(name)


def renew(server: PostgresServer, name: str, template: str) -> None:
    """Make a database again from another."""
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def await_alone(url: str) -> None:
    """Wait for the tools that outlived their command: what they began, they end."""
    until = time.monotonic() + 30
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    while run_postgres(url, others) != [(0,)]:
        assert time.monotonic() < until
        time.sleep(0.01)
