"""Backup and restore on PostgreSQL: as on SQLite, old or new, never half, never for others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from scanner_app.cli.db import backup_command, restore_command
from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.schema import newest_revision


def invoke(command, file: Path):
    return CliRunner().invoke(command, [str(file)])


@pytest.fixture
def url(postgres_template, tmp_path, monkeypatch):
    # A restore refuses while anybody is connected, and the template keeps a connection to each
    # database that it has emptied.
    made = postgres_template.make_new()
    monkeypatch.setenv("SCANNER_DATABASE_URL", made)
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")
    yield made
    postgres_template.discard(made)


def run_sql(url: str, statement: str) -> list:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def names(url: str, schema: str = "public") -> list[str]:
    return [row[0] for row in run_sql(url, f"SELECT name FROM {schema}.category ORDER BY name")]


class TestRestore:
    def test_keeps_what_it_replaces_in_a_schema(self, url, tmp_path):
        run_sql(url, "INSERT INTO category (name) VALUES ('Ours')")
        copy = tmp_path / "day#1.dump"
        done = invoke(backup_command, copy)
        assert done.exit_code == 0, done.exception
        assert copy.stat().st_mode & 0o077 == 0
        run_sql(url, "INSERT INTO category (name) VALUES ('Since')")

        first, second = invoke(restore_command, copy), invoke(restore_command, copy)

        assert first.exit_code == 0, first.exception
        assert second.exit_code == 0, second.exception
        assert names(url) == ["Ours"]
        assert names(url, "before_restore_1") == ["Ours", "Since"]
        assert names(url, "before_restore_2") == ["Ours"]
        with pytest.raises(psycopg.errors.RaiseException):
            run_sql(url, "TRUNCATE scan CASCADE")

    def test_refuses_beside_anybody_who_is_connected(self, url, tmp_path):
        copy = tmp_path / "copy"
        assert invoke(backup_command, copy).exit_code == 0
        with psycopg.connect(url.replace("+psycopg", "")) as idle:
            idle.execute("INSERT INTO category (name) VALUES ('Now')")
            idle.commit()

            done = invoke(restore_command, copy)

        assert "in use" in str(done.exception)
        assert names(url) == ["Now"]

    def test_refuses_dumps_of_something_else_and_leaves_everything(self, url, tmp_path):
        run_sql(url, "INSERT INTO category (name) VALUES ('Ours')")
        copy = tmp_path / "copy"
        assert invoke(backup_command, copy).exit_code == 0
        run_sql(url, "UPDATE alembic_version SET version_num = '9999'")
        newer = tmp_path / "newer"
        assert dump(url, newer).returncode == 0
        foreign = tmp_path / "foreign"
        assert dump(url, foreign, "--table=category").returncode == 0
        cut = tmp_path / "cut"
        cut.write_bytes(copy.read_bytes()[:-2000])
        text = tmp_path / "text"
        text.write_text("SELECT 1")
        run_sql(url, f"UPDATE alembic_version SET version_num = '{newest_revision()}'")

        for spoiled in (newer, foreign, cut, text):
            done = invoke(restore_command, spoiled)

            assert isinstance(done.exception, ScannerAppError), (spoiled, done.exception)
            assert names(url) == ["Ours"]
            schemas = run_sql(url, "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'before%'")
            assert schemas == []


def dump(url: str, file: Path, *arguments: str) -> subprocess.CompletedProcess:
    address = url.replace("+psycopg", "")
    return subprocess.run(
        ["pg_dump", "--format=custom", f"--file={file}", *arguments, "--dbname", address],
        check=False,
    )


class TestBackup:
    """With a pg_dump that fails in the middle: nothing is needed but its name."""

    @pytest.fixture
    def failing(self, url, tmp_path, monkeypatch):
        tools = tmp_path / "tools"
        tools.mkdir()
        script = tools / "pg_dump"
        script.write_text(
            f'#!/bin/sh\necho "$@" >{tmp_path}/arguments\necho "$PGPASSWORD" >{tmp_path}/secret\n'
            "echo half; exit 1\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        address = url.replace("postgres@", "postgres:s3cret-word@")
        monkeypatch.setenv("SCANNER_DATABASE_URL", address)

    @pytest.mark.usefixtures("failing")
    def test_that_fails_leaves_the_older_file_and_shows_no_password(self, tmp_path):
        copy = tmp_path / "copy"
        copy.write_text("older")

        done = invoke(backup_command, copy)

        assert "pg_dump failed" in str(done.exception)
        assert copy.read_text() == "older"
        assert not (tmp_path / "copy.partial").exists()
        assert "s3cret-word" not in (tmp_path / "arguments").read_text()
        assert (tmp_path / "secret").read_text() == "s3cret-word\n"
