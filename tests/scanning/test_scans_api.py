"""POST /api/v1/scans: the door for every scan."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from scanner_app.models import Asset, Custody, Placement, Scan
from scanner_app.storage.database import reading
from tests.scanning.steps import START, asset_state, at, post, scan
from tests.support.register import add_asset


@pytest.mark.usefixtures("office")
class TestCheckOut:
    def test_gives_custody_and_says_to_whom(self, api):
        [result] = post(api, scan("LT-001", "check_out", custodian="1001", location="R-101"))

        assert (result["status"], result["outcome"], result["refusal"]) == (
            "recorded",
            "applied",
            None,
        )
        assert result["asset"]["custodian"] == "1001"
        assert result["asset"]["location"] == "R-101"
        assert result["asset"]["status"] == "in_use"
        assert "Ana Alves" in result["message"]

    @pytest.mark.parametrize("who", ["1001", "B-77", "b-77", "ana@example.org", "ANA@example.org"])
    def test_takes_a_number_a_badge_or_an_address(self, api, who):
        [result] = post(api, scan("LT-001", "check_out", custodian=who))

        assert result["asset"]["custodian_name"] == "Ana Alves"

    def test_a_second_one_is_refused_and_still_recorded(self, api, app):
        post(api, scan("LT-001", "check_out", custodian="1001"))

        [result] = post(api, scan("LT-001", "check_out", custodian="1002", scanned_at=at(61)))

        assert (result["outcome"], result["refusal"]) == ("refused", "already_checked_out")
        assert "Ana Alves" in result["message"]
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 2

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({}, "custodian_required"),
            ({"custodian": "9999"}, "unknown_custodian"),
            ({"custodian": "1001", "location": "NOWHERE"}, "unknown_location"),
            ({"custodian": "1001", "audit": 77}, "unknown_audit"),
        ],
    )
    def test_says_what_is_missing(self, api, fields, refusal):
        [result] = post(api, scan("LT-001", "check_out", **fields))

        assert (result["outcome"], result["refusal"]) == ("refused", refusal)


@pytest.mark.usefixtures("office")
class TestCheckIn:
    def test_returns_the_asset_to_its_home(self, api):
        post(api, scan("LT-001", "check_out", custodian="1001", location="R-101"))

        [result] = post(api, scan("LT-001", "check_in", scanned_at=at(61)))

        assert result["outcome"] == "applied"
        assert result["asset"] == {
            "asset_tag": "LT-001",
            "name": "Laptop",
            "status": "in_stock",
            "location": "R-STORE",
            "location_name": "Stockroom",
            "home_location": "R-STORE",
            "home_location_name": "Stockroom",
            "custodian": None,
            "custodian_name": None,
        }

    def test_of_what_lies_in_stock_is_refused(self, api):
        [result] = post(api, scan("LT-001", "check_in"))

        assert result["refusal"] == "not_checked_out"


@pytest.mark.usefixtures("office")
class TestMove:
    def test_sets_the_place_and_keeps_its_history(self, api, app):
        post(
            api,
            scan("LT-001", "move", location="R-101"),
            scan("LT-001", "move", location="HQ", scanned_at=at(70)),
        )

        with app.app_context(), reading() as session:
            spans = session.execute(
                select(Placement.started_at, Placement.ended_at)
                .join(Asset, Asset.id == Placement.asset_id)
                .where(Asset.asset_tag == "LT-001")
                .order_by(Placement.started_at)
            ).all()
        assert [end for _, end in spans][-1] is None
        assert [start for start, _ in spans][1:] == [end for _, end in spans][:-1]
        assert len(spans) == 3

    def test_of_an_older_time_arrives_late_and_changes_nothing_now(self, api, app):
        post(api, scan("LT-001", "move", location="R-101", scanned_at=at(60)))
        before = asset_state(app, "LT-001")

        [result] = post(api, scan("LT-001", "move", location="HQ", scanned_at=at(30)))

        assert result["outcome"] == "noted"
        assert asset_state(app, "LT-001") == before


@pytest.mark.usefixtures("office")
class TestSighting:
    def test_changes_no_custody_and_no_location(self, api, app):
        before = asset_state(app, "LT-001")

        [result] = post(api, scan("LT-001", "sighting", location="R-101"))

        assert (result["outcome"], result["answer"]) == ("noted", "wrong_place")
        assert asset_state(app, "LT-001") == before

    @pytest.mark.parametrize("code", ["lt-001", "LT-001 ", "\tLT-001", "LT-001\r\n"])
    def test_reads_the_same_tag_in_any_dress(self, api, code):
        [result] = post(api, scan(code, "lookup"))

        assert result["asset"]["asset_tag"] == "LT-001"

    @pytest.mark.parametrize("code", ["SER-1", "OLD-900"])
    def test_finds_an_asset_by_serial_and_other_codes(self, api, code):
        [result] = post(api, scan(code, "lookup"))

        assert result["asset"]["asset_tag"] == "LT-900"

    def test_of_a_room_names_the_place(self, api):
        [result] = post(api, scan("r-101"))

        assert (result["kind"], result["place"]) == (
            "location",
            {"code": "R-101", "name": "Room 101"},
        )

    def test_of_a_badge_names_the_person(self, api):
        [result] = post(api, scan("B-77"))

        assert (result["kind"], result["person"]["name"]) == ("person", "Ana Alves")

    def test_of_an_unknown_code_is_kept(self, api):
        [result] = post(api, scan("NOBODY-KNOWS-ME"))

        assert (result["outcome"], result["asset"], result["answer"]) == (
            "unregistered",
            None,
            "unknown",
        )

    def test_of_a_serial_that_two_assets_carry_is_ambiguous(self, api, work):
        with work() as session:
            add_asset(session, "X-1", serial="TWICE", now=START)
            add_asset(session, "X-2", serial="TWICE", now=START)

        [result] = post(api, scan("TWICE"))

        assert (result["outcome"], result["kind"]) == ("ambiguous", "ambiguous")


@pytest.mark.usefixtures("office")
class TestIdempotency:
    def test_the_same_scan_again_gives_the_first_answer(self, api):
        first = scan("LT-001", "check_out", custodian="1001")
        [told] = post(api, first)
        post(api, scan("LT-001", "check_in", scanned_at=at(61)))

        [again] = post(api, first)

        assert again == {**told, "status": "repeated"}

    def test_the_same_id_for_something_else_is_a_conflict(self, api, app):
        first = scan("LT-001", "move", location="R-101")
        post(api, first)
        before = asset_state(app, "LT-001")

        [result] = post(api, {**first, "location": "HQ"})

        assert result["status"] == "conflict"
        assert asset_state(app, "LT-001") == before

    def test_another_token_learns_nothing_from_an_id(self, api_as):
        first = scan("LT-001", "move", location="R-101")
        post(api_as("technician"), first)

        [result] = post(api_as("stockroom"), first)

        assert (result["status"], result["asset"]) == ("conflict", None)

    def test_twice_in_one_batch_counts_once(self, api, app):
        twice = scan("LT-001")

        first, second = post(api, twice, twice)

        assert (first["status"], second["status"]) == ("recorded", "repeated")
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 1

    def test_many_threads_with_one_scan_give_one_row_and_equal_answers(self, api, app):
        one = scan("LT-001", "check_out", custodian="1001")
        answers: list = []
        barrier = threading.Barrier(8)

        def deliver() -> None:
            client = type(api)(app.test_client(), "")
            client.headers = api.headers
            barrier.wait()
            answers.append(post(client, one)[0])

        threads = [threading.Thread(target=deliver) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(a["status"] for a in answers) == ["recorded"] + ["repeated"] * 7
        assert len({str({**a, "status": ""}) for a in answers}) == 1
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 1
            assert session.scalar(select(func.count(Custody.id))) == 1


@pytest.mark.usefixtures("office")
class TestVoid:
    def test_takes_back_a_check_out(self, api, app):
        before = asset_state(app, "LT-001")
        out = scan("LT-001", "check_out", custodian="1001", location="R-101")
        post(api, out)

        [result] = post(api, scan("LT-001", "void", voids=out["scan_id"], scanned_at=at(62)))

        assert result["outcome"] == "applied"
        assert asset_state(app, "LT-001") == before

    def test_again_gives_the_first_answer(self, api):
        out = scan("LT-001", "check_out", custodian="1001", location="R-101")
        undo = scan("LT-001", "void", voids=out["scan_id"])
        _, told = post(api, out, undo)

        [again] = post(api, undo)

        assert told["asset"]["custodian"] is None
        assert again == {**told, "status": "repeated"}

    def test_leaves_the_undone_scan_in_the_log(self, api):
        out = scan("LT-001", "check_out", custodian="1001")
        post(api, out, scan("LT-001", "void", voids=out["scan_id"]))

        items = api.get("/scans?asset=LT-001").json["items"]

        assert [(i["intent"], i["is_undone"]) for i in items] == [
            ("void", False),
            ("check_out", True),
        ]

    def test_that_arrives_first_works_when_its_scan_comes_in(self, api, app):
        before = asset_state(app, "LT-001")
        out = scan("LT-001", "check_out", custodian="1001")
        [early] = post(api, scan("LT-001", "void", voids=out["scan_id"]))

        [result] = post(api, out)

        assert (early["outcome"], result["outcome"]) == ("noted", "noted")
        assert asset_state(app, "LT-001") == before

    def test_a_second_time_is_refused(self, api):
        out = scan("LT-001")
        post(api, out, scan("LT-001", "void", voids=out["scan_id"]))

        [result] = post(api, scan("LT-001", "void", voids=out["scan_id"]))

        assert result["refusal"] == "already_voided"

    def test_of_somebody_elses_scan_is_refused(self, api, api_as):
        theirs = scan("LT-001")
        post(api, theirs)

        [result] = post(api_as("technician"), scan("LT-001", "void", voids=theirs["scan_id"]))

        assert result["refusal"] == "not_your_scan"


@pytest.mark.usefixtures("office")
class TestTimes:
    def test_a_claim_far_in_the_future_takes_our_time(self, api, app):
        post(api, scan("LT-001", "move", location="R-101", scanned_at="2099-01-01T00:00:00Z"))

        with app.app_context(), reading() as session:
            row = session.scalars(select(Scan)).one()
            assert row.is_clock_suspect
            assert row.effective_at == row.recorded_at
            assert row.scanned_at.year == 2099

    def test_a_clock_that_was_never_set_takes_our_time(self, api, app):
        [result] = post(
            api, scan("LT-001", "move", location="R-101", scanned_at="1970-01-01T00:00:05Z")
        )

        assert result["outcome"] == "applied"
        with app.app_context(), reading() as session:
            assert session.scalars(select(Scan)).one().is_clock_suspect

    def test_a_late_scan_says_what_came_of_it_and_not_what_it_asked_for(self, api, app):
        post(api, scan("LT-001", "move", location="R-101", scanned_at=at(10)))
        post(api, scan("LT-001", "check_in", location="R-STORE", scanned_at=at(40)))  # refused

        [late] = post(api, scan("LT-001", "check_out", custodian="1001", scanned_at=at(20)))

        # The check-in that was refused has something to take back now.
        assert late["outcome"] == "applied"
        assert late["asset"]["custodian"] is None
        assert late["message"] == "Kept at its time. Now LT-001 Laptop: in stock, in Stockroom."
        assert asset_state(app, "LT-001")[0] == "in_stock"

    def test_two_scans_of_one_second_keep_their_order(self, api):
        moment = at(60)

        out, back = post(
            api,
            scan("LT-001", "check_out", custodian="1001", scanned_at=moment),
            scan("LT-001", "check_in", scanned_at=moment),
        )

        assert (out["outcome"], back["outcome"]) == ("applied", "applied")


@pytest.mark.usefixtures("office")
class TestOwnLabels:
    def test_are_read_by_the_address_that_the_request_came_to(self, api):
        asset, place = post(
            api, scan("http://localhost/a/LT-001", "lookup"), scan("http://localhost/l/R-101")
        )

        assert asset["asset"]["asset_tag"] == "LT-001"
        assert place["place"]["code"] == "R-101"

    def test_of_another_address_are_not_taken_for_ours(self, api):
        [result] = post(api, scan("https://evil.example/a/LT-001", "lookup"))

        assert (result["outcome"], result["asset"]) == ("unregistered", None)
