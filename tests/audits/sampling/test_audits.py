"""Audits with a sample, through the API: plan, freeze, draw, count, and what is shown."""

from __future__ import annotations

import hashlib
import uuid
from typing import ClassVar

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scanner_app.domain.audits.sampling.population import hash_population, read_population
from scanner_app.domain.audits.sampling.redraw import find_wrong_draws
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Category, Location, Person
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets
from tests.audits.sampling.test_drawing import ROWS, draw_again
from tests.audits.steps import START, close, find, scan, start_at
from tests.support.register import add_location, add_person

DICE = "20237331128159211123"


def fill_shelves(session: Session) -> None:
    """The twelve laptops of docs/samples.md, in BER-101."""
    room = add_location(session, "BER-101", "Room 101", now=START)
    add_location(session, "BER-102", "Room 102", now=START)
    add_person(session, "1001", "Ana", now=START)
    add_all(
        session,
        [{"asset_tag": row[0], "purchase_cost_cents": row[4], "currency": row[5]} for row in ROWS],
        location_id=room.id,
    )


def add_all(session: Session, assets: list[dict], **fields) -> None:
    create_assets(
        session,
        drafts=[AssetDraft({"status": Stage.IN_USE, **fields, **one}) for one in assets],
        kind=ChangeKind.CREATED,
        actor="test",
        now=START,
    )


@pytest.fixture
def contents():
    return fill_shelves


@pytest.fixture
def shelves(filled):
    return filled


def plan(api, **sample) -> int:
    audit = api.post("/audits", json={"name": "Spring", "scope": {}}).json["id"]
    answer = api.put(f"/audits/{audit}/plan", json={"sample": sample})
    assert answer.status_code == 200, answer.text
    return audit


def drawn(api, audit: int, number: int = 1) -> list[dict]:
    items = api.get(f"/audits/{audit}/draws/{number}").json["items"]
    return [one for one in items if one["drawn_as"] != "reserve"]


@pytest.mark.usefixtures("shelves")
@pytest.mark.either_database
class TestPlan:
    def test_is_kept_and_says_what_it_is(self, api):
        audit = plan(api, method="simple", tolerable_rate="0.10", confidence="0.90")

        kept = api.get(f"/audits/{audit}").json["plan"]["sample"]
        assert (kept["method"], kept["tolerable_rate"], kept["confidence"]) == (
            "simple",
            "0.1",
            "0.9",
        )

    def test_changes_the_policy_and_leaves_the_sample(self, api):
        audit = plan(api, method="simple", size=3)

        answer = api.put(f"/audits/{audit}/plan", json={"policy": {"place_depth": "room"}}).json

        assert answer["policy"]["place_depth"] == "room"
        assert answer["plan"]["sample"]["size"] == 3
        kinds = [one["kind"] for one in api.get(f"/audits/{audit}/acts").json["items"]]
        assert kinds == ["created", "edited", "policy_changed"]

    @pytest.mark.parametrize(
        ("sample", "field"),
        [
            ({"method": "simple", "tolerable_rate": "101%"}, "sample.tolerable_rate"),
            ({"method": "simple", "confidence": "0.8"}, "sample.confidence"),
            ({"method": "simple", "expected_rate": "0.2"}, "sample.expected_rate"),
            ({"method": "pps"}, "sample.tolerable_value"),
            ({"method": "pps", "size": 3, "currency": "JPY"}, "sample.currency"),
            (
                {"method": "pps", "tolerable_value": "16.00", "expected_value": "10.00"},
                "sample.expected_value",
            ),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, api, sample, field):
        audit = api.post("/audits", json={"name": "Spring", "scope": {}}).json["id"]

        answer = api.put(f"/audits/{audit}/plan", json={"sample": sample})

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]

    def test_is_closed_once_the_list_is_frozen(self, api):
        audit = plan(api, method="simple", size=3)
        assert api.post(f"/audits/{audit}/freeze").status_code == 200

        again = api.put(f"/audits/{audit}/plan", json={"sample": {"method": "none"}})
        freeze = api.post(f"/audits/{audit}/freeze")

        assert (again.status_code, again.json["code"]) == (409, "plan_frozen")
        assert (freeze.status_code, freeze.json["code"]) == (409, "plan_frozen")


