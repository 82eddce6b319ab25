"""Large files: offered, made by a job, kept in pieces for the one who asked, and deleted in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from scanner_app.domain.access.roles import Role
from scanner_app.domain.files.made import (
    FORMS,
    KEPT_FOR,
    MADE_KINDS,
    MAX_UNDER_WAY,
    MadeForm,
    MadeKind,
    MadeState,
    find_line,
    say_size,
)
from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.edge.made_files import asking, keeping
from scanner_app.models import Job, MadeFile, User
from scanner_app.pages import made_files as pages
from scanner_app.pages.labels import printing
from scanner_app.queries.labels.printed import list_prints
from scanner_app.services.jobs import work as jobs_work
from scanner_app.storage.database import db
from scanner_app.storage.file_store import FOLDER, FolderStore
from scanner_app.worker import made_files as worker
from scanner_app.worker.retention import delete_old
from scanner_app.worker.run_jobs import drain
from scanner_app.worker.sweep import put_forgotten_in_line
from tests.support.on_both import OnBoth
from tests.support.register import add_asset, add_location

ASK = {"kind": "assets", "form": "csv"}


def test_every_kind_has_forms_and_a_line_that_is_never_below_a_page():
    assert set(MADE_KINDS) == set(MadeKind)
    assert set(FORMS) == set(MadeForm)
    for kind, facts in MADE_KINDS.items():
        assert facts.forms
        assert all(find_line(kind, form) >= 200 for form in facts.forms)
    assert find_line(MadeKind.ASSETS, MadeForm.CSV) == 10_000
    assert find_line(MadeKind.LABELS, MadeForm.PDF) == 200


def test_a_size_is_said_in_words():
    assert [say_size(size) for size in (0, 41_000, 143_000_000)] == ["1 kB", "41 kB", "143.0 MB"]


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "instance" / FOLDER)


@pytest.fixture
def office(work, now, monkeypatch):
    """Five assets, and a line after the second; pieces of a hundred bytes."""
    for module in (asking, pages, printing):
        monkeypatch.setattr(module, "find_line", lambda *_: 2)
    monkeypatch.setattr(keeping, "PIECE", 100)
    with work() as session:
        room = add_location(session, "R-1", "Lab", now=now)
        for number in range(5):
            add_asset(session, f"A-{number}", location=room, now=now)


def find(work) -> MadeFile:
    with work() as session:
        made = session.scalars(select(MadeFile).order_by(MadeFile.id.desc())).first()
        session.expunge(made)
        return made


def name_of(answer) -> str:
    return answer.headers["Content-Disposition"].replace('"', "")


@pytest.mark.usefixtures("office")
class TestLargeFile(OnBoth):
    def test_is_offered_made_in_pieces_fetched_and_deleted_after_a_week(
        self, app, admin, work, store, monkeypatch
    ):
        offered = admin.get("/exports/assets.csv?q=A-&sort=seen")
        with work() as session:
            assert session.scalar(select(func.count()).select_from(MadeFile)) == 0  # a GET
        form = {**ASK, "at.q": "A-"}
        asked = admin.post("/files", data=form)
        again = admin.post("/files", data=form)
        waiting = admin.get(asked.location).text
        drain(app)
        ready = admin.get(asked.location).text
        fetched = admin.get(f"{asked.location}/content")
        monkeypatch.setattr(asking, "find_line", lambda *_: 10)
        at_once = admin.get("/exports/assets.csv?q=A-")
        pieces = find(work).pieces

        assert offered.status_code == 200
        assert "Make the file" in offered.text
        assert 'name="at.q" value="A-"' in offered.text
        assert "at.sort" not in offered.text
        assert asked.status_code == 303
        assert again.location == asked.location
        assert 'http-equiv="refresh"' in waiting  # it works without script
        assert "No worker runs" in waiting
        assert "Download" in ready
        assert fetched.data == at_once.data
        assert fetched.data.count(b"\r\n") == 6
        assert fetched.content_length == len(fetched.data)
        assert fetched.headers["Cache-Control"] == "no-store"
        assert "attachment" in fetched.headers["Content-Disposition"]
        assert len(pieces) == -(-len(fetched.data) // 100)
        assert set(pieces) == set(store.names())

        with app.app_context():
            delete_old(0, datetime.now(UTC) + KEPT_FOR - timedelta(hours=1))
        assert admin.get(asked.location).status_code == 200
        with app.app_context():
            delete_old(0, datetime.now(UTC) + KEPT_FOR + timedelta(hours=1))
        assert admin.get(asked.location).status_code == 404
        assert list(store.names()) == []

    def test_of_a_worker_that_died_is_made_again_without_leaving_pieces(
        self, app, admin, work, store
    ):
        admin.post("/files", data=ASK)
        left = store.put(b"half of it")
        with work() as session:
            session.execute(
                update(MadeFile).values(state=MadeState.MAKING, pieces=[left], rows_done=3)
            )
            session.execute(update(Job).values(state=WorkState.WORKING, node="gone"))
        with work() as session:
            jobs_work.take_over(session, node="me", running=(), now=datetime.now(UTC))
        drain(app)

        made = find(work)
        assert made.state is MadeState.READY
        assert set(store.names()) == set(made.pieces)

    def test_whose_worker_was_taken_for_dead_has_no_piece_twice(
        self, app, admin, work, store, monkeypatch
    ):
        """A worker that was silent comes back while another makes the file."""
        made_at = admin.post("/files", data=ASK).location
        number = find(work).id
        write, began = worker._write, []

        def write_slowly(*args) -> str:
            name = write(*args)
            if not began:
                began.append(True)
                worker.make_file(number, datetime.now(UTC))
            return name

        monkeypatch.setattr(worker, "_write", write_slowly)
        drain(app)

        made = find(work)
        assert (made.state, began) == (MadeState.READY, [True])
        assert set(store.names()) == set(made.pieces)
        fetched = admin.get(f"{made_at}/content")
        assert len(fetched.data) == fetched.content_length

    def test_says_how_far_it_is_while_it_is_read(self, app, admin, work, monkeypatch):
        monkeypatch.setattr(worker, "LOOK_AFTER", 2)
        monkeypatch.setattr(worker, "NOTE_EVERY", 0.0)
        seen = []
        note = worker.Progress._note

        def look(progress) -> None:
            note(progress)
            with db.engine.connect() as connection:  # what another process sees
                seen.append(connection.scalar(select(MadeFile.rows_done)))

        monkeypatch.setattr(worker.Progress, "_note", look)
        made = admin.post("/files", data=ASK).location
        drain(app)
        with work() as session:
            session.execute(update(MadeFile).values(state=MadeState.MAKING, rows_done=3))

        assert seen == [2, 4]
        assert "3 of 5 assets" in admin.get(made).text

    def test_whose_job_was_lost_is_put_in_line_again(self, app, admin, work):
        admin.post("/files", data=ASK)
        with work() as session:
            session.query(Job).delete()
        with app.app_context():
            put_forgotten_in_line(0, datetime.now(UTC))
        drain(app)

        assert find(work).state is MadeState.READY


@pytest.mark.usefixtures("office")
@pytest.mark.either_database
class TestRights:
    def test_only_the_one_who_asked_fetches_it(self, app, admin, page_as):
        made = admin.post("/files", data=ASK).location
        drain(app)
        other = page_as(Role.STOCKROOM)

        assert other.get(made).status_code == 404
        assert other.get(f"{made}/content").status_code == 404
        assert "Assets as CSV" not in other.get("/files").text
        assert admin.get(f"{made}/content").status_code == 200

    def test_of_somebody_who_may_no_longer_export_fails_and_says_why(self, app, admin, work):
        made = admin.post("/files", data=ASK).location
        with work() as session:
            session.execute(update(User).values(is_active=False))
        drain(app)

        with work() as session:
            job = session.scalars(select(Job).where(Job.kind == JobKind.MADE_FILE)).one()
            assert job.state is WorkState.FAILED
        assert find(work).error == "The account that asked for this file has ended."
        assert made

    def test_of_a_blind_audit_is_not_for_somebody_who_counts_since(self, app, admin, api, work):
        body = {"name": "X", "scope": {"locations": ["R-1"]}, "blind": True}
        audit = api.post("/audits", json=body).json["id"]
        api.post(f"/audits/{audit}/counting")
        form = {"kind": "report", "form": "csv", "audit": str(audit)}
        made = admin.post("/files", data=form).location
        drain(app)
        before = admin.get(f"{made}/content").status_code
        with work() as session:
            session.execute(update(User).values(role=Role.TECHNICIAN))

        assert before == 200
        assert admin.get(f"{made}/content").status_code == 403

    def test_what_a_form_cannot_ask_for_is_refused(self, admin):
        answers = [
            admin.post("/files", data=form)
            for form in (
                {},
                {"kind": "assets", "form": "pdf"},
                {"kind": "report", "form": "csv"},
                {"kind": "report", "form": "csv", "audit": "x"},
                {"kind": "labels", "form": "pdf"},
                {**ASK, "at.q": "x" * 3000},
                {**ASK, "at.status": "lost in space"},
            )
        ]

        assert {answer.status_code for answer in answers} <= {404, 422}

    def test_a_person_has_five_under_way(self, admin):
        texts = [f"A-{number}" for number in range(MAX_UNDER_WAY + 1)]
        answers = [admin.post("/files", data={**ASK, "at.q": text}) for text in texts]

        assert [answer.status_code for answer in answers] == [303] * MAX_UNDER_WAY + [409]
        assert "Wait until one of them is ready" in answers[-1].text


@pytest.mark.usefixtures("office")
@pytest.mark.either_database
class TestKinds:
    def test_reports_proofs_events_and_labels_are_what_small_ones_are(
        self, app, admin, api, work, monkeypatch
    ):
        audit = api.post("/audits", json={"name": "X", "scope": {"locations": ["R-1"]}}).json["id"]
        api.post(f"/audits/{audit}/counting")
        labels = {"codes": "\n".join(f"A-{n}" for n in range(5)), "form": "zpl", "base": ""}
        asked = [
            admin.post("/files", data={"kind": kind, "form": form, "audit": str(audit)}).location
            for kind, form in (("report", "csv"), ("report", "json"), ("events", "epcis.jsonld"))
        ]
        asked.append(admin.post("/labels/print", data=labels).location)
        offers = [
            admin.get(f"/audits/{audit}/{path}").text for path in ("report.csv", "report.pdf")
        ]
        drain(app)
        with work() as session:
            printed = [(one.code, one.reason.value) for one in list_prints(session, limit=50)]
        monkeypatch.setattr(asking, "find_line", lambda *_: 100)
        monkeypatch.setattr(printing, "find_line", lambda *_: 100)
        fetched = [admin.get(f"{place}/content") for place in asked]
        at_once = [
            admin.get(f"/audits/{audit}/{path}")
            for path in ("report.csv", "report.json", "events.jsonld")
        ]
        at_once.append(admin.post("/labels/print", data=labels))

        assert all("Make the file" in text for text in offers)
        assert sorted(printed) == [(f"A-{n}", "first") for n in range(5)]
        assert [answer.status_code for answer in fetched + at_once] == [200] * 8
        assert fetched[0].data == at_once[0].data
        assert fetched[3].data == at_once[3].data
        assert fetched[1].json.keys() == at_once[1].json.keys()
        assert fetched[2].json["epcisBody"] == at_once[2].json["epcisBody"]
        assert [name_of(answer) for answer in fetched] == [name_of(answer) for answer in at_once]
