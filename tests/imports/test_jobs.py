"""Work beside the requests: claimed once, taken over after a death, never half done."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from scanner_app.domain.errors import Conflict
from scanner_app.extensions import jobs
from scanner_app.extensions.database import unit_of_work
from scanner_app.extensions.jobs import EXTENSION, check_import, run_due_imports
from scanner_app.models import Asset, ImportRow, ImportRun
from scanner_app.services import import_apply, imports
from scanner_app.services.imports import LEASE, MOST_ATTEMPTS, LeaseLost

THREE = "Asset Tag\nA1\nA2\nA3\n"


def count(work, table) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


def put_in_line(work, run_id: int, state: str = "applying") -> None:
    with work() as session:
        run = session.get(ImportRun, run_id)
        run.state, run.lease_until = state, None


class TestClaimDueRun:
    def test_gives_one_run_to_one_worker(self, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        with work() as session:
            first = imports.claim_due_run(session, now=now)
        with work() as session:
            second = imports.claim_due_run(session, now=now + LEASE / 2)
        with work() as session:
            third = imports.claim_due_run(session, now=now + LEASE * 2)

        assert first.run_id == third.run_id == run.id
        assert second is None

    def test_gives_up_on_a_run_that_ends_its_workers(self, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        for attempt in range(MOST_ATTEMPTS + 1):
            with work() as session:
                imports.claim_due_run(session, now=now + LEASE * 2 * attempt)

        found = importer.find(run.id)
        assert found.state == "failed"
        assert "cut off" in found.error


class TestALostLease:
    def test_stops_the_check_of_the_worker_that_lost_it(self, app, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id, "checking")
        with work() as session:
            slow = imports.claim_due_run(session, now=now)
        with work() as session:
            quick = imports.claim_due_run(session, now=now + LEASE * 2)

        with app.app_context():
            with pytest.raises(LeaseLost):
                check_import(slow)
            check_import(quick)

        assert importer.find(run.id).state == "checked"
        assert count(work, ImportRow) == 3

    def test_keeps_an_apply_from_happening_twice(self, app, importer, work, now):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        with work() as session:
            slow = imports.claim_due_run(session, now=now)
        with work() as session:
            quick = imports.claim_due_run(session, now=now + LEASE * 2)

        with app.app_context():
            jobs.apply_import(quick)
            with pytest.raises(LeaseLost):
                jobs.apply_import(slow)

        assert count(work, Asset) == 3


class TestRunDueImports:
    def test_takes_over_from_a_worker_that_died_in_the_middle(
        self, app, importer, work, monkeypatch
    ):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        real = import_apply.register.create_assets

        def die_after_writing(*args, **kwargs):
            real(*args, **kwargs)
            raise SystemExit  # as a signal would: nothing handles it, nothing is noted

        monkeypatch.setattr(import_apply.register, "create_assets", die_after_writing)
        with pytest.raises(SystemExit):
            run_due_imports(app)
        monkeypatch.undo()
        between = count(work, Asset), importer.find(run.id).state
        with work() as session:  # the lease runs out
            session.get(ImportRun, run.id).lease_until = datetime.now(UTC) - timedelta(seconds=1)
        run_due_imports(app)

        assert between == (0, "applying")
        assert count(work, Asset) == 3
        assert importer.find(run.id).state == "applied"

    def test_puts_a_run_off_while_the_database_cannot_answer(
        self, app, importer, work, monkeypatch
    ):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        def be_busy(*_args, **_kwargs):
            raise OperationalError("INSERT", {}, Exception("database is locked"))

        monkeypatch.setattr(import_apply.register, "create_assets", be_busy)
        run_due_imports(app)

        found = importer.find(run.id)
        assert found.state == "applying"
        assert found.lease_until < datetime.now(UTC) + timedelta(seconds=10)

    def test_says_on_the_run_what_this_program_did_wrong(self, app, importer, work, monkeypatch):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        monkeypatch.setattr(import_apply.register, "create_assets", lambda *_a, **_k: 1 / 0)

        run_due_imports(app)

        found = importer.find(run.id)
        assert found.state == "failed"
        assert "undone" in found.error
        assert count(work, Asset) == 0

    def test_says_that_the_file_is_gone(self, app, importer, work, tmp_path):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id, "checking")
        (tmp_path / "instance" / "imports" / run.file_sha256).unlink()

        run_due_imports(app)

        assert "gone" in importer.find(run.id).error

    def test_forgets_the_rows_of_long_ago(self, app, importer, work, tmp_path):
        importer.take("assets", THREE)
        old = importer.check("assets", "Asset Tag\nB1\n")
        with work() as session:
            run = session.get(ImportRun, old.id)
            run.created_at = datetime.now(UTC) - timedelta(days=40)

        importer.check("assets", "Asset Tag\nC1\n")

        assert importer.find(old.id).state == "cancelled"
        assert importer.rows(old) == []
        assert not (tmp_path / "instance" / "imports" / old.file_sha256).exists()


class TestJobs:
    def test_are_found_by_any_request_after_a_while(self, app, importer, admin, work, monkeypatch):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)
        monkeypatch.setattr(jobs, "POLL_SECONDS", 0.0)

        admin.get("/admin/statuses")
        app.extensions[EXTENSION].wait(30)

        assert importer.find(run.id).state == "applied"

    def test_are_looked_for_at_most_once_in_a_while(self, app, importer, admin, work):
        run = importer.check("assets", THREE)
        put_in_line(work, run.id)

        admin.get("/admin/statuses")
        app.extensions[EXTENSION].wait(30)

        assert importer.find(run.id).state == "applying"


class TestAskCheck:
    @pytest.mark.parametrize("state", ["checking", "applying", "applied", "cancelled"])
    def test_refuses_a_run_that_is_busy_or_done(self, app, importer, work, state):
        run = importer.check("assets", THREE)
        with work() as session:
            session.get(ImportRun, run.id).state = state

        with pytest.raises(Conflict), app.app_context(), unit_of_work() as session:
            imports.ask_check(session, run_id=run.id)
