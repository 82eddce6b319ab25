"""The changelog and the version belong together, and `make release` moves both."""

from __future__ import annotations

import re

import pytest

from scanner_app.config import Settings
from scripts.release import (
    CHANGELOG,
    PYPROJECT,
    ReleaseError,
    cut_changelog,
    find_version,
    set_version,
)
from scripts.sql import find_command

DAY = "2026-12-24"
TEXT = "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- A thing.\n\n## 0.2.0 - 2026-11-30\n"


class TestChangelog:
    def test_starts_with_unreleased_and_then_the_version_of_the_package(self):
        headings = re.findall(r"^## (.+)$", CHANGELOG.read_text(), re.MULTILINE)

        version = find_version(PYPROJECT.read_text())
        assert headings[0] == "Unreleased"
        assert headings[1].startswith(f"{version} - ")
        assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", h) for h in headings[1:])

    def test_groups_its_lines_as_keep_a_changelog_does(self):
        text = CHANGELOG.read_text()

        groups = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
        assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        # One line for one change, so that a reader can go down the list.
        assert [line for line in text.splitlines() if line.startswith(("  ", "* "))] == []


class TestCutChangelog:
    def test_moves_the_unreleased_lines_under_the_version(self):
        text = cut_changelog(TEXT, version="0.3.0", day=DAY)

        assert (
            text.index("## Unreleased") < text.index(f"## 0.3.0 - {DAY}") < text.index("- A thing.")
        )
        assert text.count("## Unreleased") == 1

    def test_refuses_to_release_nothing(self):
        with pytest.raises(ReleaseError, match="is empty"):
            cut_changelog(TEXT.replace("### Fixed\n\n- A thing.\n", ""), version="0.3.0", day=DAY)


class TestSetVersion:
    def test_changes_the_version_of_the_package_only(self):
        text = '[project]\nversion = "0.2.0"\ndependencies = ["x>=0.2.0"]\n'

        changed = set_version(text, version="0.10.0")

        assert changed == text.replace('version = "0.2.0"', 'version = "0.10.0"')

    @pytest.mark.parametrize("version", ["", "0.3", "v0.3.0", "0.2.0", "0.1.9"])
    def test_refuses_a_version_that_is_malformed_or_not_newer(self, version):
        with pytest.raises(ReleaseError):
            set_version('[project]\nversion = "0.2.0"\n', version=version)


class TestDatabaseShell:
    def test_opens_sqlite_for_reading_only(self, tmp_path):
        command, _ = find_command(Settings(instance_dir=tmp_path))

        assert command[:2] == ["sqlite3", "-readonly"]
        assert command[-1] == str(tmp_path / "scanner.sqlite3")

    def test_opens_postgresql_for_reading_only(self):
        command, extra = find_command(Settings(database_url="postgresql+psycopg://u@db/scanner"))

        assert command == ["psql", "postgresql://u@db/scanner"]
        assert "read_only=on" in extra["PGOPTIONS"]
