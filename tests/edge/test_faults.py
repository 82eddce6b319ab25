"""Trouble under the service: each is a 503 that is safe to retry, and nothing that was said is lost."""

from __future__ import annotations

import uuid

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import event

from scanner_app.storage import database as extension
from scanner_app.storage.database import db
from tests.conftest import NOW, ApiClient
from tests.support.databases import build_app, make_settings
from tests.support.register import add_asset


def make_scan(**fields) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": "LT-1",
        "intent": "sighting",
        "scanned_at": NOW.isoformat(),
        **fields,
    }


def post(api: ApiClient, scan: dict):
    return api.post("/scans", json={"scans": [scan]})


def assert_trouble(answer) -> None:
    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "safe" in answer.json["detail"]


class TestSqlite:
    @pytest.fixture
    def database(self, sqlite_template, tmp_path) -> str:
        return sqlite_template.make(tmp_path / "instance")

    @pytest.fixture
    def app(self, database, tmp_path, monkeypatch):
        # Nobody here lets go by waiting: the patience of production only takes time.
        monkeypatch.setitem(extension.PRAGMAS, "busy_timeout", "50")
        app = build_app(make_settings(tmp_path / "instance", database))
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def test_that_is_locked_by_another_is_a_503_until_it_is_free(self, api, database):
        scan = make_scan()
        other = sqlite.connect(database.removeprefix("sqlite:///"))
        other.execute("BEGIN IMMEDIATE")

        refused = post(api, scan)
        listed = api.get("/scans")
        other.rollback()
        other.close()
        taken = post(api, scan)

        assert_trouble(refused)
        assert (listed.status_code, listed.json["items"]) == (200, [])
        assert [r["status"] for r in taken.json["results"]] == ["recorded"]

    def test_on_a_full_disk_keeps_all_that_it_said_yes_to_and_goes_on_once_there_is_room(
        self, app, api, work
    ):
        with work() as session:
            add_asset(session, "LT-1", now=NOW)
        with app.app_context():
            engine = db.engine
            engine.dispose()
            with engine.connect() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

            def fill(connection, _record) -> None:
                connection.execute(f"PRAGMA max_page_count={pages + 8}")

            engine.dispose()
            event.listen(engine, "connect", fill)
        said = []
        while (answer := post(api, scan := make_scan(note="x" * 2000))).status_code == 200:
            said.append(scan["scan_id"])
            assert len(said) < 500, "the disk does not fill"

        with app.app_context():
            event.remove(engine, "connect", fill)
            engine.dispose()
        again = post(api, scan)

        assert_trouble(answer)
        assert [r["status"] for r in again.json["results"]] == ["recorded"]
        kept = {item["scan_id"] for item in api.get("/scans?limit=500").json["items"]}
        assert kept == {*said, scan["scan_id"]}


class TestPostgres:
    @pytest.fixture
    def database(self, postgres_template, tmp_path):
        url = postgres_template.make(tmp_path / "instance")
        yield url
        postgres_template.drop(url)

    def test_that_was_restarted_is_found_again_by_the_next_request(
        self, api, database, postgres_server
    ):
        scan = make_scan()
        assert post(api, scan).status_code == 200
        name = database.partition("@/")[2].partition("?")[0]

        postgres_server.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

        assert [r["status"] for r in post(api, scan).json["results"]] == ["repeated"]

    def test_that_is_gone_in_the_middle_of_a_request_is_a_503(
        self, app, api, database, postgres_server
    ):
        name = database.partition("@/")[2].partition("?")[0]
        scan = make_scan()
        cut = []

        def cut_off(_connection, _cursor, statement, *_rest) -> None:
            if statement.startswith("INSERT INTO scan") and not cut:
                cut.append(statement)
                postgres_server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    f"WHERE datname = '{name}'"
                )

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", cut_off)

        refused = post(api, scan)
        taken = post(api, scan)

        assert cut
        assert_trouble(refused)
        assert [r["status"] for r in taken.json["results"]] == ["recorded"]
        assert len(api.get("/scans").json["items"]) == 1
