"""What the machines of one service agree on: keys, rates, the schema, and what is wrong."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from scanner_app.cli import group
from scanner_app.domain.errors import TooMany
from scanner_app.edge.health.troubles import find_troubles
from scanner_app.edge.limits.rates import SharedRates
from scanner_app.edge.state import app_state
from scanner_app.models import Node, RateBucket, SchemaFloor, ServiceKey
from scanner_app.storage.database import db, is_pooled, reading
from scanner_app.storage.keys import load_public_keys, load_signing_key, put_key_aside
from scanner_app.storage.node_keys import OtherKey, adopt_keys, agree_on_keys
from scanner_app.storage.schema import is_current, newest_revision

postgres = pytest.mark.parametrize("database_kind", ["postgres"])
sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.either_database
class TestKeys:
    @pytest.fixture
    def nodes(self, app, tmp_path):
        """The settings of two machines: each has its own folder."""
        first = app_state(app).settings
        second = replace(first, instance_dir=tmp_path / "second")
        return first, second

    def test_of_the_first_machine_are_those_of_the_service(self, nodes, work, now):
        first, second = nodes
        with work() as session:
            agree_on_keys(session, first, now=now)
        with pytest.raises(OtherKey, match=r"audit-key\.pem.*keys adopt"), work() as session:
            agree_on_keys(session, second, now=now)
        with work() as session:
            agree_on_keys(session, first, now=now)

    def test_with_another_secret_stop_a_machine_without_showing_it(self, nodes, work, now):
        first, _ = nodes
        with work() as session:
            agree_on_keys(session, first, now=now)
        other = replace(first, secret_key="another-secret-key-0123456789abcdef")

        with pytest.raises(OtherKey, match="another secret key") as refused, work() as session:
            agree_on_keys(session, other, now=now)

        with work() as session:
            kept = [row.key_id for row in session.scalars(select(ServiceKey))]
        assert other.secret_key not in str(refused.value)
        assert not any(first.secret_key in key_id for key_id in kept)

    def test_that_were_changed_leave_old_reports_to_be_checked_on_every_machine(
        self, nodes, work, now
    ):
        first, second = nodes
        with work() as session:
            agree_on_keys(session, first, now=now)
        old = load_signing_key(first.instance_dir)
        put_key_aside(first.instance_dir)
        with work() as session:
            assert adopt_keys(session, first, now=now) == ["audit"]
        new = load_signing_key(first.instance_dir)
        second.instance_dir.mkdir()
        (second.instance_dir / "audit-key.pem").write_bytes(new.to_pem())

        with work() as session:
            agree_on_keys(session, second, now=now)

        assert new.key_id != old.key_id
        assert load_public_keys(second.instance_dir) == {
            old.key_id: old.public_pem,
            new.key_id: new.public_pem,
        }

    def test_are_shown_adopted_and_changed_by_a_command(self, nodes, database, monkeypatch, now):
        first, _ = nodes
        monkeypatch.setenv("SCANNER_DATABASE_URL", database)
        monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(first.instance_dir))
        monkeypatch.setenv("SCANNER_SECRET_KEY", first.secret_key)

        def run(*words: str) -> tuple[int, str]:
            result = CliRunner().invoke(group, words)
            return result.exit_code, result.output

        assert run("keys", "show")[1].count("knows none yet") == 2
        assert run("keys", "adopt")[1].count("is that of the service now") == 2
        assert run("keys", "show") == (0, run("keys", "show")[1])
        put_key_aside(first.instance_dir)
        code, shown = run("keys", "show")
        assert (code, shown.count("THE DATABASE HAS")) == (1, 1)
        assert "The old key is kept as audit-key-" in run("keys", "rotate")[1]
        assert run("keys", "show")[0] == 0


@postgres
class TestSharedRates:
    def test_let_pass_a_minutes_worth_over_three_processes(self, app):
        with app.app_context():
            engine = db.engine
        processes = [SharedRates(6000, engine=lambda: engine) for _ in range(3)]
        refused, passed = 0, 0
        began = datetime.now(UTC)
        while refused < 3:
            refused = 0
            for process in processes:
                try:
                    process.spend("token:1", 10)
                except TooMany:
                    refused += 1
                else:
                    passed += 10

        meanwhile = (datetime.now(UTC) - began).total_seconds() * 100
        assert 6000 * 0.99 <= passed <= 6000 + meanwhile
        processes[0].spend("token:2", 6000)  # another sender has its own minute

    def test_say_when_there_is_room_again_and_take_a_batch_larger_than_a_minute(self, app, work):
        with app.app_context():
            engine = db.engine
        rates = SharedRates(600, "bytes", engine=lambda: engine)
        rates.spend("user:1", 5000)

        with pytest.raises(TooMany, match="More than 600 bytes") as refused:
            rates.spend("user:1", 300)
        assert 29 <= refused.value.retry_after <= 30

        with work() as session:  # half a minute later
            for bucket in session.scalars(select(RateBucket)):
                bucket.at -= timedelta(seconds=30)
        rates.spend("user:1", 300)

    def test_are_lost_in_a_crash_alone(self, work):
        with work() as session:
            kind = session.scalar(
                text("SELECT relpersistence FROM pg_class WHERE relname = 'rate_bucket'")
            )
        assert kind == "u"  # unlogged: nothing is written for a replica or a crash


@pytest.mark.either_database
class TestSchemaOfTheNextVersion:
    def test_is_run_on_unless_its_floor_is_above(self, app, work):
        with app.app_context():
            assert is_current()
        with work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9998_next'"))
        with app.app_context():
            assert is_current()
        with work() as session:
            session.execute(update(SchemaFloor).values(revision="9998_next"))
        with app.app_context():
            assert not is_current()

    def test_is_no_older_one(self, app, work):
        with work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0032_proofs'"))
        with app.app_context():
            assert newest_revision() > "0032_proofs"
            assert not is_current()


@pytest.mark.either_database
class TestTroubles:
    def test_are_named_with_what_to_do(self, app, work, now):
        settings = app_state(app).settings

        def find() -> dict[str, str]:
            with work() as session:
                found = find_troubles(session, settings, now=now)
            return {trouble.code: trouble.message for trouble in found}

        assert "scanner-app worker" in find()["no_worker"]
        with work() as session:
            for name, version in (("a-0", "1.0"), ("b-0", "2.0")):
                session.add(
                    Node(id=name, kind="worker", host=name, version=version, started_at=now,
                         seen_at=now)
                )  # fmt: skip
        assert list(find()) == ["versions"]
        settings = replace(settings, keep_free_mb=10**9)
        assert "make room" in find()["disk_full"]

    @postgres
    def test_name_a_machine_with_other_keys(self, app, work, now, tmp_path):
        settings = app_state(app).settings
        with work() as session:
            agree_on_keys(session, settings, now=now)
            other = replace(settings, instance_dir=tmp_path / "other")
            codes = {trouble.code for trouble in find_troubles(session, other, now=now)}
        assert "other_key" in codes

    def test_end_the_command_with_1(self, app, database, monkeypatch, work):
        settings = app_state(app).settings
        monkeypatch.setenv("SCANNER_DATABASE_URL", database)
        monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(settings.instance_dir))
        monkeypatch.setenv("SCANNER_SECRET_KEY", settings.secret_key)

        result = CliRunner().invoke(group, ["check"])

        assert result.exit_code == 1
        assert "no_worker: No worker runs" in result.output


@sqlite
def test_a_second_machine_does_not_use_a_sqlite_file(app, database, monkeypatch, work):
    settings = app_state(app).settings
    now = datetime.now(UTC)
    with work() as session:
        session.add(
            Node(id="elsewhere-0-1", kind="worker", host=f"not-{socket.gethostname()}",
                 version="1", started_at=now, seen_at=now)
        )  # fmt: skip
    monkeypatch.setenv("SCANNER_DATABASE_URL", database)
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(settings.instance_dir))
    monkeypatch.setenv("SCANNER_SECRET_KEY", settings.secret_key)

    result = CliRunner().invoke(group, ["worker", "--once"])

    assert result.exit_code == 1
    assert "uses this SQLite file too" in result.output


@postgres
def test_no_pooler_is_seen_where_none_is(app):
    with app.app_context(), reading() as session:
        assert not is_pooled(session)
