"""The schema: migrations make what the models describe, on both databases, and guard the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import Connection, MetaData, Table, create_engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Role
from scanner_app.domain.errors import ScannerAppError
from scanner_app.models import Base
from scanner_app.services.access import tokens
from scanner_app.storage.database import WRITE_OPTION, db, unit_of_work
from scanner_app.storage.schema import (
    current_revision,
    migration_config,
    newest_revision,
    upgrade_schema,
)
from tests.support.databases import build_app, make_settings


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


DATA = Path(__file__).parent / "data"
FIRST = "0001_create_tables"
# What the last migration of 0.1, 0007, did to 0006. The word for false differs.
STEP_0007 = """
ALTER TABLE scan ADD COLUMN reader_said TEXT;
ALTER TABLE scan ADD COLUMN is_faint BOOLEAN DEFAULT {false} NOT NULL;
ALTER TABLE import_run ADD COLUMN actor TEXT DEFAULT '' NOT NULL;
UPDATE import_run SET actor = 'user:1';
UPDATE alembic_version SET version_num = '0007';
"""
ADDED = {"reader_said", "is_faint", "actor"}
GUARDED = (
    "UPDATE scan SET code = 'x'",
    "DELETE FROM scan",
    "DELETE FROM seal",
    "UPDATE audit SET name = 'x' WHERE state = 'closed'",
    "DELETE FROM scan_picture",
    "UPDATE shelf_shot SET width = 1",
)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app whose database holds nothing, not even a schema."""
    url, drop = "", None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        name = f"old_{uuid4().hex[:12]}"
        server.execute(f"CREATE DATABASE {name}")
        url, drop = server.url(name), f"DROP DATABASE {name} WITH (FORCE)"
    app = build_app(make_settings(tmp_path / "instance", url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if drop:
        server.execute(drop)


@pytest.fixture(params=["0006", "0007"])
def old_app(request: pytest.FixtureRequest, empty_app: Flask) -> Flask:
    """An app on a database of version 0.1, with a few rows in it."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    file = DATA / f"schema_0006.{'sqlite' if is_sqlite else 'postgres'}.sql"
    script = file.read_text(encoding="utf-8")
    if request.param == "0007":
        script += STEP_0007.format(false="0" if is_sqlite else "false")
    raw = db.engine.raw_connection()
    driver: Any = raw.driver_connection
    if is_sqlite:
        driver.executescript(script)
    else:
        driver.execute(script)
        driver.commit()
    raw.close()
    return empty_app


def read_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, without the columns that 0007 added."""
    rows = {}
    with db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            if "_search" in name or name == "alembic_version":
                continue
            table = Table(name, MetaData(), autoload_with=connection)
            columns = [column for column in table.columns if column.name not in ADDED]
            found = connection.execute(select(*columns).order_by(columns[0]))
            rows[name] = [dict(row._mapping) for row in found]
    return rows


def read_column(table: str, column: str) -> dict[int, Any]:
    with db.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT id, {column} FROM {table}"))
        return {id_: value for id_, value in rows}  # noqa: C416 - mypy takes no rows for pairs


def refuse_changes_of_the_record() -> None:
    for statement in GUARDED:
        with pytest.raises(DBAPIError, match=r"append-only|cannot be changed"):
            with unit_of_work() as session:
                session.execute(text(statement))


def downgrade(revision: str) -> None:
    config = migration_config()
    with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        config.attributes["connection"] = connection
        with connection.begin():
            command.downgrade(config, revision)


def describe(connection: Connection) -> list[str]:
    """Return a line for each column, constraint, index and trigger of a schema, sorted."""
    is_sqlite = connection.dialect.name == "sqlite"
    return sorted((describe_sqlite if is_sqlite else describe_postgres)(connection))


def describe_sqlite(connection: Connection) -> Iterator[str]:
    for kind, name, sql in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master"):
        flat = " ".join((sql or "").split())
        if kind != "table" or "_search" in name:
            yield f"{kind} {name} {flat}"
            continue
        for pragma in ("table_xinfo", "index_list", "foreign_key_list"):
            for row in connection.exec_driver_sql(f"PRAGMA {pragma}({name})"):
                # The number of an index or a key is the order in which it was made.
                facts = row if pragma == "table_xinfo" else row[2:]
                yield f"{pragma} {name} {tuple(facts)}"
        for constraint in re.findall(r"CONSTRAINT (\w+)", flat):
            yield f"constraint {name} {constraint}"
        for check in re.findall(r"(CHECK \(.*?\))(?=, CONSTRAINT|, [a-z_]+ [A-Z]+| ?\)$)", flat):
            yield f"check {name} {check}"


POSTGRES = """
SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public';
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public';
SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal;
SELECT proname, prosrc FROM pg_proc JOIN pg_language l ON l.oid = prolang
WHERE lanname = 'plpgsql'
"""


def describe_postgres(connection: Connection) -> Iterator[str]:
    for query in POSTGRES.split(";"):
        for row in connection.exec_driver_sql(query):
            line = " ".join(" ".join(map(str, row)).split())
            # pg_dump puts other casts and brackets into a CHECK, which means the same.
            yield re.sub(r"::(character varying|text)(\[\])?|[()\[\]]", "", line)


class TestUpgradeFromVersion01:
    def test_loses_no_row_and_no_guard(self, old_app):
        before = read_rows()

        upgrade_schema()

        assert current_revision() == newest_revision()
        for run in before["import_run"]:
            del run["headers"]["actor"]
        for scan in before["scan"]:
            is_of_a_reader = (scan["note"] or "").startswith("antenna")
            scan["note"] = None if is_of_a_reader else scan["note"]
        assert read_rows() == before
        refuse_changes_of_the_record()

    def test_ends_with_the_schema_of_a_new_database(self, old_app, request, tmp_path):
        kind = "sqlite" if db.engine.dialect.name == "sqlite" else "postgres"
        template = request.getfixturevalue(f"{kind}_template")
        url = template.make(tmp_path / "new")
        new = create_engine(url, module=db.engine.dialect.dbapi)

        upgrade_schema()

        with db.engine.connect() as connection, new.connect() as other:
            assert describe(connection) == describe(other)
        new.dispose()
        template.drop(url)

    def test_moves_what_readers_said_out_of_the_notes_of_people(self, old_app):
        notes = read_column("scan", "note")

        upgrade_schema()

        said = read_column("scan", "reader_said")
        assert {id_: text for id_, text in said.items() if text} == {
            42: "antenna 1 rssi -50 count 3, arrived",
            43: "antenna 1 rssi -80 count 1, glimpsed · faint, near R-1 · clock 90 s ahead",
            44: "antenna 1 count 7, departed · and 12 more in that second, best rssi -48",
        }
        assert {id_ for id_, is_faint in read_column("scan", "is_faint").items() if is_faint} == {
            43
        }
        # The notes of people stay, even if they use the words or the source of a reader.
        kept = {id_: note for id_, note in read_column("scan", "note").items() if note}
        assert kept == {45: notes[45], 46: notes[46]}
        assert "· faint" in notes[45]
        assert "· faint" in notes[46]

    def test_moves_who_imported_out_of_the_headers_of_the_file(self, old_app):
        upgrade_schema()

        assert read_column("import_run", "actor") == {71: "user:1"}
        (run,) = read_rows()["import_run"]
        assert run["headers"] == {"headers": ["Tag"]}

    def test_lets_a_new_word_into_a_list_that_code_enumerates(self, old_app):
        upgrade_schema()

        for statement in (
            "UPDATE register_change SET kind = 'merged'",
            "UPDATE import_run SET kind = 'categories'",
            "UPDATE read_point SET intent = 'repair'",
            "UPDATE finding SET proposal = 'repair', decision = 'defer'",
        ):
            with unit_of_work() as session:
                session.execute(text(statement))
        with pytest.raises(DBAPIError, match="state"), unit_of_work() as session:
            session.execute(text("UPDATE import_run SET state = 'guessed'"))

    def test_leaves_a_service_that_finds_and_records(self, old_app):
        upgrade_schema()

        with unit_of_work() as session:
            token = tokens.add_token(
                session, name="t", role=Role.ADMIN, created_by="t", now=datetime.now(UTC)
            ).secret
        client, headers = old_app.test_client(), {"Authorization": f"Bearer {token}"}
        found = client.get("/api/v1/assets?q=zebra", headers=headers).json["items"]
        scan = {"scan_id": str(uuid4()), "code": "LT-1", "intent": "check_in",
                "scanned_at": "2026-03-03T09:00:00Z"}  # fmt: skip
        answer = client.post("/api/v1/scans", json={"scans": [scan]}, headers=headers)

        assert [item["asset_tag"] for item in found] == ["LT-1"]
        assert [r["outcome"] for r in answer.json["results"]] == ["applied"]
        listed = client.get("/api/v1/scans?asset=LT-1", headers=headers).json["items"]
        assert listed[0]["scan_id"] == scan["scan_id"]
        assert len(listed) == len(read_column("scan", "code"))

    @pytest.mark.parametrize("old_app", ["0006"], indirect=True)
    def test_is_refused_to_a_schema_that_is_older(self, old_app):
        with unit_of_work() as session:
            # The first letters of 0001_create_tables, which Alembic takes for the whole.
            session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        before = read_rows()

        with pytest.raises(ScannerAppError, match=r"schema 0001.*Upgrade it to the last"):
            upgrade_schema()

        assert current_revision() == "0001"
        assert read_rows() == before


def fail_at(words: str) -> Any:
    """Make the database fail at the first statement that holds the words; return how to stop it."""

    def fail(_connection, _cursor, statement, *_rest) -> None:
        if words in statement:
            raise RuntimeError(f"the power went at {words}")

    event.listen(db.engine, "before_cursor_execute", fail)
    return lambda: event.remove(db.engine, "before_cursor_execute", fail)


class TestUpgrade:
    @pytest.mark.parametrize(
        "words", ["UPDATE scan SET reader_said", "UPDATE import_run", "SET version_num"]
    )
    def test_that_fails_half_way_leaves_the_database_as_it_was(self, old_app, words):
        revision, before = current_revision(), read_rows()
        with db.engine.connect() as connection:
            schema = describe(connection)

        repair = fail_at(words)
        with pytest.raises(RuntimeError, match="the power went"):
            upgrade_schema()
        repair()

        assert current_revision() == revision
        assert read_rows() == before
        with db.engine.connect() as connection:
            assert describe(connection) == schema
        refuse_changes_of_the_record()
        upgrade_schema()
        assert current_revision() == newest_revision()

    def test_of_an_empty_database_that_fails_half_way_leaves_it_empty(self, empty_app):
        repair = fail_at("finding_closed")
        with pytest.raises(RuntimeError, match="the power went"):
            upgrade_schema()
        repair()

        assert current_revision() is None
        assert read_rows() == {}
        upgrade_schema()
        assert current_revision() == newest_revision()


class TestDowngrade:
    def test_to_the_first_migration_and_back_loses_no_row_and_no_guard(self, old_app):
        upgrade_schema()
        before = read_rows()
        with db.engine.connect() as connection:
            schema = describe(connection)

        downgrade(FIRST)

        assert current_revision() == FIRST
        assert read_rows() == before
        upgrade_schema()
        assert current_revision() == newest_revision()
        assert read_rows() == before
        with db.engine.connect() as connection:
            assert describe(connection) == schema
        refuse_changes_of_the_record()

    @pytest.mark.parametrize("old_app", ["0006"], indirect=True)
    def test_to_version_01_is_refused_with_what_to_do_instead(self, old_app):
        upgrade_schema()
        before = read_rows()

        with pytest.raises(RuntimeError, match="restore the backup"):
            downgrade("base")

        assert current_revision() == newest_revision()
        assert read_rows() == before
