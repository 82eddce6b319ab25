"""Upgrades from version 0.1 and back, whole or not at all, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Role
from scanner_app.domain.errors import ScannerAppError
from scanner_app.services.access import tokens
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.schema import (
    current_revision,
    newest_revision,
    upgrade_schema,
)
from tests.storage.old_schema import (
    describe,
    downgrade,
    read_column,
    read_rows,
    refuse_changes_of_the_record,
)
from tests.support.databases import build_app, make_settings

DATA = Path(__file__).parents[1] / "data"
FIRST = "0001_create_tables"
# What the last migration of 0.1, 0007, did to 0006. The word for false differs.
STEP_0007 = """
ALTER TABLE scan ADD COLUMN reader_said TEXT;
ALTER TABLE scan ADD COLUMN is_faint BOOLEAN DEFAULT {false} NOT NULL;
ALTER TABLE import_run ADD COLUMN actor TEXT DEFAULT '' NOT NULL;
UPDATE import_run SET actor = 'user:1';
UPDATE alembic_version SET version_num = '0007';
"""


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


# Both versions of 0.1 end with the same schema and rows, as the first two tests show.
FROM_THE_OLDEST = pytest.mark.parametrize("old_app", ["0006"], indirect=True)


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

    @FROM_THE_OLDEST
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

    @FROM_THE_OLDEST
    def test_moves_who_imported_out_of_the_headers_of_the_file(self, old_app):
        upgrade_schema()

        assert read_column("import_run", "actor") == {71: "user:1"}
        (run,) = read_rows()["import_run"]
        assert run["headers"] == {"headers": ["Tag"]}

    @FROM_THE_OLDEST
    def test_names_the_owner_of_a_token_by_key_where_a_user_made_it(self, old_app):
        row = (
            "INSERT INTO api_token (name, role, prefix, token_hash, created_at, created_by) "
            "VALUES ('{0}', 'viewer', '{0}', 'x', '2026-03-02 09:00:00', '{1}')"
        )
        with unit_of_work() as session:
            email, owner = session.execute(text("SELECT email, id FROM user_account")).first()
            session.execute(text(row.format("a", email)))
            session.execute(text(row.format("b", "command line")))

        upgrade_schema()

        names, owners = (read_column("api_token", one) for one in ("name", "owner_user_id"))
        assert {name: owners[id_] for id_, name in names.items() if name in "ab"} == {
            "a": owner,
            "b": None,
        }

    @FROM_THE_OLDEST
    def test_keeps_codes_in_the_form_in_which_they_are_compared(self, old_app):
        add = text(
            "INSERT INTO identifier (scheme, value, asset_id, started_at) "
            "SELECT :scheme, :value, min(asset_id), '2026-03-02 09:00:00' FROM identifier"
        )
        codes = {
            "E\u0301T-1": "\u00c9T-1",
            "\uff25\uff54-2": "ET-2",
            "e\u0301t-3": "\u00e9T-3",
            "\u00c9T-4": "\u00c9T-4",
            "E\u0301T-4": "E\u0301T-4",  # would be the one before: a person must choose
            "https://x.example/e\u0301": "https://x.example/e\u0301",
            "\u0415\u0422-5": "\u0415\u0422-5",
        }
        with unit_of_work() as session:
            for value in codes:
                session.execute(add, {"scheme": "alias", "value": value})
            key = session.scalar(text("SELECT min(tag_key) FROM asset"))
            session.execute(
                text("UPDATE asset SET tag_key = :new WHERE tag_key = :old"),
                {"new": "E\u0301T-9", "old": key},
            )

        upgrade_schema()

        values = set(read_column("identifier", "value").values())
        assert {value for value in values if not value.isascii()} | {"ET-2"} == {*codes.values()}
        assert "ET-2" in values
        assert "\u00c9T-9" in read_column("asset", "tag_key").values()

    @FROM_THE_OLDEST
    def test_numbers_old_seals_by_the_time_of_their_sealing(self, old_app):
        with unit_of_work() as session:
            for audit, day in ((901, "03"), (902, "01"), (903, "02")):
                session.execute(
                    text(
                        "INSERT INTO audit (id, name, state, scope, is_blind, created_at, "
                        f"created_by) VALUES ({audit}, 'Old', 'closed', '{{}}', false, "
                        f"'2020-01-{day} 09:00:00', 'Ana')"
                    )
                )
                session.execute(
                    text(
                        "INSERT INTO seal (audit_id, report, sha256, signature, key_id, sealed_at) "
                        f"VALUES ({audit}, '{{}}', 'h{audit}', 's', 'k', '2020-01-{day} 09:00:00')"
                    )
                )

        upgrade_schema()

        with db.engine.connect() as connection:
            seals = connection.execute(
                text("SELECT number, audit_id, previous_sha256 FROM seal ORDER BY number LIMIT 3")
            ).all()
            adopted = connection.execute(
                text("SELECT count(*) FROM act WHERE kind = 'sealed' AND audit_id > 900")
            ).scalar()
        assert [tuple(row) for row in seals] == [
            (1, 902, None),
            (2, 903, "h902"),
            (3, 901, "h903"),
        ]
        assert adopted == 3

    @FROM_THE_OLDEST
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

    @FROM_THE_OLDEST
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
