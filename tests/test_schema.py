"""The schema: migrations give what the models say, on both databases, and guard the record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Role
from scanner_app.models import Base
from scanner_app.services.access import tokens
from scanner_app.storage.database import WRITE_OPTION, db, unit_of_work
from scanner_app.storage.schema import (
    current_revision,
    migration_config,
    newest_revision,
    upgrade_schema,
)
from tests.databases import build_app, make_settings


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

    def test_refuses_what_passes_by_the_triggers_of_rows(self, app, work, database):
        # TRUNCATE deletes no row, and SQLite's REPLACE deletes one without saying so.
        quietly = "REPLACE" + ONE_SCAN if database.startswith("sqlite") else "TRUNCATE scan CASCADE"
        with work() as session:
            session.execute(text("INSERT" + ONE_SCAN))

        with pytest.raises(DBAPIError, match=r"append-only|evidence"), work() as session:
            session.execute(text(quietly))

        with work() as session:
            assert session.scalar(text("SELECT count(*) FROM scan")) == 1


MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOM, ANA, LAPTOP, SPRING, FIRST = 11, 12, 13, 14, UUID(int=15)
# A register of the first version: a row of each kind that a later step could lose or break. What a
# reader's row carries with it, and what triggers guard, are the ones that a copied table would take.
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("user_account", {"id": 1, "email": "ana@example.org", "name": "Ana", "role": "admin",
                      "password_hash": "x", "is_active": True, "created_at": MOMENT}),
    ("api_token", {"id": 2, "name": "dock", "role": "reader", "prefix": "abcdefgh",
                   "token_hash": "h", "created_at": MOMENT, "created_by": "Ana"}),
    ("category", {"id": 3, "name": "Laptops"}),
    ("location", {"id": ROOM, "code": "R-1", "code_key": "R-1", "name": "Room", "kind": "room",
                  "path": f"/{ROOM}/", "full_name": "Room", "is_active": True,
                  "created_at": MOMENT, "updated_at": MOMENT}),
    ("person", {"id": ANA, "number": "1001", "name": "Ana", "is_active": True, "search": "ana",
                "created_at": MOMENT, "updated_at": MOMENT}),
    ("asset", {"id": LAPTOP, "asset_tag": "LT-1", "tag_key": "LT-1", "name": "Zebra Laptop",
               "serial_number": "SN-1", "category_id": 3, "status": "in_use",
               "location_id": ROOM, "home_location_id": ROOM, "custodian_id": ANA,
               "state_at": MOMENT, "purchase_cost_cents": 123450, "custom": {"CPU": "i7"},
               "created_at": MOMENT, "updated_at": MOMENT}),
    ("identifier", {"id": 21, "scheme": "tag", "value": "LT-1", "asset_id": LAPTOP,
                    "started_at": MOMENT}),
    ("identifier", {"id": 22, "scheme": "location_code", "value": "R-1", "location_id": ROOM,
                    "started_at": MOMENT}),
    ("identifier", {"id": 23, "scheme": "person_number", "value": "1001", "person_id": ANA,
                    "started_at": MOMENT}),
    ("custody", {"id": 31, "asset_id": LAPTOP, "person_id": ANA, "started_at": MOMENT}),
    ("placement", {"id": 32, "asset_id": LAPTOP, "location_id": ROOM, "started_at": MOMENT}),
    ("register_change", {"id": 33, "asset_id": LAPTOP, "at": MOMENT, "kind": "created",
                         "actor": "user:1", "changes": {"name": [None, "Zebra Laptop"]},
                         "sets_status": "in_use", "sets_location": True, "location_id": ROOM,
                         "sets_custodian": True, "custodian_id": ANA}),
    ("audit", {"id": SPRING, "name": "Spring", "state": "reconciling", "scope": {},
               "is_blind": False, "created_at": MOMENT, "created_by": "Ana",
               "counting_started_at": MOMENT, "counting_ended_at": MOMENT}),
    ("scan", {"id": 41, "scan_id": FIRST, "fingerprint": "f", "code": "LT-1", "code_key": "LT-1",
              "intent": "sighting", "scanned_at": MOMENT, "recorded_at": MOMENT,
              "effective_at": MOMENT, "is_clock_suspect": False, "asset_id": LAPTOP,
              "location_id": ROOM, "audit_id": SPRING, "actor": "user:1", "actor_name": "Ana",
              "may_void_any": False, "outcome": "noted", "answer": "{}"}),
    ("finding", {"id": 51, "audit_id": SPRING, "asset_id": LAPTOP, "is_expected": True,
                 "state": "verified", "flags": [], "recorded_location_id": ROOM,
                 "recorded_status": "in_use", "value_cents": 123450, "seen_at": MOMENT,
                 "seen_location_id": ROOM, "sightings": 1, "proposal_fields": {}}),
    ("seal", {"audit_id": SPRING, "report": "{}", "sha256": "0" * 64, "signature": "s",
              "key_id": "k", "sealed_at": MOMENT}),
    ("reader", {"id": 61, "name": "dock-door-1", "kind": "rfid", "is_active": True,
                "silent_after_seconds": 600, "created_at": MOMENT, "heartbeat": {}}),
    ("read_point", {"id": 62, "reader_id": 61, "antenna": 1, "location_id": ROOM,
                    "intent": "sighting"}),
]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def old_app(request, tmp_path):
    """An app on a database that stands at the first migration, with rows in it."""
    url, drop = "", None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        name = f"old_{uuid4().hex[:12]}"
        server.execute(f"CREATE DATABASE {name}")
        url, drop = server.url(name), f"DROP DATABASE {name} WITH (FORCE)"
    app = build_app(make_settings(tmp_path / "instance", url))
    config = migration_config()
    with app.app_context():
        with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
            config.attributes["connection"] = connection
            with connection.begin():
                command.upgrade(config, "0001")
                insert_rows(connection)
        yield app
        db.session.remove()
        db.engine.dispose()
    if drop:
        server.execute(drop)


def insert_rows(connection) -> None:
    for name, row in ROWS:
        table = Table(name, MetaData(), autoload_with=connection)
        is_text = connection.dialect.name == "sqlite"  # it keeps a UUID as its digits
        values = {k: v.hex if is_text and isinstance(v, UUID) else v for k, v in row.items()}
        connection.execute(table.insert().values(values))
        if connection.dialect.name == "postgresql" and "id" in row:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {row['id'] + 100})")
            )


def read_rows(columns: dict[str, list[str]] | None = None) -> dict[str, list[dict]]:
    """Give every row of every table that ROWS fills, by the columns that are named."""
    rows = {}
    with db.engine.connect() as connection:
        for name in dict.fromkeys(name for name, _ in ROWS):
            table = Table(name, MetaData(), autoload_with=connection)
            names = columns[name] if columns else list(table.columns.keys())
            found = connection.execute(select(*(table.c[n] for n in names)).order_by(names[0]))
            rows[name] = [dict(row._mapping) for row in found]
    return rows


class TestUpgrade:
    def test_from_the_first_version_loses_no_row_and_no_guard(self, old_app):
        before = read_rows()

        upgrade_schema()

        assert current_revision() == newest_revision()
        columns = {name: list(rows[0]) for name, rows in before.items()}
        assert read_rows(columns) == before
        for statement in ("UPDATE scan SET code = 'x'", "DELETE FROM scan", "DELETE FROM seal"):
            with pytest.raises(DBAPIError, match=r"append-only|cannot be changed"):
                with unit_of_work() as session:
                    session.execute(text(statement))

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
        assert [item["intent"] for item in listed] == ["check_in", "sighting"]

    def test_that_fails_half_way_leaves_the_database_as_it_was(self, old_app, monkeypatch):
        before = read_rows()
        create_table = op.create_table

        def fail(name, *columns, **options):
            create_table(name, *columns, **options)
            raise RuntimeError(f"the power went after {name}")

        monkeypatch.setattr(op, "create_table", fail)
        with pytest.raises(RuntimeError, match="the power went"):
            upgrade_schema()
        monkeypatch.undo()

        assert current_revision() == "0001"
        assert read_rows() == before
        upgrade_schema()
        assert current_revision() == newest_revision()


class TestDowngrade:
    def test_to_the_first_version_and_back_loses_no_row_and_no_guard(self, old_app):
        before = read_rows()
        columns = {name: list(rows[0]) for name, rows in before.items()}
        upgrade_schema()
        config = migration_config()

        with db.engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
            config.attributes["connection"] = connection
            with connection.begin():
                command.downgrade(config, "0001")

        assert current_revision() == "0001"
        assert read_rows() == before
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text("DELETE FROM scan"))
        upgrade_schema()
        assert current_revision() == newest_revision()
        assert read_rows(columns) == before
