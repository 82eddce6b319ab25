"""Check that docs/hardening.md names tests that exist, and that the pinned libraries are safe."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

import re

import pytest

from scanner_app import ROOT
from scanner_app.config import SettingsError
from scanner_app.storage import database

PAGE = (ROOT / "docs" / "hardening.md").read_text()
LOCK = (ROOT / "requirements" / "run.txt").read_text()


class TestHardeningPage:
    def test_names_only_tests_that_exist(self):
        missing = []
        for file, name in re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE):
            path = ROOT / "tests" / file
            text = path.read_text() if path.exists() else ""
            if not re.search(rf"^(class|\s*def) {name}\b", text, re.MULTILINE):
                missing.append(f"{file}::{name}")

        assert missing == []

    def test_has_a_row_for_each_of_the_86_inputs_in_their_order(self):
        cells = re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE)
        numbers = [int(number) for cell in cells for number in cell.split(",")]

        assert numbers == list(range(1, 87))

    def test_names_a_test_or_a_reason_in_each_row(self):
        rows = [line for line in PAGE.splitlines() if re.match(r"\| F?\d", line)]

        assert [row for row in rows if "::" not in row and "*Not here*" not in row] == []


class TestDependencies:
    def test_are_pinned_by_hash(self):
        pinned = re.findall(r"^[a-z0-9][\w.-]*==\S+.*\\$", LOCK, re.MULTILINE)

        assert len(pinned) > 30
        assert len(pinned) == len(re.findall(r"^[a-z0-9]", LOCK, re.MULTILINE))
        for entry in re.split(r"\n(?=[a-z0-9])", LOCK.strip()):
            assert "--hash=sha256:" in entry, entry[:60]

    def test_include_none_under_the_gpl(self):
        table = (ROOT / "docs" / "licences.md").read_text()
        listed = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", table, re.MULTILINE))
        strong = {n for n, licence in listed.items() if re.search(r"(?<!L)GPL", licence)}

        names = set(re.findall(r"^([a-z0-9][\w.-]*)==", LOCK, re.MULTILINE))
        assert strong == set()
        elsewhere = {"colorama", "greenlet", "pywin32", "tzdata"}  # only on other systems
        assert names - listed.keys() <= elsewhere

    def test_refuse_a_sqlite_that_can_corrupt_a_busy_database(self, monkeypatch, tmp_path):
        from tests.support.databases import make_settings

        monkeypatch.setattr(database.pysqlite3.dbapi2, "sqlite_version", "3.51.2")

        with pytest.raises(SettingsError, match=r"SQLite 3\.51\.2 can corrupt"):
            database.engine_options(make_settings(tmp_path))
