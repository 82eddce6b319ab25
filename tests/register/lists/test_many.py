"""Many assets at once: what is foretold is what happens, each asset by its own rules."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.many import UNDO_FOR
from scanner_app.models import Asset, RegisterChange, Scan
from scanner_app.pages.register.sealed_edit import _serializer
from tests.conftest import NOW
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person


def fill_office(session: Session) -> dict[str, int]:
    room = add_location(session, "R-1", "Room 1", now=NOW)
    add_location(session, "R-2", "Room 2", now=NOW)
    ana = add_person(session, "1001", "Ana Lima", badge="B-77", now=NOW)
    add_person(session, "1002", "Bob Brook", now=NOW)
    return {
        "LT-1": add_asset(session, "LT-1", location=room, serial="S-1", now=NOW),
        "LT-2": add_asset(
            session, "LT-2", location=room, status=Stage.IN_USE, custodian=ana, now=NOW
        ),
        "LT-3": add_asset(session, "LT-3", status=Stage.DISPOSED, now=NOW),
    }


@pytest.fixture
def contents() -> Fill | None:
    return fill_office


@pytest.fixture
def office(filled: Any) -> dict[str, int]:
    return filled


@pytest.fixture
def state(work):
    """`state("LT-1")`: status, location and person of an asset now."""

    def read(tag: str) -> tuple[str, str | None, int | None, Any]:
        with work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()
            return asset.status.value, asset.location_id, asset.custodian_id, asset.last_seen_at

    return read


def ids_of(office: dict[str, int]) -> str:
    return " ".join(str(id_) for id_ in office.values())


def counts_of(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"<strong>(\d+)</strong>", text)]


class TestChange:
    def test_of_status_does_what_was_foretold_and_says_why_one_is_refused(
        self, admin, office, state, work
    ):
        form = {"do": "status", "value": "in_stock", "ids": ids_of(office)}
        before = [state(tag) for tag in office]

        foretold = admin.post("/many/assets/change", data=form).get_data(as_text=True)

        assert counts_of(foretold) == [1, 1, 1]  # changed, so already, refused
        assert [state(tag) for tag in office] == before
        done = admin.post("/many/assets/change", data={**form, "step": "apply"})
        text = done.get_data(as_text=True)
        assert "1 of 3 changed" in text
        assert "LT-3 is disposed and cannot become in stock" in text
        # As at the form of one asset: what goes to stock is nobody's any more.
        assert state("LT-2")[0] == "in_stock"
        assert state("LT-2")[2] is None
        assert state("LT-3") == before[2]
        with work() as session:
            edits = select(func.count()).where(RegisterChange.kind == "edited")
            assert session.scalar(edits) == 1

    def test_of_location_does_not_say_that_anyone_saw_them(self, admin, office, state):
        form = {"do": "move", "value": "r-2", "ids": ids_of(office), "step": "apply"}
        seen = [state(tag)[3] for tag in office]

        admin.post("/many/assets/change", data=form)

        assert len({state(tag)[1] for tag in office}) == 1
        assert [state(tag)[3] for tag in office] == seen
        refused = admin.post("/many/assets/change", data={**form, "value": "nowhere"})
        assert refused.status_code == 422
        assert "No location has the code" in refused.get_data(as_text=True)


class TestUndoOfAnEdit:
    """As one, for an hour, and never over what somebody changed since."""

    def edit(self, client, office, do: str, value: str) -> dict[str, str]:
        form = {"do": do, "value": value, "ids": ids_of(office), "step": "apply"}
        text = client.post("/many/assets/change", data=form).get_data(as_text=True)
        return {"do": do, "undo": re.search(r'name="undo" value="([^"]+)"', text)[1]}

    @pytest.mark.parametrize(
        ("do", "value"),
        [("move", "R-2"), ("status", "in_stock"), ("home", "R-2"), ("category", "Tools")],
    )
    def test_puts_back_all_that_it_changed(self, admin, office, columns, work, do, value):
        before = columns()
        undo = self.edit(admin, office, do, value)
        assert columns() != before
        text = admin.post("/many/assets/undo-edit", data=undo).get_data(as_text=True)
        assert re.search(r"<h1>(\d) of \1 undone", text)
        assert columns() == before
        assert "Edit of many undone" in admin.get("/api/v1/assets/LT-2/history").text

    def test_refuses_what_somebody_changed_since_and_undoes_the_others(
        self, admin, page_as, office, columns
    ):
        before = columns()
        undo = self.edit(admin, office, "move", "R-2")
        other = page_as("admin", "other@example.org")
        self.edit(other, {"LT-1": office["LT-1"]}, "move", "R-1")
        moved = columns()["LT-1"]
        text = admin.post("/many/assets/undo-edit", data=undo).get_data(as_text=True)
        assert "Somebody changed its location since." in text
        assert columns() == {**before, "LT-1": moved}

    def test_leaves_with_nobody_what_was_given_out_and_taken_back_since(
        self, admin, page_as, office, columns
    ):
        undo = self.edit(admin, office, "status", "in_stock")
        stockroom, only = page_as("stockroom"), str(office["LT-2"])
        for number, do in enumerate(("check_out", "check_in")):
            base = f"6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f000{number + 2}"
            form = {"do": do, "value": "1002", "ids": only, "base": base, "step": "apply"}
            stockroom.post("/many/assets/custody", data=form)
        since = columns()["LT-2"]
        assert since[4] is None
        text = admin.post("/many/assets/undo-edit", data=undo).get_data(as_text=True)
        assert "Somebody changed its assigned person since." in text
        assert columns()["LT-2"] == since

    def test_is_of_who_made_it_for_an_hour_and_as_it_was_written(
        self, admin, page_as, office, columns, app
    ):
        undo = self.edit(admin, office, "move", "R-2")
        after = columns()
        other = page_as("admin", "other@example.org")
        assert other.post("/many/assets/undo-edit", data=undo).status_code == 422
        forged = {**undo, "undo": undo["undo"][:-2]}
        assert admin.post("/many/assets/undo-edit", data=forged).status_code == 422
        with app.test_request_context():
            key, at, rows = read_sealed(undo["undo"])
            late = datetime.fromisoformat(at) - UNDO_FOR - timedelta(seconds=1)
            undo["undo"] = _serializer().dumps((key, late.isoformat(), rows))
        assert admin.post("/many/assets/undo-edit", data=undo).status_code == 409
        assert columns() == after

    @pytest.fixture
    def columns(self, work):
        """`columns()`: by tag, all of an asset that an edit of many can change."""

        def read() -> dict[str, tuple[Any, ...]]:
            with work() as session:
                return {
                    one.asset_tag: (
                        one.status,
                        one.location_id,
                        one.home_location_id,
                        one.category_id,
                        one.custodian_id,
                        one.due_at,
                    )
                    for one in session.scalars(select(Asset))
                }

        return read


def read_sealed(text: str) -> tuple[str, str, Any]:
    return _serializer().loads(text)


class TestCustody:
    def test_is_recorded_as_scans_once_and_undone_whole(self, page_as, office, state, work):
        stockroom = page_as("stockroom")
        base = "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001"
        form = {"do": "check_out", "value": "1002", "ids": ids_of(office), "base": base}
        before = [state(tag)[:3] for tag in office]

        foretold = stockroom.post("/many/assets/custody", data=form).get_data(as_text=True)
        assert counts_of(foretold) == [1, 2]
        assert [state(tag)[:3] for tag in office] == before
        for _ in range(2):  # pressed twice
            done = stockroom.post("/many/assets/custody", data={**form, "step": "apply"})
            text = done.get_data(as_text=True)
            assert "1 of 3 checked out" in text
            assert "LT-2 Laptop is checked out to Ana Lima" in text
        assert state("LT-1")[0] == "in_use"
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Scan)) == 3

        [changed] = re.findall(r'name="ids" value="([^"]*)"', text)
        undo = {"do": "check_out", "base": base, "ids": changed}
        assert "1 of 1 undone" in stockroom.post("/many/assets/undo", data=undo).text

        assert [state(tag)[:3] for tag in office] == before

    def test_needs_somebody_who_gets_them(self, admin, office):
        answer = admin.post("/many/assets/custody", data={"do": "check_out", "ids": "1"})

        assert answer.status_code == 422
        assert "Choose who gets them." in answer.get_data(as_text=True)


class TestSelection:
    def test_is_the_boxes_or_all_that_match_the_list(self, admin, office):
        picked = admin.post("/many/assets", data={"do": "move", "pick": [str(office["LT-2"])]})
        matching = admin.post(
            "/many/assets", data={"do": "move", "all": "yes", "list": "q=LT&status=in_use"}
        )
        none = admin.post("/many/assets", data={"do": "move", "list": "q=LT"})

        for answer in (picked, matching):
            assert "Move: 1 asset<" in answer.get_data(as_text=True)
        assert none.headers["Location"] == "/assets?q=LT"
        form = {"do": "export", "all": "yes", "list": "q=LT-1"}
        with admin.post("/many/assets", data=form) as file:
            assert [line.split(",")[0] for line in file.text.splitlines()[1:]] == ["LT-1"]

    def test_offers_to_who_only_reads_what_changes_nothing(self, page_as, office):
        viewer = page_as("viewer")

        buttons = re.findall(r'name="do" value="(\w+)"', viewer.get("/assets").text)

        assert buttons == ["export"]
        assert viewer.post("/many/assets", data={"do": "move", "pick": "1"}).status_code == 403

    def test_is_made_of_a_pasted_list(self, admin, office):
        codes = "lt-1\r\nS-1; nope\tR-1\nLT-2 LT-3"
        text = admin.post("/many/assets/codes", data={"codes": codes}).text

        assert re.findall(r'name="pick" value="(\d+)"', text) == ids_of(office).split()
        assert "1 code is unknown" in text
        assert "These are locations or people: R-1" in text
        assert "1 code means an asset that is in the list already" in text


class TestList:
    def test_has_a_short_address_and_orders_by_a_header(self, admin, office):
        answer = admin.get("/assets?q=LT&status=&category=&sort=location&col=seen&col=due")

        assert answer.headers["Location"] == "/assets?q=LT&sort=location&cols=due%2Cseen"
        text = admin.get(answer.headers["Location"]).text
        assert "1–" not in text  # all are on the page
        assert "3 assets" in text
        assert re.findall(r'href="/assets/(LT-\d)"', text) == ["LT-3", "LT-1", "LT-2"]
        assert re.findall(r"<th [^>]*>(?:<a[^>]*>)?(\w[\w ]*)", text) == [
            "Asset",
            "Due back",
            "Last seen",
        ]
