"""The schema: migrations give what the models say, on both databases, and guard the record."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.extensions.database import db
from scanner_app.extensions.schema import current_revision, newest_revision, upgrade_schema
from scanner_app.models import Base


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
    # Full text tables are made by hand: no model describes a virtual table.
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


class TestScanLog:
    @pytest.mark.parametrize("statement", ["UPDATE scan SET code = 'x'", "DELETE FROM scan"])
    def test_refuses_to_be_changed(self, app, work, statement):
        with work() as session:
            session.execute(
                text(
                    "INSERT INTO scan (scan_id, fingerprint, code, code_key, intent, scanned_at,"
                    " recorded_at, effective_at, is_clock_suspect, actor, actor_name, may_void_any,"
                    " outcome, answer) VALUES"
                    " ('6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001', 'f', 'A', 'A', 'lookup',"
                    " '2026-03-02 09:00:00', '2026-03-02 09:00:00', '2026-03-02 09:00:00', false,"
                    " 'user:1', 'Ana', false, 'noted', '{}')"
                )
            )

        with pytest.raises(DBAPIError, match="append-only"), work() as session:
            session.execute(text(statement))
