"""Tests that need no second database, and those that ask what each database itself decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Fill, SqliteTemplate


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path, contents: Fill | None) -> str:
    """SQLite alone: for the conftest of a folder whose tests ask little of the database."""
    return sqlite_template.make(tmp_path / "instance", contents)


class OnBoth:
    """A class of tests that run on SQLite and on PostgreSQL all the same."""

    @pytest.fixture
    def database(
        self,
        request: pytest.FixtureRequest,
        database_kind: str,
        tmp_path: Path,
        contents: Fill | None,
    ) -> Iterator[str]:
        template = request.getfixturevalue(f"{database_kind}_template")
        url = template.make(tmp_path / "instance", contents)
        yield url
        template.drop(url)
