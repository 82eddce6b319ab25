"""Work beside the requests: leased once, taken over after a death, never half done."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from scanner_app.domain.errors import Conflict
from scanner_app.models import Asset, ImportRow, ImportRun
from scanner_app.services.imports import life
from scanner_app.services.imports.kinds.assets import apply as assets_apply
from scanner_app.services.imports.life import LEASE, MAX_ATTEMPTS, LeaseLost
from scanner_app.services.imports.run import apply_import, check_import
from scanner_app.storage.database import unit_of_work
from scanner_app.worker.imports import read_surroundings
from scanner_app.worker.retention import sweep
from scanner_app.worker.run_jobs import drain
from tests.support.jobs import run_waiting

THREE = "Asset Tag\nA1\nA2\nA3\n"


def count(work, table) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


def put_in_line(work, run_id: int, state: str = "applying") -> None:
    with work() as session:
        run = session.get(ImportRun, run_id)
        run.state, run.lease_until = state, None


class TestClaimRun:
    def test_leases_a_run_that_waits_and_no_other(self, importer, work, now):
        run = importer.check("assets", THREE)
        with work() as session:
            checked = life.claim_run(session, run.id, now=now)
        put_in_line(work, run.id)
        with work() as session:
            waiting = life.claim_run(session, run.id, now=now)

        assert checked is None
        assert waiting.run_id == run.id

    def test_fails_a_run_whose_workers_keep_dying(self, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        for attempt in range(MAX_ATTEMPTS + 1):
            with work() as session:
                life.claim_run(session, run.id, now=now + LEASE * 2 * attempt)

        found = importer.find(run.id)
        assert found.state == "failed"
        assert "interrupted" in found.error


class TestALostLease:
    def test_stops_the_check_of_the_worker_that_lost_its_lease(self, app, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id, "checking")
        with work() as session:
            slow = life.claim_run(session, run.id, now=now)
        with work() as session:
            quick = life.claim_run(session, run.id, now=now + LEASE * 2)

        with app.app_context():
            around = read_surroundings()
            with pytest.raises(LeaseLost):
                check_import(slow, around)
            check_import(quick, around)

        assert importer.find(run.id).state == "checked"
        assert count(work, ImportRow) == 3

    def test_an_apply_cannot_happen_twice(self, app, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        with work() as session:
            slow = life.claim_run(session, run.id, now=now)
        with work() as session:
            quick = life.claim_run(session, run.id, now=now + LEASE * 2)

        with app.app_context():
            around = read_surroundings()
            apply_import(quick, around)
            with pytest.raises(LeaseLost):
                apply_import(slow, around)

        assert count(work, Asset) == 3


class TestRunImport:
    def test_takes_over_a_run_whose_worker_died(self, app, importer, work, monkeypatch):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        real = assets_apply.write.create_assets

        def die_after_writing(*args, **kwargs):
            real(*args, **kwargs)
            raise SystemExit  # like a signal: nothing handles it, nothing is written down

        monkeypatch.setattr(assets_apply.write, "create_assets", die_after_writing)
        with pytest.raises(SystemExit):
            run_waiting(app)
        monkeypatch.undo()
        between = count(work, Asset), importer.find(run.id).state
        with work() as session:  # the lease runs out
            session.get(ImportRun, run.id).lease_until = datetime.now(UTC) - timedelta(seconds=1)
        run_waiting(app)

        assert between == (0, "applying")
        assert count(work, Asset) == 3
        assert importer.find(run.id).state == "applied"

    def test_retries_later_if_the_database_cannot_answer(self, app, importer, work, monkeypatch):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        def be_busy(*_args, **_kwargs):
            raise OperationalError("INSERT", {}, Exception("database is locked"))

        monkeypatch.setattr(assets_apply.write, "create_assets", be_busy)
        run_waiting(app)

        found = importer.find(run.id)
        assert found.state == "applying"
        monkeypatch.undo()
        drain(app, clock=lambda: datetime.now(UTC) + timedelta(seconds=5))
        assert importer.find(run.id).state == "applied"

    def test_an_error_of_this_program_is_written_on_the_run(self, app, importer, work, monkeypatch):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        monkeypatch.setattr(assets_apply.write, "create_assets", lambda *_a, **_k: 1 / 0)

        run_waiting(app)

        found = importer.find(run.id)
        assert found.state == "failed"
        assert "undone" in found.error
        assert count(work, Asset) == 0

    def test_a_missing_file_is_written_on_the_run(self, app, importer, work, tmp_path):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id, "checking")
        (tmp_path / "instance" / "imports" / run.file_sha256).unlink()

        run_waiting(app)

        assert "gone" in importer.find(run.id).error

    def test_deletes_the_rows_of_old_imports(self, app, importer, work, tmp_path):
        importer.take("assets", THREE)
        old = importer.check("assets", "Asset Tag\nB1\n")
        with work() as session:
            run = session.get(ImportRun, old.id)
            run.created_at = datetime.now(UTC) - timedelta(days=40)

        sweep(app)

        assert importer.find(old.id).state == "cancelled"
        assert importer.rows(old) == []
        assert not (tmp_path / "instance" / "imports" / old.file_sha256).exists()


class TestAskCheck:
    @pytest.mark.parametrize("state", ["checking", "applying", "applied", "cancelled"])
    def test_refuses_a_run_that_is_busy_or_done(self, app, importer, work, state):
        run = importer.check("assets", THREE)
        with work() as session:
            session.get(ImportRun, run.id).state = state

        with pytest.raises(Conflict), app.app_context(), unit_of_work() as session:
            life.ask_check(session, run_id=run.id, now=datetime.now(UTC))
