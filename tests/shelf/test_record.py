"""A shelf picture is recorded once, through the same door as every scan, in an audit too."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Finding, Identifier, Scan, ScanPicture, ShelfShot
from tests.audits.steps import open_audit
from tests.decoding.pictures import draw_shelf, to_bytes
from tests.shelf.steps import ON_SQLITE, START, count, labels, scans, take_shot
from tests.support.register import add_person


class TestRecord:
    def test_records_what_was_kept_with_the_picture_as_evidence(self, client, office, work):
        path = take_shot(client)

        answer = client.post(path, data={"keep": ["1", "2", "4"], "place": "R-101"})

        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert "3 items saved." in page
        assert labels(page) == {
            "LT-001": "Fine",
            "LT-002": "Fine",
            "LT-003": "Dropped",
            "PAT-9": "Unknown label",
        }
        stored = scans(work)
        assert [(s.code, s.intent, s.source) for s in stored] == [
            (code, Intent.SIGHTING, "photo") for code in ("LT-001", "LT-002", "PAT-9")
        ]
        with work() as session:
            shot = session.scalar(select(ShelfShot))
            assert {s.scanned_at for s in stored} == {shot.taken_at}
            pairs = session.execute(select(ScanPicture.scan_id, ScanPicture.shot_id)).all()
            assert {tuple(pair) for pair in pairs} == {(s.scan_id, shot.id) for s in stored}
            seen = session.execute(
                select(Asset.asset_tag, Asset.last_seen_at).order_by(Asset.asset_tag)
            ).all()
            assert [at is not None for _, at in seen] == [True, True, False]

    def test_a_second_tap_and_a_reload_record_nothing_twice(self, client, office, work):
        path = take_shot(client)
        fields = {"keep": ["1", "2", "3", "4"], "place": "R-101"}

        client.post(path, data=fields)
        again = client.post(path, data={**fields, "place": "R-102"})

        assert again.status_code == 303
        assert "Nothing was saved twice" in client.get(path).text
        assert count(work, Scan) == 4
        with work() as session:
            assert session.scalar(select(func.count(func.distinct(Scan.location_id)))) == 1

    def test_taps_at_the_same_moment_record_once(self, client, office, work):
        path = take_shot(client)
        cookie = client.get_cookie("scanner").value

        def tap(_: int) -> int:
            other = client.application.test_client()
            other.set_cookie("scanner", cookie)
            answer = other.post(path, data={"keep": ["1", "2", "3", "4"], "place": "R-101"})
            return answer.status_code

        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(tap, range(4))) == {303}

        assert count(work, Scan) == 4

    @ON_SQLITE
    def test_asks_for_one_label_at_least(self, client, office, work):
        path = take_shot(client)
        for keep in ([], ["99"], ["x"], ["-1"]):
            answer = client.post(path, data={"keep": keep, "place": "R-101", "chosen": "1"})

            assert answer.status_code == 422
            assert "Keep at least one label" in answer.text
        assert count(work, Scan) == 0

    def test_refuses_a_place_that_is_not_known_and_loses_nothing(self, client, office, work):
        path = take_shot(client)

        answer = client.post(path, data={"keep": ["1"], "place": "NOWHERE", "chosen": "1"})

        assert answer.status_code == 422
        assert "This location is not known" in answer.text
        assert count(work, Scan) == 0
        assert client.post(path, data={"keep": ["1"], "place": "R-101"}).status_code == 303
        assert count(work, Scan) == 1

    def test_two_labels_of_one_asset_are_one_sighting_unless_wanted(self, client, office, work):
        with work() as session:
            asset_id = session.scalar(select(Asset.id).where(Asset.asset_tag == "LT-001"))
            session.add(
                Identifier(scheme="serial", value="SN-77", asset_id=asset_id, started_at=START)
            )
        path = take_shot(client, to_bytes(draw_shelf(["LT-001", "SN-77"], columns=2)))

        page = client.get(path).text

        assert "The same asset as label 1" in page
        assert "Save 1 item<" in page

    def test_says_that_a_code_means_two_things(self, client, office, work):
        with work() as session:
            ids = session.scalars(select(Asset.id).order_by(Asset.id)).all()
            for asset_id, scheme in zip(ids, ("serial", "alias"), strict=False):
                session.add(
                    Identifier(scheme=scheme, value="TWICE", asset_id=asset_id, started_at=START)
                )
        path = take_shot(client, to_bytes(draw_shelf(["TWICE"], columns=1)))

        before = labels(client.get(path).text)
        client.post(path, data={"keep": ["1"]})

        assert before == labels(client.get(path).text) == {"TWICE": "Two meanings"}

    def test_a_badge_is_no_sighting(self, client, office, work):
        with work() as session:
            add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
        path = take_shot(client, to_bytes(draw_shelf(["B-77", "LT-001"], columns=2)))

        page = client.get(path).text
        client.post(path, data={"keep": ["1", "2"], "place": "R-101"})

        assert "People are not recorded here." in page
        assert "Save 1 item<" in page
        assert [scan.code for scan in scans(work)] == ["LT-001"]

    def test_a_badge_among_the_labels_is_recorded_nowhere_and_its_code_shown_to_nobody(
        self, client, office, work, page_as
    ):
        with work() as session:
            add_person(session, "1001", "Ana Alves", badge="B-77", now=START)
        names = ["B-77", "LT-001", "B-77", "R-101", "R-101", "1001"]
        path = take_shot(client, to_bytes(draw_shelf(names, columns=2)))

        before = client.get(path).text
        client.post(path, data={"keep": [*"123456"], "place": "R-101"})
        after = [client.get(path).text, page_as("viewer").get(path).text]
        client.post(f"{path}/undo")

        assert [scan.code for scan in scans(work)] == ["LT-001", "LT-001"]
        assert before.count("People are not recorded here.") == 3
        assert before.count("The label of a location.") == 2
        assert "The same asset" not in before
        for html in (before, *after):
            assert "B-77" not in html
            assert "1001" not in html
        assert "Undo this item" in after[0]
        with work() as session:
            (symbols,) = session.scalars(select(ShelfShot.symbols))
        assert [one["text"] for one in symbols] == ["", "LT-001", "", "R-101", "R-101", ""]

    def test_is_undone_although_others_took_the_ids_that_could_be_guessed(
        self, client, office, work, api
    ):
        path = take_shot(client)
        client.post(path, data={"keep": ["1", "2"], "place": "R-102"})
        taken = [
            {
                "scan_id": str(uuid.uuid5(scan.scan_id, word)),
                "code": "LT-001",
                "intent": "lookup",
                "scanned_at": START.isoformat(),
            }
            for scan in scans(work)
            for word in ("undo", "void", "label 1")
        ]
        api.post("/scans", json={"scans": taken})

        client.post(f"{path}/undo")

        assert client.get(path).text.count(">undone<") == 2
        assert [s.intent for s in scans(work)].count(Intent.VOID) == 2

    def test_undoes_the_picture_as_a_whole_once(self, client, office, work):
        path = take_shot(client)
        client.post(path, data={"keep": ["1", "2"], "place": "R-102"})

        first, second = client.post(f"{path}/undo"), client.post(f"{path}/undo")

        assert (first.status_code, second.status_code) == (303, 303)
        assert [s.intent for s in scans(work)] == [Intent.SIGHTING] * 2 + [Intent.VOID] * 2
        assert client.get(path).text.count(">undone<") == 2


class TestAudit:
    @pytest.fixture
    def audit(self, api, office) -> int:
        return open_audit(api, scope={"locations": ["R-101"]})

    def test_says_before_what_the_audit_says_after(self, client, audit, work):
        path = take_shot(client, audit=str(audit))
        before = labels(client.get(f"{path}?place=R-101&chosen=1&keep=1").text)

        client.post(path, data={"keep": ["1", "2", "3", "4"], "place": "R-101"})

        assert before == {
            "LT-001": "Fine",
            "LT-002": "Fine",
            "LT-003": "Extra",
            "PAT-9": "Unknown label",
        }
        assert labels(client.get(path).text) == before
        with work() as session:
            found = session.execute(
                select(Finding.state, func.count()).group_by(Finding.state)
            ).all()
        assert {state.value: number for state, number in found} == {
            "verified": 2,
            "unexpected": 1,
            "unregistered": 1,
        }

    def test_says_what_was_seen_already_before_and_after(self, client, audit, work):
        first, second = take_shot(client, audit=str(audit)), take_shot(client, audit=str(audit))
        client.post(second, data={"keep": ["1", "3"], "place": "R-101"})

        before = client.get(f"{first}?place=R-102&chosen=1&keep=1").text
        client.post(first, data={"keep": ["1"], "place": "R-102"})
        after = client.get(first).text

        assert labels(before)["LT-001"] == labels(after)["LT-001"] == "Seen in two rooms"
        assert labels(before)["LT-002"] == "Wrong place"
        assert "Counted in Room 101 before." in before
        assert "Already counted" not in before + after

    def test_leads_from_an_evidence_to_its_picture(self, client, audit, api, page_as):
        path = take_shot(client, audit=str(audit))
        client.post(path, data={"keep": ["1"], "place": "R-101"})
        [item] = [
            i for i in api.get(f"/audits/{audit}/findings").json["items"] if i["asset"] == "LT-001"
        ]

        page = page_as("approver").get(f"/audits/{audit}/findings/{item['id']}")

        assert f'href="{path}"' in page.text
        history = api.get("/assets/LT-001/history").json["items"]
        assert [i["details"]["picture"] for i in history if i["kind"] == "scan"] == [path]
        assert f'href="{path}"' in client.get("/assets/LT-001").text

    def test_that_was_taken_in_time_counts_although_counting_has_ended(self, client, audit, api):
        path = take_shot(client, audit=str(audit))
        api.post(f"/audits/{audit}/reconciliation")

        page = client.get(path).text
        client.post(path, data={"keep": ["1"], "place": "R-101"})

        assert "This audit is not counting now" not in page
        items = api.get(f"/audits/{audit}/findings").json["items"]
        assert {i["asset"]: i["flags"] for i in items}["LT-001"] == ["late"]

    def test_that_counts_no_more_refuses_and_says_so(self, client, audit, api, work):
        api.post(f"/audits/{audit}/reconciliation")
        path = take_shot(client, audit=str(audit))

        page = client.get(path).text
        answer = client.post(path, data={"keep": ["1", "2"], "place": "R-101"})

        assert "This audit is not counting now" in page
        after = client.get(answer.location).text
        assert "0 items saved. 2 refused" in after
        assert labels(after)["LT-001"] == "Refused"

    def test_counted_blind_tells_no_more_than_that_it_was_seen(self, client, api, office):
        audit = open_audit(api, scope={"locations": ["R-101"]}, blind=True)
        path = take_shot(client, audit=str(audit))

        before = client.get(f"{path}?place=R-102&chosen=1&keep=1").text
        client.post(path, data={"keep": ["1", "3"], "place": "R-102"})
        after = client.get(path).text

        expected = {
            "LT-001": "Counted",
            "LT-002": "Counted",
            "LT-003": "Counted",
            "PAT-9": "Unknown label",
        }
        assert labels(before) == expected
        assert labels(after) == {**expected, "LT-002": "Dropped", "PAT-9": "Dropped"}
        assert "Room 101." not in before + after
