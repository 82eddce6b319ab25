"""A blank label is put on an asset by a scan, once, and taken off by an undo."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.models import BlankLabel, Identifier, Task
from scanner_app.services.labels.rolls import make_roll, withdraw
from tests.conftest import NOW
from tests.support.on_both import OnBoth
from tests.tags.enrol import Page


@pytest.fixture
def blanks(work, office) -> list[str]:
    with work() as session:
        roll = make_roll(session, prefix="L-", count=5, actor="test", now=NOW)
        return list(session.scalars(select(BlankLabel.code).where(BlankLabel.roll_id == roll)))


def scan(code: str, intent: str = "claim", **more) -> dict:
    more.setdefault("scan_id", str(uuid.uuid4()))
    more.setdefault("scanned_at", datetime.now(UTC).isoformat())
    return {"code": code, "intent": intent, **more}


def post(api, *scans: dict) -> list[dict]:
    answer = api.post("/scans", json={"scans": list(scans)})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


class TestClaim(OnBoth):
    def test_makes_the_label_mean_the_asset_from_then_on(self, api, blanks):
        before, done, after = post(
            api,
            scan(blanks[0], "lookup"),
            scan(blanks[0].lower(), for_code="lt-1"),
            scan(blanks[0], "sighting", location="R-101"),
        )

        assert before["kind"] == "unregistered"
        assert "is a free label" in before["message"]
        assert done["outcome"] == "applied"
        assert done["message"] == f"Label {blanks[0]} is now on LT-1 Laptop 1."
        assert after["asset"]["asset_tag"] == "LT-1"
        history = api.get("/assets/LT-1/history").json
        assert any("label" in str(event).lower() for event in history["items"])

    def test_sent_twice_is_one(self, api, blanks, work):
        one = scan(blanks[0], for_code="LT-1")

        first, second = post(api, one)[0], post(api, one)[0]

        assert (first["status"], second["status"]) == ("recorded", "repeated")
        with work() as session:
            values = select(Identifier).where(Identifier.value == blanks[0])
            assert len(session.scalars(values).all()) == 1

    def test_by_two_people_at_once_holds_for_one(self, api_as, blanks, work):
        clients = [api_as("technician"), api_as("technician")]
        answers: list[dict] = []

        def put_on(client, tag: str) -> None:
            answers.extend(post(client, scan(blanks[0], for_code=tag)))

        threads = [
            threading.Thread(target=put_on, args=(client, tag))
            for client, tag in zip(clients, ("LT-1", "LT-2"), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert sorted(one["outcome"] for one in answers) == ["applied", "refused"]
        [refused] = [one for one in answers if one["outcome"] == "refused"]
        assert refused["refusal"] == "label_claimed"
        with work() as session:
            held = select(Identifier.asset_id).where(Identifier.value == blanks[0])
            assert len(session.scalars(held).all()) == 1

    def test_on_two_phones_without_a_network_holds_for_one_and_leaves_a_task(
        self, api, blanks, work
    ):
        earlier = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
        sent = [scan(blanks[0], for_code=tag, scanned_at=earlier) for tag in ("LT-1", "LT-2")]

        answers = [post(api, one)[0] for one in (*sent, sent[1])]

        assert [one["outcome"] for one in answers] == ["applied", "refused", "refused"]
        with work() as session:
            [task] = session.scalars(select(Task))
            assert task.title.startswith("LT-2")
            assert blanks[0] in task.title

    def test_undone_leaves_the_label_free_for_another_asset(self, api, blanks):
        one = scan(blanks[0], for_code="LT-1")
        post(api, one)

        undone, looked, again = post(
            api,
            scan(blanks[0], "void", voids=one["scan_id"]),
            scan(blanks[0], "lookup"),
            scan(blanks[0], for_code="LT-2"),
        )

        assert undone["outcome"] == "applied"
        assert looked["kind"] == "unregistered"
        assert again["asset"]["asset_tag"] == "LT-2"
        assert api.get(f"/identify?code={blanks[0]}").json["asset"]["asset_tag"] == "LT-2"


class TestRefusal:
    def test_names_what_is_wrong(self, api, api_as, blanks, work):
        with work() as session:
            withdraw(session, code=blanks[1])
        post(api, scan(blanks[0], for_code="LT-1"))

        found = post(
            api,
            scan("L-0000000", for_code="LT-1"),
            scan(blanks[0], for_code="LT-2"),
            scan(blanks[1], for_code="LT-2"),
            scan(blanks[2], for_code="NO-1"),
            scan(blanks[2], for_code="R-101"),
        )
        viewer = post(api_as("auditor"), scan(blanks[2], for_code="LT-1"))

        assert [one["refusal"] for one in found + viewer] == [
            "not_a_blank",
            "label_claimed",
            "label_void",
            "not_an_asset",
            "not_an_asset",
            "not_your_role",
        ]
        assert "“NO-1” is not an asset." in found[3]["message"]

    def test_of_the_same_asset_again_is_none(self, api, blanks):
        results = post(api, scan(blanks[0], for_code="LT-1"), scan(blanks[0], for_code="LT-1"))

        assert [one["outcome"] for one in results] == ["applied", "noted"]

    @pytest.mark.parametrize(
        "wrong", [{"intent": "claim"}, {"intent": "lookup", "for_code": "LT-1"}]
    )
    def test_of_the_form_names_the_field(self, api, blanks, wrong):
        answer = api.post("/scans", json={"scans": [scan(blanks[0], wrong.pop("intent"), **wrong)]})

        [result] = answer.json["results"]
        assert "for_code" in result["errors"]

    def test_leaves_a_claim_from_yesterday_in_its_time(self, api, blanks):
        then = datetime.now(UTC) - timedelta(days=1)
        post(api, scan(blanks[0], for_code="LT-1", scanned_at=then.isoformat()))

        hour = (then + timedelta(hours=1)).isoformat()
        [seen] = post(api, scan(blanks[0], "sighting", scanned_at=hour))
        assert seen["asset"]["asset_tag"] == "LT-1"


class TestEnrolPage:
    @pytest.fixture
    def page(self, blanks, page_as) -> Page:
        return Page(page_as("stockroom"))

    def test_takes_a_free_label_then_its_asset(self, page, blanks, api):
        page.scan(blanks[0].lower())
        asked = page.words
        page.scan("LT-1")

        assert f"Free label {blanks[0]} . Now scan the asset it goes on." in asked
        assert f"Label {blanks[0]} is now on LT-1." in page.words
        assert api.get(f"/identify?code={blanks[0]}").json["asset"]["asset_tag"] == "LT-1"

    def test_takes_the_asset_then_a_free_label(self, page, blanks):
        page.scan("LT-2")
        page.scan(blanks[1])

        assert f"Label {blanks[1]} is now on LT-2." in page.words

    def test_undoes_it(self, page, blanks, api):
        page.scan(blanks[0])
        page.scan("LT-1")
        [scan_id] = re.findall(r'name="scan" value="([0-9a-f-]{36})"', page.text)
        page.submit("/enrol/undo", scan=scan_id)

        assert f"Label {blanks[0]} is free again." in page.words
        assert api.get(f"/identify?code={blanks[0]}").json["kind"] == "unregistered"

    def test_keeps_the_label_where_the_next_code_is_not_an_asset(self, page, blanks):
        page.scan(blanks[0])
        page.scan("NO-1")
        refused = page.words
        page.scan("LT-1")

        assert "“NO-1” is not an asset." in refused
        assert f"Label {blanks[0]} is now on LT-1." in page.words
