"""Kits: made up by scanning, lent by one scan, brought back piece by piece, whole or named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from scanner_app.models import AssetModel, Scan
from scanner_app.services.stock.items import create_item
from scanner_app.storage.database import reading, unit_of_work
from tests.scanning.steps import START, scan
from tests.scanning.steps import post as post_scans
from tests.stockroom.steps import handover, holder_of, line, now, post, put_in_tray

FIVE = [f"LT-{number:03}" for number in range(1, 6)]


def make_kit(api, name: str = "Camera kit", pieces: Any = FIVE, **more: Any) -> str:
    made = api.post("/kits", json={"name": name, "home_location": "R-STORE", **more})
    assert made.status_code == 201, made.text
    tag = made.json["tag"]
    for piece in pieces:
        body = piece if isinstance(piece, dict) else {"code": piece}
        answer = api.post(f"/kits/{tag}/pieces", json=body)
        assert answer.status_code == 201, answer.text
    return tag


def odd(api, tag: str) -> list[str]:
    return api.get(f"/kits/{tag}").json["odd"]


@pytest.fixture
def kit(counter, api) -> str:
    return make_kit(api)


@pytest.fixture
def trusting(counter, api):
    """The default rule of lending: the label of a kit returns it."""
    [default] = [one for one in api.get("/loan-rules").json["items"] if one["is_default"]]
    assert api.put(f"/loan-rules/{default['id']}", json={"returns": "trust"}).status_code == 200


def rows_of(session, code: str | None = None) -> int:
    return session.scalar(select(func.count(Scan.id)).where(Scan.code.in_(FIVE)))


class TestScenario8:
    """A kit of 5, of which 4 come back: the fifth is named; its scan next day completes it."""

    def test_names_the_fifth_everywhere_until_it_comes_back(self, kit, api, page_as):
        out = post(api, handover(kit))
        assert out.status_code == 201, out.text
        assert [one["asset_tag"] for one in out.json["lines"]] == FIVE
        assert out.json["kits"] == [{"code": kit, "name": "Camera kit", "open": []}]
        assert {holder_of(api, tag) for tag in FIVE} == {"1001"}

        tray = put_in_tray(api, kit, *FIVE[:4])
        shown = api.get(f"/trays/{tray}").json
        assert shown["kind"] == "return"
        assert [one["asset_tag"] for one in shown["lines"]] == FIVE[:4]
        states = [(one["thing"], one["state"], one["said"]) for one in shown["kits"][0]["pieces"]]
        assert states[3:] == [
            ("LT-004 Laptop", "here", ""),
            ("LT-005 Laptop", "out", "with Dana Reyes"),
        ]

        back = post(api, handover(*FIVE[:4], kind="return", kits=[kit])).json
        assert back["kits"][0]["open"] == ["LT-005 Laptop, with Dana Reyes"]
        document = api.get(f"/handovers/{back['handover_id']}/receipt.json").json
        assert "LT-005" in str(document)
        clerk = page_as("stockroom")
        for path in (
            f"/h/{back['number']}",
            "/people/1001",
            "/people/1001/statement",
            f"/kits/{kit}",
        ):
            page = clerk.get(path).text
            assert "LT-005" in page, path
            assert "Camera kit" in page, path
        assert odd(api, kit) == ["LT-005"]
        assert clerk.get(f"/h/{back['number']}/receipt.pdf").status_code == 200

        last = post(api, handover(FIVE[4], kind="return")).json
        assert last["kits"] == [{"code": kit, "name": "Camera kit", "open": []}]
        assert odd(api, kit) == []
        assert "not whole" not in clerk.get("/people/1001").text

    def test_a_kit_scan_that_is_sent_twice_makes_five_rows(self, kit, api, app):
        sent = scan(kit, "check_out", custodian="1001")

        [first] = post_scans(api, sent)
        [again] = post_scans(api, sent)

        assert (first["kind"], first["outcome"]) == ("kit", "noted")
        assert "5 of 5 pieces checked out" in first["message"]
        assert again["status"] == "repeated"
        assert again["message"] == first["message"]
        with app.app_context(), reading() as session:
            assert rows_of(session) == 5
        assert {holder_of(api, tag) for tag in FIVE} == {"1001"}

    def test_one_that_is_not_whole_is_told_as_incomplete_with_what_is_elsewhere(
        self, kit, trusting, api
    ):
        post_scans(api, scan("LT-005", "check_out", custodian="1002"))

        def told(intent: str, **more: Any) -> tuple[str, str]:
            [answer] = post_scans(api, scan(kit, intent, **more))
            return answer["answer"], answer["message"]

        elsewhere = "LT-005 Laptop is with Bob Brook"
        answer, message = told("lookup")
        assert (answer, elsewhere in message) == ("incomplete", True)
        answer, message = told("check_out", custodian="1001")
        assert answer == "incomplete"
        assert "4 of 5 pieces checked out" in message
        assert elsewhere in message
        answer, message = told("check_in", location="R-STORE")
        assert answer == "fine", message  # Bob's came back with them
        assert told("lookup")[0] == "fine"

    def test_the_label_alone_does_not_bring_the_units_of_a_model(self, counter, api, app):
        with app.app_context(), unit_of_work() as session:
            session.add(AssetModel(name="Tripod 3"))
        kit = make_kit(api, pieces=["LT-001", {"model": "Tripod 3"}])

        [answer] = post_scans(api, scan(kit, "check_out", custodian="1001"))

        assert answer["answer"] == "incomplete"
        assert "Scan any unit of: 1 x Tripod 3" in answer["message"]

    def test_its_undo_undoes_every_piece_that_did_not_move_on(self, kit, api):
        sent = scan(kit, "check_out", custodian="1001")
        post_scans(api, sent)
        undo = scan(kit, "void", voids=sent["scan_id"])

        [undone] = post_scans(api, undo)

        assert undone["outcome"] == "applied", undone
        assert {holder_of(api, tag) for tag in FIVE} == {None}

    def test_an_undo_that_comes_first_keeps_all_pieces_here(self, kit, api):
        sent = scan(kit, "check_out", custodian="1001")
        post_scans(api, scan(kit, "void", voids=sent["scan_id"]))

        [late] = post_scans(api, sent)

        assert late["outcome"] == "noted"
        assert {holder_of(api, tag) for tag in FIVE} == {None}


@pytest.mark.either_database
class TestKits:
    def test_a_piece_is_in_one_fixed_kit_and_ends_with_it(self, kit, api):
        other = make_kit(api, "Second", [])

        taken = api.post(f"/kits/{other}/pieces", json={"code": "SN-1"})
        assert (taken.status_code, taken.json["code"]) == (409, "in_a_kit")
        loose = make_kit(api, "Loose", ["LT-001"], is_fixed=False)
        assert api.patch(f"/kits/{loose}", json={"is_fixed": True}).status_code == 409

        assert api.delete(f"/kits/{kit}").status_code == 204
        assert api.post(f"/kits/{other}/pieces", json={"code": "SN-1"}).status_code == 201
        assert api.get("/identify", query_string={"code": kit}).json["kind"] == "unregistered"
        assert [one["tag"] for one in api.get("/kits").json["items"]] == [loose, other]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"code": "LT-006", "model": "Tripod 3"}, "model"),  # one of them would be lost
            ({"code": "LT-006", "quantity": 2}, "quantity"),
        ],
    )
    def test_a_piece_is_one_thing_of_what_was_typed(self, kit, api, body, field):
        answer = api.post(f"/kits/{kit}/pieces", json=body)

        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])

    def test_what_was_ended_stays_as_it_was(self, kit, api, page_as):
        clerk = page_as("stockroom")
        for _ in range(2):
            assert clerk.post(f"/kits/{kit}", data={"end": "yes"}).status_code == 303

        answer = api.patch(f"/kits/{kit}", json={"name": "Other"})

        assert (answer.status_code, answer.json["code"]) == (409, "kit_ended")
        assert (
            page_as("admin", "trail@example.org").get("/admin/trail").text.count("Kit removed") == 1
        )

    def test_a_code_means_the_kit_and_nothing_else_can_have_it(self, kit, api):
        told = api.get("/identify", query_string={"code": kit.lower()}).json
        assert (told["kind"], told["kit"]["name"]) == ("kit", "Camera kit")
        clash = api.post("/assets", json={"asset_tag": kit, "name": "x"})
        assert clash.status_code == 409
        assert api.post("/kits", json={"name": "x", "tag": "LT-001"}).status_code == 409
        assert api.post("/kits", json={"name": "x", "tag": "SCN-CLEAR"}).status_code == 409

    def test_a_piece_without_its_kit_is_asked_about(self, kit, api):
        refused = post(api, handover("LT-001"))

        assert refused.status_code == 409
        [told] = refused.json["lines"]
        assert [one["code"] for one in told["findings"]] == ["kit_broken_up"]
        anyway = handover(line("LT-001", override=["kit_broken_up"]))
        assert post(api, anyway).status_code == 201

    def test_an_incomplete_kit_is_asked_about_and_the_document_names_what_stays(self, kit, api):
        post(api, handover(line("LT-005", override=["kit_broken_up"]), person="1002"))
        tray = put_in_tray(api, "B-77", kit)
        shown = api.get(f"/trays/{tray}").json
        assert [one["is_ready"] for one in shown["lines"]] == [True] * 4 + [False]
        [asked] = [one for one in shown["lines"][0]["findings"] if one["code"] == "kit_incomplete"]
        assert "LT-005 Laptop" in asked["message"]

        refused = post(api, handover(*FIVE[:4], kits=[kit]))
        assert [one["code"] for one in refused.json["lines"][0]["findings"]] == ["kit_incomplete"]

        first = line(FIVE[0], override=["kit_incomplete"])
        done = post(api, handover(first, *FIVE[1:4], kits=[kit])).json
        assert done["kits"][0]["open"] == ["LT-005 Laptop"]

    def test_what_may_be_missing_is_not_asked_about(self, counter, api):
        kit = make_kit(api, pieces=["LT-001", {"code": "LT-002", "is_required": False}])

        assert post(api, handover("LT-001", kits=[kit])).status_code == 201
        assert odd(api, kit) == []

    @pytest.mark.usefixtures("trusting")
    def test_the_label_returns_all_where_the_rule_trusts(self, kit, api):
        post(api, handover(kit))
        tray = put_in_tray(api, kit)
        assert len(api.get(f"/trays/{tray}").json["lines"]) == 5

        back = post(api, handover(kit, kind="return"))

        assert back.status_code == 201, back.text
        assert {holder_of(api, tag) for tag in FIVE} == {None}
        post_scans(api, scan(kit, "check_out", custodian="1001", scanned_at=now()))
        [home] = post_scans(api, scan(kit, "check_in", scanned_at=now()))
        assert "5 of 5 pieces checked in" in home["message"]

    def test_the_label_alone_returns_nothing_and_counts_nothing_by_default(self, kit, api):
        post(api, handover(kit))

        told = post_scans(api, scan(kit, "check_in"), scan(kit, "sighting"), scan(kit, "repair"))

        assert [one["refusal"] for one in told] == ["each_piece"] * 3
        assert post(api, handover(kit, kind="return")).status_code == 409
        assert {holder_of(api, tag) for tag in FIVE} == {"1001"}

    def test_a_scan_means_the_pieces_of_its_own_time(self, counter, api):
        kit = make_kit(api, pieces=["LT-001", "LT-002"])
        before = now()
        pieces = api.get(f"/kits/{kit}").json["pieces"]
        api.delete(f"/kits/{kit}/pieces/{pieces[0]['id']}")
        api.post(f"/kits/{kit}/pieces", json={"code": "LT-003"})

        post_scans(api, scan(kit, "check_out", custodian="1001", scanned_at=before))

        assert [holder_of(api, tag) for tag in FIVE[:3]] == ["1001", "1001", None]

    def test_units_of_a_model_and_pieces_of_stock_fill_its_slots(self, app, counter, api):
        with app.app_context(), unit_of_work() as session:
            from scanner_app.models import Asset

            model = AssetModel(name="Tripod 3")
            session.add(model)
            create_item(session, values={"name": "Strap", "stock_class": "accessory"}, now=START)
            session.flush()
            for asset in session.scalars(
                select(Asset).where(Asset.asset_tag.in_(["LT-010", "LT-011"]))
            ):
                asset.model_id = model.id
        post_scans(api, scan("ST-0001", "receive", quantity=5, location="R-STORE"))
        kit = make_kit(
            api,
            pieces=[
                "LT-001",
                {"model": "Tripod 3", "quantity": 2},
                {"code": "ST-0001", "quantity": 3},
            ],
        )

        tray = put_in_tray(api, "B-77", kit, "LT-010")
        shown = api.get(f"/trays/{tray}").json
        assert [(one["asset_tag"] or one["stock_code"], one["quantity"]) for one in shown["lines"]] == [
            ("LT-001", 1), ("ST-0001", 3), ("LT-010", 1),
        ]  # fmt: skip
        [asked] = [one for one in shown["lines"][0]["findings"] if one["code"] == "kit_incomplete"]
        assert "1 x Tripod 3" in asked["message"]
        assert "LT-010" not in asked["message"]

        done = post(api, handover(kit, "LT-010", "LT-011"))

        assert done.status_code == 201, done.text
        assert done.json["kits"][0]["open"] == []
        assert [one["quantity"] for one in done.json["lines"]] == [1, 3, 1, 1]

    def test_without_a_network_the_label_is_a_fact_of_all_its_pieces(self, kit, api):
        post(api, handover(line("LT-005", override=["kit_broken_up"]), person="1002"))

        fact = post(api, handover(kit, mode="fact"))

        assert fact.status_code == 201, fact.text
        outcomes = {one["asset_tag"]: one["outcome"] for one in fact.json["lines"]}
        assert outcomes == dict.fromkeys(FIVE[:4], "applied") | {"LT-005": "contested"}


@pytest.mark.either_database
class TestPages:
    def test_a_kit_is_made_up_by_scanning_into_it(self, counter, page_as):
        clerk = page_as("stockroom")
        made = clerk.post("/kits", data={"name": "Camera kit", "is_fixed": "on"})
        path = made.headers["Location"]
        for code in ("LT-001", "SN-2"):
            assert clerk.post(f"{path}/pieces", data={"code": code}).status_code == 303
        again = clerk.post(f"{path}/pieces", data={"code": "LT-001"})

        assert again.status_code == 409
        assert "belongs to this kit already" in again.text
        shown = clerk.get(path).text
        assert "LT-002" in shown
        assert "Whole" in shown
        assert "KIT-0001" in clerk.get("/kits?q=camera").text
        assert "Kit changed" in page_as("admin").get("/admin/trail").text
        assert page_as("technician").post("/kits", data={"name": "x"}).status_code == 403
        assert clerk.get(f"{path}/code.svg").status_code == 200

    def test_a_kit_goes_out_and_is_opened_by_forms_alone(self, kit, page_as, api):
        clerk = page_as("stockroom")

        def put(*codes: str) -> str:
            path = "/counter"
            for code in codes:
                form = dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
                path = clerk.post("/counter", data={**form, "code": code}).headers["Location"]
            return path

        path = put("B-77", kit)
        tray = re.search(r"tray=([0-9a-f-]{36})", path)[1]
        assert "Check out 5 to Dana Reyes" in clerk.get(path).text
        assert clerk.post("/counter/handover", data={"tray": tray}).status_code == 303
        assert {holder_of(api, tag) for tag in FIVE} == {"1001"}

        path = put(kit, *FIVE[:4], "LT-006", "SCN-UNDO")
        shown = clerk.get(path).text
        assert "4 of 5" in shown
        assert "LT-005 Laptop · with Dana Reyes" in shown
        assert put(kit, "SCN-UNDO")
