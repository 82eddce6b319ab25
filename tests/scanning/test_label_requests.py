"""Labels that are asked for: by a scan that found one unreadable, or on a page, until one is printed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, LabelPrint, LabelRequest
from scanner_app.queries.labels.requests import count_asked
from scanner_app.storage.database import reading, unit_of_work
from tests.scanning.steps import at, post, scan

pytestmark = pytest.mark.usefixtures("office")
UNREADABLE = {"condition": "unreadable_label"}


def asked(app) -> list[tuple[str, str, str]]:
    """Return each label that was asked for, its note, and what became of it."""
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(Asset.asset_tag, LabelRequest)
            .join(Asset, Asset.id == LabelRequest.asset_id)
            .order_by(LabelRequest.id)
        ).all()
        states = []
        for tag, row in rows:
            ended = "withdrawn" if row.print_id is None else "printed"
            states.append((tag, row.note, "open" if row.ended_at is None else ended))
        return states


def print_labels(api, *tags: str, **more: str) -> None:
    answer = api.post("/labels", json={"things": list(tags), "stock": "zebra-50x25", **more})
    assert answer.status_code == 200, answer.text


class TestByScan:
    def test_an_unreadable_label_is_asked_for_once_with_its_note(self, app, api):
        post(api, scan("SER-1", "lookup", note="scratched", **UNREADABLE))
        post(
            api,
            scan("LT-900", **UNREADABLE),
            scan("LT-001", "move", location="R-101", **UNREADABLE),
        )
        post(api, scan("LT-002", condition="damaged"), scan("NO-SUCH", **UNREADABLE))

        assert asked(app) == [("LT-900", "scratched", "open"), ("LT-001", "", "open")]

    def test_two_in_one_batch_are_one(self, app, api):
        post(api, scan("LT-001", **UNREADABLE), scan("LT-001", **UNREADABLE))

        assert [tag for tag, *_ in asked(app)] == ["LT-001"]

    def test_a_batch_that_is_sent_again_asks_for_nothing_more(self, app, api):
        batch = [scan("LT-001", scanned_at=at(60), **UNREADABLE)]
        post(api, *batch)
        print_labels(api, "LT-001")

        post(api, *batch)

        assert asked(app) == [("LT-001", "", "printed")]

    def test_a_refused_scan_asks_for_nothing(self, app, api):
        post(api, scan("LT-001", "check_in", **UNREADABLE))

        assert asked(app) == []

    def test_an_undo_withdraws_it_before_it_is_printed_and_not_after(self, app, api):
        first, second = scan("LT-001", **UNREADABLE), scan("LT-002", **UNREADABLE)
        post(api, first, second)
        print_labels(api, "LT-002")

        for one in (first, second):
            post(api, scan(one["code"], "void", voids=one["scan_id"]))

        assert asked(app) == [("LT-001", "", "withdrawn"), ("LT-002", "", "printed")]

    def test_an_undo_that_arrives_first_leaves_nothing(self, app, api):
        late = scan("LT-001", **UNREADABLE)
        post(api, scan("LT-001", "void", voids=late["scan_id"]))

        post(api, late)

        assert asked(app) == []


class TestPrinted:
    def test_a_print_ends_it_and_the_next_one_is_asked_for_anew(self, app, api):
        post(api, scan("LT-001", **UNREADABLE), scan("LT-002", **UNREADABLE))

        print_labels(api, "LT-001", "LT-003")
        post(api, scan("LT-001", **UNREADABLE))

        assert asked(app) == [
            ("LT-001", "", "printed"), ("LT-002", "", "open"), ("LT-001", "", "open")
        ]  # fmt: skip
        with app.app_context(), reading() as session:
            done = session.scalars(
                select(LabelPrint.code).join(LabelRequest, LabelRequest.print_id == LabelPrint.id)
            ).all()
        assert done == ["LT-001"]

    def test_a_test_print_is_no_label(self, app, api):
        post(api, scan("LT-001", **UNREADABLE))

        print_labels(api, "LT-001", reason="test")

        assert asked(app) == [("LT-001", "", "open")]


class TestPages:
    def test_who_walks_the_floor_asks_and_who_prints_finds_it(self, app, page_as, api):
        walker, clerk = page_as("technician"), page_as("stockroom")
        assert "Ask for a new label" in walker.get("/assets/LT-900").text
        for _ in range(2):
            answer = walker.post("/labels/requests", data={"asset_tag": "LT-900"})
            assert answer.headers["Location"] == "/assets/LT-900"
        assert "A new label was asked for" in walker.get("/assets/LT-900").text
        assert walker.get("/labels/requests").status_code == 403

        queue = clerk.get("/labels/requests").text
        assert "Print it" in queue
        assert "Room 101" in queue
        form = {"code": ["LT-900"]}
        assert "LT-900" in clerk.post("/labels", data=form).text
        done = {"codes": "LT-900", "stock": "zebra-50x25", "form": "zpl"}
        assert clerk.post("/labels/print", data=done).status_code == 200

        assert asked(app) == [("LT-900", "", "printed")]
        assert "No label is asked for" in clerk.get("/labels/requests").text

    def test_what_is_disposed_of_needs_no_label(self, app, page_as, api):
        post(api, scan("LT-001", **UNREADABLE), scan("LT-900", **UNREADABLE))
        with app.app_context(), unit_of_work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
            asset.status = Stage.DISPOSED

        queue = page_as("stockroom").get("/labels/requests").text

        assert "LT-001" not in queue
        assert "LT-900" in queue
        with app.app_context(), reading() as session:
            assert count_asked(session) == 1

    def test_what_nobody_needs_is_taken_off_the_list_once(self, app, page_as):
        clerk = page_as("stockroom")
        clerk.post("/labels/requests", data={"asset_tag": "LT-001"})

        for said in ("It is off the list.", "printed or withdrawn already"):
            clerk.post("/labels/requests/1/withdrawal")
            assert said in clerk.get("/labels/requests").text

        assert asked(app) == [("LT-001", "", "withdrawn")]
        assert clerk.post("/labels/requests/77/withdrawal").status_code == 404

    def test_an_unknown_asset_is_not_found(self, app, page_as):
        walker = page_as("technician")

        answer = walker.post("/labels/requests", data={"asset_tag": str(uuid.uuid4())})

        assert answer.status_code == 404
        assert asked(app) == []