@pytest.mark.usefixtures("shelves")
class TestFreeze:
    def test_hashes_the_list_as_the_vector_does_and_binds_the_nonce(self, api):
        audit = plan(api, method="simple", size=3)

        frozen = api.post(f"/audits/{audit}/freeze").json["population"]

        assert frozen["count"] == 12
        assert frozen["sha256"] == hash_population(read_population(ROWS))
        draw = api.post(f"/audits/{audit}/draws", json={"typed": DICE}).json
        assert hashlib.sha256(bytes.fromhex(draw["nonce"])).hexdigest() == frozen["nonce_sha256"]
        acts = {one["kind"]: one["about"] for one in api.get(f"/audits/{audit}/acts").json["items"]}
        assert acts["frozen"] == {
            "population": {"count": 12, "sha256": frozen["sha256"]},
            "nonce_sha256": frozen["nonce_sha256"],
        }
        assert acts["drawn"]["seed"] == f"{DICE}.{draw['nonce']}"

    def test_keeps_population_members_and_draw_whatever_is_renamed(self, api, app, work):
        audit = plan(api, method="stratified", by="location", size=4)
        frozen = api.post(f"/audits/{audit}/freeze").json["population"]
        with work() as session:
            for asset in session.scalars(select(Asset)):
                asset.asset_tag = asset.tag_key = f"NEW-{asset.id}"
                asset.category_id = None
            for place in session.scalars(select(Location)):
                place.code = place.code_key = f"MOVED-{place.id}"
            for person in session.scalars(select(Person)):
                person.number = "9"
        start_at(api, audit, typed=DICE)

        after = api.get(f"/audits/{audit}").json["population"]
        assert (after["sha256"], after["count"]) == (frozen["sha256"], 12)
        [draw] = api.get(f"/audits/{audit}/draws").json["items"]
        values = {row[0]: row[4] for row in ROWS}
        order, _, _ = draw_again(draw["seed"], frozen["sha256"], values, 0)
        taken = api.get(f"/audits/{audit}/draws/1").json["items"]
        assert [one["asset_tag"] for one in taken] == order
        assert {one["stratum"] for one in taken} == {"BER-101"}
        items = api.get(f"/audits/{audit}/findings").json["items"]
        assert {one["asset"] for one in items} == set(order[:4])
        assert all(one["asset_now"].startswith("NEW-") for one in items)

    @pytest.mark.parametrize("table", ["audit_member", "audit_draw", "audit_drawn"])
    def test_is_guarded_by_the_database(self, api, app, work, table):
        audit = plan(api, method="simple", size=3)
        api.post(f"/audits/{audit}/counting", json={})
        column = "number" if table == "audit_draw" else "asset_id"

        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 1"):
            with pytest.raises(DBAPIError, match="cannot be changed"), work() as session:
                session.execute(text(statement))


