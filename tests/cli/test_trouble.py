"""What the console script says where a folder, a file or the database cannot be used."""

from __future__ import annotations

import errno
import os
import stat
import sys

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy.exc import OperationalError

from scanner_app import cli


@pytest.fixture(autouse=True)
def mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def run(monkeypatch, capsys):
    """`run("users", "list")` runs the script; gives how it ended and what it said."""

    def invoke(*words: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["scanner-app", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr().err

    return invoke


class TestMain:
    @pytest.mark.parametrize("words", [("serve", "--http"), ("users", "list"), ("backup", "copy")])
    def test_tells_in_a_sentence_of_a_folder_that_takes_no_files(self, run, monkeypatch, words):
        monkeypatch.setenv("SCANNER_INSTANCE_DIR", "/proc/scanner")

        code, said = run(*words)

        assert code == 2
        assert "/proc/scanner" in said
        assert "Traceback" not in said
        assert said.count("\n") == 1

    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.EROFS, "Read-only file system", "instance/secret-key"),
            PermissionError(errno.EACCES, "Permission denied", "instance/serving.lock"),
            OperationalError(
                "x", {}, sqlite.OperationalError("attempt to write a readonly database")
            ),
        ],
    )
    def test_tells_in_a_sentence_what_cannot_be_written(self, run, monkeypatch, error):
        def fail(**_options):
            raise error

        monkeypatch.setattr(cli, "group", fail)

        code, said = run("backup", "x")

        assert code == 2
        assert said.startswith("scanner-app: ")
        assert "ead-only" in said or "denied" in said or "readonly" in said

    def test_writes_for_its_owner_alone_in_a_folder_that_was_there(
        self, run, monkeypatch, tmp_path
    ):
        tmp_path.chmod(0o755)
        monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path))
        monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")
        monkeypatch.setattr(sys, "argv", ["scanner-app", "users", "list"])

        cli.main()

        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert "scanner.sqlite3" in {path.name for path in files}
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}
