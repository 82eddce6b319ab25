"""The way of a file through the pages, with and without htmx, and who may use them."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from scanner_app.edge.state import app_state
from scanner_app.models import Asset, ImportRow, ImportRun, StatusName
from scanner_app.worker.run_jobs import drain

pytestmark = pytest.mark.either_database

CSV = "Asset Tag,Name,Status,Location\nA1,<script>alert(1)</script>,Hot spare,Lab\nA2,,in_use,\n"


@pytest.fixture
def wait(app):
    def until_done() -> None:
        drain(app)

    return until_done


def upload(client, text: str | bytes, *, kind: str = "assets", filename: str = "in.csv"):
    content = text.encode() if isinstance(text, str) else text
    return client.post(
        "/imports",
        data={"kind": kind, "file": (io.BytesIO(content), filename)},
        content_type="multipart/form-data",
    )


def number_of(response) -> int:
    return int(re.search(r"/imports/(\d+)", response.headers["Location"])[1])


def count(work, table) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


class TestUpload:
    def test_upload_leads_to_columns_then_rows_then_the_register(self, page_as, work, wait):
        client = page_as("stockroom")

        uploaded = upload(client, CSV)
        mapping = client.get(uploaded.headers["Location"])
        run_id = number_of(uploaded)
        open_question = client.post(f"/imports/{run_id}/mapping", data={})
        checked = client.post(
            f"/imports/{run_id}/mapping",
            data={"status-hot spare": "in_stock", "make_places": "on"},
        )
        wait()
        result = client.get(f"/imports/{run_id}?verdict=created")
        applied = client.post(f"/imports/{run_id}/application")
        wait()
        end = client.get(f"/imports/{run_id}")

        assert uploaded.status_code == 303
        assert "Hot spare" in mapping.text
        assert open_question.status_code == 422
        assert "Choose what each status means: Hot spare" in open_question.text
        assert checked.status_code == 303
        assert "&lt;script&gt;alert(1)" in result.text
        assert "<script>alert" not in result.text
        assert "Apply 2 rows" in result.text
        assert applied.status_code == 303
        assert "Imported: 2 created, 0 changed" in end.text
        assert count(work, Asset) == 2
        # The stockroom's choice counts for this file only; the table belongs to admins.
        with work() as session:
            assert (
                session.scalar(select(StatusName.id).where(StatusName.name_key == "hot spare"))
                is None
            )

    def test_remembers_a_status_if_an_admin_chooses_so(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag,Status\nA1,Hot spare\n"))

        admin.post(
            f"/imports/{run_id}/mapping",
            data={"status-hot spare": "in_stock", "keep_statuses": "on"},
        )
        wait()

        with work() as session:
            found = session.scalars(
                select(StatusName).where(StatusName.name_key == "hot spare")
            ).one()
            assert found.stage == "in_stock"

    @pytest.mark.parametrize(
        ("content", "filename", "status", "words"),
        [
            (b"", "in.csv", 422, "file is empty"),
            (b"PK\x03\x04rubbish", "in.xlsx", 422, "damaged"),
            (b'Asset Tag\n"A', "in.csv", 422, "never closed"),
            (b"Asset Tag\nA1\n" * 60, "in.csv", 413, "more than 50 rows"),
            (b"x" * 100_000, "big.csv", 413, "larger than 0 MB"),
        ],
        ids=["empty", "damaged", "open quote", "too many rows", "too large"],
    )
    def test_a_refused_file_shows_the_form_again_and_is_not_kept(
        self, app, admin, work, tmp_path, content, filename, status, words
    ):
        from dataclasses import replace

        settings = app_state(app).settings
        app_state(app).settings = replace(
            settings, import_max_mb=0 if filename == "big.csv" else 1, import_max_rows=50
        )

        answer = upload(admin, content, filename=filename)

        assert answer.status_code == status
        assert words in answer.text
        assert count(work, ImportRun) == 0
        folder = tmp_path / "instance" / "imports"
        assert list(folder.glob("*") if folder.exists() else []) == []

    def test_accepts_a_file_larger_than_the_limit_for_pictures(self, app, admin):
        app.config["MAX_CONTENT_LENGTH"] = 100

        assert upload(admin, "Asset Tag\n" + "A" * 60 + "\n").status_code == 303

    NAMES = (
        "../../etc/passwd", "..\\..\\x", "C:\\x.csv", "a\u202egnp.csv", "x" * 400, "CON", "-rf",
    )  # fmt: skip

    def test_never_uses_the_name_as_a_path(self, admin, work, tmp_path):
        for filename in self.NAMES:
            upload(admin, "Asset Tag\nA1\n", filename=filename)

        kept = [path.name for path in (tmp_path / "instance" / "imports").iterdir()]
        with work() as session:
            runs = session.scalars(select(ImportRun)).all()
            assert kept == [runs[0].file_sha256]
            assert len(runs) == len(self.NAMES)
            for run in runs:
                assert "/" not in run.filename
                assert "\u202e" not in run.filename
                assert len(run.filename) <= 120

    def test_asks_for_a_missing_kind_or_file(self, admin):
        for data in ({}, {"kind": "assets"}, {"kind": "planets"}):
            answer = admin.post("/imports", data=data, content_type="multipart/form-data")

            assert answer.status_code == 422

    def test_only_those_who_may_import_see_it(self, page_as):
        for role in ("viewer", "technician", "auditor", "approver", "reader"):
            client = page_as(role)

            assert client.get("/imports").status_code == 403
            assert upload(client, CSV).status_code == 403
            assert client.post("/imports/1/application").status_code == 403


class TestResult:
    def test_sends_htmx_only_the_block_with_the_progress(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag\nA1\n"))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()
        with work() as session:
            run = session.get(ImportRun, run_id)
            run.state, run.rows_done, run.rows_total = "checking", 1, 3
            run.lease_until = run.created_at.replace(year=2999)

        fragment = admin.get(f"/imports/{run_id}", headers={"HX-Request": "true"})
        whole = admin.get(f"/imports/{run_id}")

        assert "<html" not in fragment.text
        assert 'hx-trigger="every 1s"' in fragment.text
        assert "1 of 3" in fragment.text
        assert '<noscript><meta http-equiv="refresh"' in whole.text

    def test_filters_rows_by_verdict_in_pages(self, admin, wait):
        rows = "".join(f"A{number:03d},\n" for number in range(150))
        run_id = number_of(upload(admin, f"Asset Tag,Location\n{rows}X,Nowhere\n"))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()

        first = admin.get(f"/imports/{run_id}?verdict=created").text
        second = admin.get(f"/imports/{run_id}?verdict=created&after=101").text
        refused = admin.get(f"/imports/{run_id}").text

        assert "A099" in first
        assert "A100" not in first
        assert "A149" in second
        assert "Location: no location has the code or name &#39;Nowhere&#39;" in refused

    def test_refused_rows_must_be_left_out_to_apply(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag,Location\nA1,\nA2,Nowhere\n"))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()

        refused = admin.post(f"/imports/{run_id}/application")
        taken = admin.post(f"/imports/{run_id}/application", data={"leave_out_refused": "on"})
        wait()
        again = admin.post(f"/imports/{run_id}/application", data={"leave_out_refused": "on"})

        assert (refused.status_code, taken.status_code, again.status_code) == (409, 303, 409)
        assert count(work, Asset) == 1

    def test_an_import_given_up_keeps_neither_rows_nor_file(self, admin, work, wait, tmp_path):
        run_id = number_of(upload(admin, "Asset Tag\nA1\n"))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()

        admin.post(f"/imports/{run_id}/cancellation")

        assert count(work, ImportRow) == 0
        assert list((tmp_path / "instance" / "imports").iterdir()) == []
        assert "given up" in admin.get(f"/imports/{run_id}").text

    def test_an_unknown_number_is_not_found(self, admin):
        for number in ("99", "99999999999999999999", "2147483648"):
            for path in ("", "/mapping"):
                assert admin.get(f"/imports/{number}{path}").status_code == 404
            for path in ("mapping", "application", "check", "cancellation"):
                assert admin.post(f"/imports/{number}/{path}").status_code == 404

    def test_ignores_a_start_that_is_not_a_row_number(self, admin, wait):
        run_id = number_of(upload(admin, "Asset Tag\nA1\n"))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()

        for after in ("-1", "x", "9" * 30, "\0"):
            query = {"after": after, "verdict": after}
            assert admin.get(f"/imports/{run_id}", query_string=query).status_code == 200


class TestMapping:
    def test_rereads_the_file_with_another_separator_and_encoding(self, admin, work, wait):
        content = "Asset Tag^Name\nA1|Käthe,x\n".replace("^", "|").encode("cp1252")
        run_id = number_of(upload(admin, content))

        page = admin.get(f"/imports/{run_id}/mapping").text
        admin.post(f"/imports/{run_id}/mapping", data={"encoding": "cp1252", "separator": ","})
        reread = admin.get(f"/imports/{run_id}/mapping").text

        assert "Windows-1252, bar" in page
        assert "Asset Tag|Name" in reread

    def test_ignores_meanings_that_do_not_exist(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag,Foo\nA1,x\n"))

        admin.post(
            f"/imports/{run_id}/mapping", data={"column-1": "custodian_id", "column-0": "asset_tag"}
        )
        wait()

        with work() as session:
            assert session.get(ImportRun, run_id).mapping["columns"] == ["asset_tag", "custom"]

    def test_asks_for_the_tag_in_an_unknown_file(self, admin, work, wait):
        run_id = number_of(upload(admin, "Inv;Was\n1;Stuhl\n"))

        asked = admin.post(f"/imports/{run_id}/mapping", data={})
        admin.post(f"/imports/{run_id}/mapping", data={"column-0": "asset_tag", "column-1": "name"})
        wait()
        admin.post(f"/imports/{run_id}/application")
        wait()

        assert "Choose the column that is the Asset Tag" in asked.text
        with work() as session:
            assert session.scalars(select(Asset.name)).one() == "Stuhl"


class TestStatuses:
    def test_an_admin_adds_changes_and_removes_status_names(self, admin, work):
        page = admin.get("/admin/statuses")
        admin.post("/admin/statuses", data={"name": " Hot  Spare ", "stage": "in_stock"})
        with work() as session:
            made = session.scalars(
                select(StatusName).where(StatusName.name_key == "hot spare")
            ).one()
            made_id = made.id
        admin.post(f"/admin/statuses/{made_id}", data={"stage": "ordered"})
        with work() as session:
            assert session.get(StatusName, made_id).stage == "ordered"
        admin.post(f"/admin/statuses/{made_id}/removal")

        assert "ready to deploy" in page.text
        with work() as session:
            assert session.get(StatusName, made_id) is None

    CASES = (
        ({"name": "", "stage": "in_stock"}, 422),
        ({"name": "x", "stage": "nowhere"}, 422),
        ({"name": "In stock", "stage": "retired"}, 422),
        ({"name": "a\0b", "stage": "retired"}, 422),
        ({"name": "x" * 101, "stage": "retired"}, 422),
        ({"name": "Archived", "stage": "in_stock"}, 409),
    )

    def test_refuses_names_that_cannot_be_status_names(self, admin):
        for data, status in self.CASES:
            assert admin.post("/admin/statuses", data=data).status_code == status

    def test_only_admins_see_status_names(self, page_as):
        client = page_as("stockroom")

        assert client.get("/admin/statuses").status_code == 403
        assert client.post("/admin/statuses", data={}).status_code == 403
        assert client.post("/admin/statuses/1", data={}).status_code == 403

    def test_an_unknown_status_name_is_not_found(self, admin):
        for number in ("0", "99999", "99999999999"):
            assert admin.post(f"/admin/statuses/{number}/removal").status_code == 404


class TestStateOfARun:
    def test_a_check_that_changes_nothing_is_not_waiting_to_be_applied(self, admin, wait):
        known = "Asset Tag,Name\nA1,Laptop\n"
        first = number_of(upload(admin, known))
        admin.post(f"/imports/{first}/mapping", data={})
        wait()
        waiting = admin.get(f"/imports/{first}").get_data(as_text=True)
        admin.post(f"/imports/{first}/application")
        wait()
        again = number_of(upload(admin, known))
        refused = number_of(upload(admin, "Asset Tag,Purchase Date\nA2,yesterday\n"))
        for run_id in (again, refused):
            admin.post(f"/imports/{run_id}/mapping", data={})
        wait()

        pages = [
            admin.get(f"/imports/{run_id}").get_data(as_text=True) for run_id in (again, refused)
        ]

        assert "To be applied" in waiting
        assert all("To be applied" not in text for text in pages)
        assert all("Nothing to apply" in text for text in pages)
        assert "To be applied" not in admin.get("/imports").get_data(as_text=True)


class TestTwoWindows:
    """One import is open in two windows: the second is told what the first one did."""

    @staticmethod
    def seen(answer) -> str:
        return re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)[1]

    def test_the_second_does_not_overwrite_the_columns_of_the_first(self, admin, wait):
        run_id = number_of(upload(admin, "Asset Tag,Name\nA1,x\n"))
        second = self.seen(admin.get(f"/imports/{run_id}/mapping"))
        admin.post(f"/imports/{run_id}/mapping", data={"seen": second, "column-1": "notes"})
        wait()

        told = admin.post(f"/imports/{run_id}/mapping", data={"seen": second, "column-1": ""})

        assert told.status_code == 409
        assert "changed in another window" in told.text
        again = admin.post(
            f"/imports/{run_id}/mapping", data={"seen": self.seen(told), "column-1": "name"}
        )
        assert again.status_code == 303

    def test_what_is_applied_is_what_was_shown(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag,Name\nA1,x\n"))
        admin.post(f"/imports/{run_id}/mapping")
        wait()
        first = self.seen(admin.get(f"/imports/{run_id}"))
        admin.post(f"/imports/{run_id}/mapping", data={"column-1": "notes"})
        wait()

        told = admin.post(f"/imports/{run_id}/application", data={"seen": first})

        assert told.status_code == 409
        assert "checked again in another window" in told.text
        assert count(work, Asset) == 0
        done = admin.post(f"/imports/{run_id}/application", data={"seen": self.seen(told)})
        assert done.status_code == 303

    def test_after_it_was_applied_no_form_is_left(self, admin, work, wait):
        run_id = number_of(upload(admin, "Asset Tag,Name\nA1,x\n"))
        admin.post(f"/imports/{run_id}/mapping")
        wait()
        admin.post(f"/imports/{run_id}/application")
        wait()

        answers = [
            admin.get(f"/imports/{run_id}/mapping"),
            admin.post(f"/imports/{run_id}/mapping", data={"column-1": ""}),
        ]

        assert {answer.status_code for answer in answers} == {303}
        end = admin.get(f"/imports/{run_id}")
        assert "went on in another window" in end.text
        assert "Imported: 1 created" in end.text
        assert "/application" not in end.text
        assert admin.post(f"/imports/{run_id}/application").status_code == 409
        assert count(work, Asset) == 1
