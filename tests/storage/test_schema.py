"""The schema: migrations make what the models describe, on both databases, and guard the record."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.models import Base
from scanner_app.storage.database import db
from scanner_app.storage.schema import (
    current_revision,
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


ONE_SCAN = (
    " INTO scan (scan_id, fingerprint, code, code_key, intent, scanned_at, recorded_at,"
    " effective_at, is_clock_suspect, actor, actor_name, may_void_any, outcome, answer) VALUES"
    " ('6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001', 'f', 'A', 'A', 'lookup', '2026-03-02 09:00:00',"
    " '2026-03-02 09:00:00', '2026-03-02 09:00:00', false, 'user:1', 'Ana', false, 'noted', '{}')"
)


class TestScanLog:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE scan SET code = 'x'",
            "UPDATE scan SET outcome = 'applied' WHERE id > 0",
            "DELETE FROM scan",
            "DELETE FROM scan WHERE code = 'A'",
        ],
    )
    def test_refuses_to_be_changed(self, app, work, statement):
        with work() as session:
            session.execute(text("INSERT" + ONE_SCAN))

        with pytest.raises(DBAPIError, match="append-only"), work() as session:
            session.execute(text(statement))

    def test_refuses_statements_that_fire_no_trigger_of_a_row(self, app, work, database):
        # TRUNCATE fires no trigger of a row; REPLACE fires that of DELETE only if it is told to.
        quietly = "REPLACE" + ONE_SCAN if database.startswith("sqlite") else "TRUNCATE scan CASCADE"
        with work() as session:
            session.execute(text("INSERT" + ONE_SCAN))

        with pytest.raises(DBAPIError, match=r"append-only|evidence"), work() as session:
            session.execute(text(quietly))

        with work() as session:
            assert session.scalar(text("SELECT count(*) FROM scan")) == 1
