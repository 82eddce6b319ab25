"""Backup and restore: a file that is not a backup of ours is refused before anything changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from click.testing import CliRunner

from scanner_app.cli.accounts import list_users
from scanner_app.cli.db import backup_command, restore_command
from scanner_app.cli.files import sqlite_copies
from scanner_app.cli.serve import serve_command
from scanner_app.domain.errors import ScannerAppError, Unavailable
from scanner_app.storage.database import unit_of_work
from scanner_app.storage.file_store import FOLDER, FolderStore
from tests.support.databases import SqliteTemplate, build_app, make_settings

OF_VERSION_0_1 = Path(__file__).parents[1] / "data" / "schema_0006.sqlite.sql"


@pytest.fixture
def instance(sqlite_template: SqliteTemplate, tmp_path: Path, monkeypatch) -> Path:
    """An instance with a register that holds one category, `Ours`."""
    folder = tmp_path / "instance"
    sqlite_template.make(folder)
    run_sql(folder / "scanner.sqlite3", "INSERT INTO category (name) VALUES ('Ours')")
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(folder))
    monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")
    return folder


def run_sql(file: Path, statement: str) -> list:
    connection = sqlite.connect(file)
    try:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def names(file: Path) -> list[str]:
    return [row[0] for row in run_sql(file, "SELECT name FROM category ORDER BY name")]


def invoke(command, file: Path):
    return CliRunner().invoke(command, [str(file)])


class TestFiles:
    def test_of_assets_go_with_a_backup_and_come_back_with_it(self, instance, tmp_path):
        store = FolderStore(instance / FOLDER)
        name = store.put(b"a picture")
        run_sql(
            instance / "scanner.sqlite3",
            "INSERT INTO asset_model (id, name, model_number, manufacturer) VALUES (1, 'M', '', '');",
        )
        run_sql(
            instance / "scanner.sqlite3",
            "INSERT INTO attachment (uuid, kind, model_id, sha256, media_type, filename, size,"
            f" taken_at, actor, actor_name) VALUES ('{name[:32]}', 'picture', 1, '{name}',"
            " 'image/jpeg', 'a.jpg', 9, '2026-03-02 09:00:00.000000', 'user:1', 'Ana')",
        )
        backed = invoke(backup_command, tmp_path / "b.db")
        shutil.rmtree(instance / FOLDER)

        restored = invoke(restore_command, tmp_path / "b.db")
        shutil.rmtree(instance / FOLDER)
        shutil.rmtree(tmp_path / "b.db.files")
        without = invoke(restore_command, tmp_path / "b.db")

        assert "1 pictures and documents are in" in backed.output, backed.output
        assert "1 pictures and documents were restored" in restored.output, restored.output
        assert "missing" not in restored.output
        assert "1 pictures and documents are missing" in without.output, without.output

    def test_that_are_damaged_stop_a_backup(self, instance, tmp_path):
        name = FolderStore(instance / FOLDER).put(b"a picture")
        (instance / FOLDER / name[:2] / name).write_bytes(b"wrong")

        assert "damaged" in str(invoke(backup_command, tmp_path / "b.db").exception)


def make_newer(file: Path, good: Path) -> None:
    shutil.copy(good, file)
    run_sql(file, "UPDATE alembic_version SET version_num = '9999'")


def make_too_old(file: Path, good: Path) -> None:
    shutil.copy(good, file)
    run_sql(file, "UPDATE alembic_version SET version_num = '0003'")


def make_unversioned(file: Path, good: Path) -> None:
    shutil.copy(good, file)
    run_sql(file, "DELETE FROM alembic_version")


def make_foreign(file: Path, _good: Path) -> None:
    run_sql(file, "CREATE TABLE other (id INTEGER)")


def make_short(file: Path, good: Path) -> None:
    file.write_bytes(good.read_bytes()[: good.stat().st_size // 2])


def make_altered(file: Path, good: Path) -> None:
    data = bytearray(good.read_bytes())
    for offset in range(8192, len(data), 4096):
        data[offset : offset + 64] = b"\xff" * 64
    file.write_bytes(data)


def make_archive(file: Path, good: Path) -> None:
    with tarfile.open(file, "w") as archive:
        archive.add(good, arcname="../../etc/scanner.sqlite3")


def make_zip(file: Path, good: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(good, "../scanner.sqlite3")


def make_empty(file: Path, _good: Path) -> None:
    file.write_bytes(b"")


class TestRestore:
    @pytest.mark.parametrize(
        "spoil",
        [
            make_newer,
            make_too_old,
            make_unversioned,
            make_foreign,
            make_short,
            make_altered,
            make_archive,
            make_zip,
            make_empty,
        ],
    )
    def test_refuses_a_file_that_is_not_a_backup_and_leaves_everything(
        self, instance, tmp_path, spoil
    ):
        register = instance / "scanner.sqlite3"
        spoiled = tmp_path / "spoiled"
        spoil(spoiled, register)
        before = register.read_bytes()

        done = invoke(restore_command, spoiled)

        assert isinstance(done.exception, ScannerAppError), done.exception
        assert str(spoiled) in str(done.exception)
        assert register.read_bytes() == before
        assert names(register) == ["Ours"]
        assert not [file.name for file in instance.iterdir() if "incoming" in file.name]

    def test_keeps_what_it_replaces(self, instance, tmp_path):
        copy = tmp_path / "copy"
        assert invoke(backup_command, copy).exit_code == 0
        register = instance / "scanner.sqlite3"
        run_sql(register, "INSERT INTO category (name) VALUES ('Since')")

        done = invoke(restore_command, copy)

        assert done.exit_code == 0, done.exception
        assert names(register) == ["Ours"]
        kept = instance / "scanner.sqlite3.before-restore"
        assert names(kept) == ["Ours", "Since"]
        assert invoke(restore_command, copy).exit_code == 0
        assert names(kept) == ["Ours", "Since"]
        assert names(instance / "scanner.sqlite3.before-restore-2") == ["Ours"]

    def test_upgrades_a_backup_of_version_01(self, instance, tmp_path):
        backup = tmp_path / "backup"
        connection = sqlite.connect(backup)
        connection.executescript(OF_VERSION_0_1.read_text(encoding="utf-8"))
        connection.close()

        done = invoke(restore_command, backup)

        assert done.exit_code == 0, done.exception
        assert names(instance / "scanner.sqlite3") == ["Laptops"]
        assert names(instance / "scanner.sqlite3.before-restore") == ["Ours"]
        said = run_sql(instance / "scanner.sqlite3", "SELECT count(reader_said) FROM scan")
        assert said == [(3,)]

    def test_refuses_while_the_service_writes(self, instance, tmp_path):
        copy = tmp_path / "copy"
        invoke(backup_command, copy)
        register = instance / "scanner.sqlite3"
        busy = sqlite.connect(register)
        busy.execute("BEGIN")
        busy.execute("SELECT * FROM category").fetchall()
        other = sqlite.connect(register)
        other.execute("INSERT INTO category (name) VALUES ('Now')")
        other.commit()

        done = invoke(restore_command, copy)

        busy.close()
        other.close()
        assert "in use" in str(done.exception)
        assert not (instance / "scanner.sqlite3.incoming").exists()
        assert names(register) == ["Now", "Ours"]

    def test_refuses_beside_a_server_that_only_has_the_file_open(self, instance, tmp_path):
        copy = tmp_path / "copy"
        invoke(backup_command, copy)
        register = instance / "scanner.sqlite3"
        idle = sqlite.connect(register)
        idle.execute("PRAGMA journal_mode=WAL")
        idle.execute("INSERT INTO category (name) VALUES ('Acknowledged')")
        idle.commit()

        done = invoke(restore_command, copy)

        idle.close()
        assert "in use" in str(done.exception)
        assert names(register) == ["Acknowledged", "Ours"]
        assert sorted(file.name for file in instance.glob("*restore*")) == []

    def test_refuses_while_a_worker_of_any_version_lives(self, instance, tmp_path):
        copy = tmp_path / "copy"
        invoke(backup_command, copy)
        hold = (
            "import sys; from pathlib import Path; from scanner_app.cli.serving_lock import *;"
            "hold_in_use(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
        )
        worker = subprocess.Popen(
            [sys.executable, "-c", hold, str(instance)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout.readline() == "held\n"

        refused = invoke(restore_command, copy)
        worker.communicate("")

        assert "in use" in refused.output
        assert invoke(restore_command, copy).exit_code == 0

    def test_refuses_a_copy_without_its_guards(self, instance, tmp_path):
        copy = tmp_path / "copy"
        invoke(backup_command, copy)
        run_sql(copy, "DROP TRIGGER seal_no_delete")

        done = invoke(restore_command, copy)

        assert "seal_no_delete" in str(done.exception)
        assert names(instance / "scanner.sqlite3") == ["Ours"]

    def test_keeps_no_second_name_of_the_database_from_a_restore_that_was_killed(
        self, instance, tmp_path
    ):
        copy, register = tmp_path / "copy", instance / "scanner.sqlite3"
        invoke(backup_command, copy)
        os.link(register, instance / "scanner.sqlite3.before-restore")

        assert invoke(restore_command, copy).exit_code == 0

        kept = list(instance.glob("*.before-restore*"))
        assert len(kept) == 1


class TestServerWhoseFileWasReplaced:
    def test_answers_503_and_stores_nothing(self, instance, tmp_path):
        app = build_app(make_settings(instance))
        client = app.test_client()
        assert client.get("/readyz").status_code == 200
        other = tmp_path / "other"
        shutil.copy(instance / "scanner.sqlite3", other)
        other.replace(instance / "scanner.sqlite3")

        answer = client.get("/readyz", headers={"Accept": "application/json"})

        assert answer.status_code == 503
        with app.app_context(), pytest.raises(Unavailable), unit_of_work():
            pass


class TestLostDatabase:
    """The database is gone, and something beside it tells that there was one."""

    @pytest.mark.parametrize(
        "sign",
        [
            "audit-key.pem",
            "scanner.sqlite3.incoming",
            "scanner.sqlite3.before-restore-2",
            "scanner.sqlite3-wal",
        ],
    )
    @pytest.mark.parametrize("command", [serve_command, list_users])
    def test_is_not_replaced_by_an_empty_one(self, tmp_path, monkeypatch, sign, command):
        monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path))
        (tmp_path / sign).write_bytes(b"x")

        done = CliRunner().invoke(command, [])

        assert isinstance(done.exception, ScannerAppError), done.exception
        assert sign in str(done.exception)
        assert "restore" in str(done.exception)
        assert not (tmp_path / "scanner.sqlite3").exists()


class TestBackup:
    @pytest.mark.parametrize("name", ["day#1.sqlite3", "a?b", "50%25", "Kopie vom 1. März"])
    def test_takes_any_name(self, instance, tmp_path, name):
        folder = tmp_path / "copies"
        folder.mkdir()

        done = invoke(backup_command, folder / name)

        assert done.exit_code == 0, done.exception
        assert [file.name for file in folder.iterdir()] == [name]
        assert invoke(restore_command, folder / name).exit_code == 0

    def test_that_fails_leaves_the_older_file(self, instance, tmp_path, monkeypatch):
        copy = tmp_path / "copy"
        copy.write_text("older")

        def fail(*_args, **_kwargs):
            raise ScannerAppError("damaged")

        monkeypatch.setattr(sqlite_copies, "check", fail)

        assert invoke(backup_command, copy).exit_code == 1
        assert copy.read_text() == "older"
        assert [file.name for file in tmp_path.glob("copy*")] == ["copy"]

    def test_is_whole_while_others_write(self, instance, tmp_path):
        register = instance / "scanner.sqlite3"
        writer = sqlite.connect(register)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO category (name) VALUES ('Half done')")

        done = invoke(backup_command, tmp_path / "copy")

        writer.rollback()
        writer.close()
        assert done.exit_code == 0, done.exception
        assert "sha256" in done.output
        assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
        assert names(tmp_path / "copy") == ["Ours"]
        assert run_sql(tmp_path / "copy", "PRAGMA integrity_check") == [("ok",)]
        assert not (tmp_path / "copy.partial").exists()

    def test_says_where_it_cannot_write(self, instance, tmp_path):
        done = invoke(backup_command, tmp_path / "none" / "copy")

        assert isinstance(done.exception, ScannerAppError), done.exception
        assert "none" in str(done.exception)