@pytest.mark.usefixtures("shelves")
@pytest.mark.either_database
class TestDraw:
    def test_of_a_sample_is_what_is_expected_and_what_it_hashes_to(self, api):
        audit = plan(api, method="simple", size=4)
        start_at(api, audit, typed=DICE)

        [draw] = api.get(f"/audits/{audit}/draws").json["items"]
        sha256 = api.get(f"/audits/{audit}").json["population"]["sha256"]
        order, _, _ = draw_again(draw["seed"], sha256, {row[0]: row[4] for row in ROWS}, 0)
        assert [one["asset_tag"] for one in drawn(api, audit)] == order[:4]
        expected = {one["asset"] for one in api.get(f"/audits/{audit}/findings").json["items"]}
        assert expected == set(order[:4])
        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 4

    def test_by_value_takes_what_is_certain_and_what_the_points_hit(self, api):
        audit = plan(api, method="pps", size=4)
        start_at(api, audit, typed=DICE)

        [draw] = api.get(f"/audits/{audit}/draws").json["items"]
        sha256 = api.get(f"/audits/{audit}").json["population"]["sha256"]
        _, certain, hit = draw_again(draw["seed"], sha256, {row[0]: row[4] for row in ROWS}, 4)
        taken = {one["asset_tag"]: one["drawn_as"] for one in drawn(api, audit)}
        assert certain == ["LT-0012"]
        assert taken == {"LT-0012": "certainty", **dict.fromkeys(hit, "sample")}

    def test_names_where_the_floor_is_looked_at(self, api):
        audit = plan(api, method="simple", size=2, floor={"places": 3, "every": 5})
        api.post(f"/audits/{audit}/freeze")

        draw = api.post(f"/audits/{audit}/draws", json={}).json

        [start] = draw["floor"]
        assert start["location"] == "BER-101"
        assert 1 <= start["first"] <= 5
        assert (draw["typed"], draw["seed"]) == ("", draw["nonce"])

    def test_is_given_up_with_a_reason_before_a_scan_counts_and_both_stay(self, api):
        audit = plan(api, method="simple", size=3)
        start_at(api, audit, typed=DICE)
        second = {"typed": "a second throw of dice", "reason": "The witness came late."}

        bare = api.post(f"/audits/{audit}/draws", json={"typed": second["typed"]})
        done = api.post(f"/audits/{audit}/draws", json=second)

        assert (bare.status_code, list(bare.json["errors"])) == (422, ["reason"])
        assert (done.status_code, done.json["number"]) == (201, 2)
        draws = api.get(f"/audits/{audit}/draws").json["items"]
        assert draws[0]["nonce"] != draws[1]["nonce"]
        assert draws[1]["reason"] == "The witness came late."
        expected = {one["asset"] for one in api.get(f"/audits/{audit}/findings").json["items"]}
        assert expected == {one["asset_tag"] for one in drawn(api, audit, 2)}
        scan(api, next(iter(expected)), audit, "BER-101")
        third = api.post(f"/audits/{audit}/draws", json=second)
        assert (third.status_code, third.json["code"]) == (409, "already_counted")

    def test_is_refused_without_a_frozen_list_or_a_plan(self, api):
        audit = plan(api, method="simple", size=3)
        other = api.post("/audits", json={"name": "All", "scope": {}}).json["id"]
        api.post(f"/audits/{other}/counting")

        answers = [api.post(f"/audits/{one}/draws", json={}) for one in (audit, other)]

        assert [answer.json["code"] for answer in answers] == ["not_frozen", "not_frozen"]
        assert api.get(f"/audits/{other}").json["counts"]["expected"] == 12

    @pytest.mark.parametrize("typed", ["too short", "x" * 201, "zwölf Würfel auf dem Tisch"])
    def test_takes_only_what_everyone_can_type_again(self, api, typed):
        audit = plan(api, method="simple", size=3)
        api.post(f"/audits/{audit}/freeze")

        answer = api.post(f"/audits/{audit}/draws", json={"typed": typed})

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["typed"])


@pytest.mark.usefixtures("shelves")
@pytest.mark.either_database
class TestOutsideTheSample:
    def test_is_extra_with_a_flag_and_proposes_only_a_move(self, api):
        audit = plan(api, method="simple", size=10)
        start_at(api, audit, typed=DICE)
        taken = {one["asset_tag"] for one in drawn(api, audit)}
        here, there = sorted({row[0] for row in ROWS} - taken)
        scan(api, here, audit, "BER-101", custodian="1001")
        scan(api, there, audit, "BER-102")

        api.post(f"/audits/{audit}/reconciliation")

        found = [find(api, audit, tag) for tag in (here, there)]
        assert {one["state"] for one in found} == {"unexpected"}
        assert all("outside_sample" in one["flags"] for one in found)
        assert [one["proposal"] for one in found] == [None, "move"]
        # Ten were drawn and none was seen: what lay beside them is no part of the estimate.
        missing = api.get(f"/audits/{audit}").json["estimates"][0]
        assert (missing["drawn"], missing["found"]) == (10, 10)


