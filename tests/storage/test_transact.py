"""A unit of work that loses a race is done again from the start; any other error is raised at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from scanner_app.models import Category
from scanner_app.storage.database import is_a_race, transact
from tests.support.databases import SqliteTemplate


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: which errors are a race on PostgreSQL is in a table below."""
    return sqlite_template.make(tmp_path / "instance")


class Work:
    """Writes a row, and then loses a race so often."""

    def __init__(self, losses: int, error: type[Exception] = IntegrityError) -> None:
        self.losses = losses
        self.error = error
        self.tries = 0

    def __call__(self, session) -> int:
        self.tries += 1
        session.add(Category(name=f"try {self.tries}"))
        session.flush()
        if self.tries <= self.losses:
            if self.error is IntegrityError:
                session.add(Category(name="taken"))
                session.flush()
            elif self.error is OperationalError:
                session.execute(text("SELECT nothing FROM nowhere"))
            raise self.error("ours")
        return self.tries


@pytest.fixture
def names(app, work):
    """Return the names that are in the database after the work."""
    with work() as session:
        session.add(Category(name="taken"))

    def read() -> list[str]:
        with work() as session:
            return list(session.scalars(select(Category.name).order_by(Category.id)))

    with app.app_context():
        yield read


@pytest.mark.parametrize("losses", [0, 1, 3])
def test_is_done_again_until_it_wins_and_leaves_nothing_of_the_lost_tries(names, losses):
    work = Work(losses)

    assert transact(work) == losses + 1

    assert names() == ["taken", f"try {losses + 1}"]


def test_is_given_up_after_four_tries(names):
    work = Work(99)

    with pytest.raises(IntegrityError):
        transact(work)

    assert work.tries == 4
    assert names() == ["taken"]


@pytest.mark.parametrize("error", [OperationalError, ValueError])
def test_is_not_done_again_where_that_would_not_help(names, error):
    work = Work(1, error)

    with pytest.raises(error):
        transact(work)

    assert work.tries == 1
    assert names() == ["taken"]


class _FromPostgres(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "helps"),
    # PostgreSQL, appendix A: serialization failure, deadlock; the others are faults of a statement.
    [("40001", True), ("40P01", True), ("40003", False), ("42601", False), (None, False)],
)
def test_a_lost_race_is_known_by_the_code_of_postgresql(sqlstate, helps):
    assert is_a_race(DBAPIError("SELECT 1", None, _FromPostgres(sqlstate))) is helps
