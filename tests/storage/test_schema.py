"""The schema: migrations make what the models describe, on both databases, and guard the record."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from scanner_app.models import Base
from scanner_app.storage.database import db
from scanner_app.storage.schema import (
    current_revision,
    migration_config,
    newest_revision,
    upgrade_schema,
)


class TestMigrations:
    def test_leave_no_drift_to_the_models(self, app):
        with app.app_context(), db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})

            drift = compare_metadata(context, Base.metadata)

        assert [step for step in drift if not is_search_support(step)] == []

    def test_can_be_run_again_without_effect(self, app):
        with app.app_context():
            upgrade_schema()

            assert current_revision() == newest_revision()


def is_search_support(step) -> bool:
    # No model describes the tables of the search, which are virtual on SQLite.
    return "search" in str(step[1]) if isinstance(step, tuple) else False


class TestNewestRevision:
    def test_is_where_the_migrations_lead(self):
        scripts = ScriptDirectory.from_config(migration_config())

        assert newest_revision() == scripts.get_current_head()


class TestCurrentRevision:
    def test_is_what_alembic_reads(self, app):
        with app.app_context(), db.engine.connect() as connection:
            read = MigrationContext.configure(connection).get_current_revision()

            assert current_revision() == read


class TestSqliteEngine:
    def test_reads_back_the_pragmas_that_keep_scans(self, app, database):
        if not database.startswith("sqlite"):
            with app.app_context(), db.engine.connect() as connection:
                assert connection.execute(text("SHOW transaction_isolation")).scalar()
            return

        with app.app_context(), db.engine.connect() as connection:
            pragma = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }

        assert pragma == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 5000,
        }