@pytest.mark.either_database
class TestEstimates:
    """1,500 assets: 300 laptops, 450 monitors and 750 phones."""

    KINDS: ClassVar = {"Laptop": 300, "Monitor": 450, "Phone": 750}

    @pytest.fixture
    def contents(self):
        def fill(session: Session) -> None:
            room = add_location(session, "BER-101", "Room 101", now=START)
            for kind, number in self.KINDS.items():
                category = Category(name=kind)
                session.add(category)
                session.flush()
                tags = [{"asset_tag": f"{kind}-{one}"} for one in range(number)]
                add_all(session, tags, location_id=room.id, category_id=category.id)

        return fill

    def count(self, api, audit: int, missing) -> dict:
        """Scan what was drawn, but for as many as are missing; return the first estimate."""
        items: list[dict] = []
        after = ""
        while after is not None:
            page = api.get(f"/audits/{audit}/draws/1?limit=500{after}").json
            items += page["items"]
            after = f"&cursor={page['next']}" if page["next"] else None
        left = dict(missing) if isinstance(missing, dict) else {"": missing}
        tags = []
        for one in items:
            name = one["stratum"]
            if one["drawn_as"] == "reserve":
                continue
            if left.get(name, 0):
                left[name] -= 1
                continue
            tags.append(one["asset_tag"])
        see(api, audit, tags)
        api.post(f"/audits/{audit}/reconciliation")
        return api.get(f"/audits/{audit}").json["estimates"][0]

    def test_show_and_do_not_show_and_are_in_the_sealed_report(self, api, filled):
        audit = plan(api, method="simple")
        start_at(api, audit, typed=DICE)
        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 58

        none = self.count(api, audit, 0)

        assert (none["population"], none["drawn"], none["found"]) == (1500, 58, 0)
        assert (none["upper"], none["conclusion"]) == (round(74 / 1500, 6), "shown")
        close(api, audit)
        report = api.get(f"/audits/{audit}/report.json").json
        assert report["sample"]["estimates"] == api.get(f"/audits/{audit}").json["estimates"]
        assert len(report["sample"]["draws"][0]["members"]) == 58
        assert find_wrong_draws(report) == []
        assert api.get(f"/audits/{audit}/report.pdf").data.startswith(b"%PDF")

        audit = plan(api, method="simple")
        start_at(api, audit, typed=DICE)
        one = self.count(api, audit, 1)
        assert (one["found"], one["conclusion"]) == (1, "not_shown")

    def test_of_150_with_9_missing_and_of_strata(self, api, filled):
        audit = plan(api, method="simple", size=150, goal="estimate")
        start_at(api, audit, typed=DICE)
        nine = self.count(api, audit, 9)

        assert (nine["estimate"], nine["low"], nine["high"]) == (
            0.06,
            round(44 / 1500, 6),
            round(162 / 1500, 6),
        )
        assert "2.9 % to 10.8 %" in nine["sentence"]

        rates = {"Laptop": "0.02", "Monitor": "0.05", "Phone": "0.10"}
        audit = plan(api, method="stratified", size=150, expected_rates=rates)
        start_at(api, audit, typed=DICE)
        [draw] = api.get(f"/audits/{audit}/draws").json["items"]
        assert draw["sizes"]["strata"] == {"Laptop": 17, "Monitor": 40, "Phone": 93}
        found = self.count(api, audit, {"Monitor": 2, "Phone": 7})
        assert found["sentence"].startswith("9 of 150 drawn, so 5.26 % (2.28 % to 10.15 %).")
        assert find_wrong_draws(api.get(f"/audits/{audit}/report.json").json) == []


def see(api, audit: int, tags: list[str]) -> None:
    """Count assets in BER-101, in one batch."""
    scans = [
        {
            "scan_id": str(uuid.uuid4()),
            "code": tag,
            "intent": "sighting",
            "audit": audit,
            "location": "BER-101",
            "source": "camera",
            "scanned_at": "2026-03-02T10:00:00+00:00",
        }
        for tag in tags
    ]
    assert api.post("/scans", json={"scans": scans}).status_code == 200
