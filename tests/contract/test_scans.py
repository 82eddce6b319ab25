"""The contract's Scans: one door, in order, each with its own result."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from tests.contract.client import Client, assert_problem, moment, new_id

RESULT = {"scan_id", "status", "outcome", "refusal", "finding", "asset", "message"}
CARD = {"asset_tag", "name", "status", "location", "home_location", "custodian"}
INTENTS = ["lookup", "sighting", "move", "check_out", "check_in", "void"]
SYMBOLOGIES = [
    "code_128",
    "code_39",
    "qr_code",
    "data_matrix",
    "ean_13",
    "itf",
    "pdf417",
    "aztec",
    "micro_qr_code",
    "rfid",
    "nfc",
]
INDIA = timezone(timedelta(hours=5, minutes=30))
SOURCES = ["camera", "photo", "wedge", "typed", "rfid", "nfc", "import"]


def make_scan(code: str, intent: str = "sighting", **more):
    return {"scan_id": new_id(), "code": code, "intent": intent, "scanned_at": moment(), **more}


class TestBatch:
    def test_is_answered_in_its_order_and_a_bad_scan_fails_no_neighbour(self, api, asset):
        good, other = make_scan(asset), make_scan("NOTHING-OF-OURS")
        batch = [good, {"scan_id": "no uuid", "code": asset}, other, good, {**good, "code": "X"}]

        answer = api.post("/scans", {"scans": batch})

        assert answer.status == 200
        assert answer.json.keys() == {"results"}
        results = answer.json["results"]
        assert [r["status"] for r in results] == [
            "recorded", "invalid", "recorded", "repeated", "conflict",
        ]  # fmt: skip
        assert [r["outcome"] for r in results[:3]] == ["noted", None, "unregistered"]
        assert [r["scan_id"] for r in results] == [
            good["scan_id"], "no uuid", other["scan_id"], good["scan_id"], good["scan_id"],
        ]  # fmt: skip
        assert {"scan_id", "intent", "scanned_at"} <= results[1]["errors"].keys()
        for result in results:
            assert result.keys() >= RESULT
            assert result["message"].strip()
        assert results[0]["asset"].keys() >= CARD
        assert results[2]["asset"] is None
        assert results[0]["finding"] is None

    def test_takes_one_to_a_thousand(self, api):
        assert_problem(api.post("/scans", {"scans": []}), 422)
        assert_problem(api.post("/scans", {"scans": [make_scan("A")] * 1001}), 422)
        thousand = [make_scan("NONE", "lookup") for _ in range(1000)]

        answer = api.post("/scans", {"scans": thousand})

        assert [r["scan_id"] for r in answer.json["results"]] == [s["scan_id"] for s in thousand]

    def test_gives_the_first_answer_again_in_a_later_request(self, api, asset):
        scan = make_scan(asset, "check_in")

        first, again = (api.post("/scans", {"scans": [scan]}).json["results"][0] for _ in range(2))

        assert (first.pop("status"), again.pop("status")) == ("recorded", "repeated")
        assert first == again

    def test_does_not_mind_the_spelling_of_the_same_content(self, api, asset):
        scan = make_scan(asset, source="wedge")
        api.post("/scans", {"scans": [scan]})

        in_india = datetime.fromisoformat(scan["scanned_at"]).astimezone(INDIA).isoformat()
        shuffled = dict(reversed(scan.items())) | {"scanned_at": in_india}

        [result] = api.post("/scans", {"scans": [shuffled]}).json["results"]
        assert result["status"] == "repeated"


class TestScan:
    @pytest.mark.parametrize("missing", ["scan_id", "code", "intent", "scanned_at"])
    def test_names_a_missing_field(self, api, asset, missing):
        scan = make_scan(asset)
        del scan[missing]

        [result] = api.post("/scans", {"scans": [scan]}).json["results"]

        assert (result["status"], list(result["errors"])) == ("invalid", [missing])

    @pytest.mark.parametrize("symbology", SYMBOLOGIES)
    def test_knows_the_symbologies(self, api, symbology):
        assert api.scan("NONE", "lookup", symbology=symbology)["status"] == "recorded"

    @pytest.mark.parametrize("source", SOURCES)
    def test_knows_the_sources(self, api, source):
        assert api.scan("NONE", "lookup", source=source)["status"] == "recorded"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("intent", "steal"),
            ("intent", "LOOKUP"),
            ("source", "satellite"),
            ("condition", "bad"),
            ("scanned_at", "2026-03-02T09:00:00"),
            ("scanned_at", 1772442000),
            ("due_at", "tomorrow"),
            ("audit", "7"),
            ("audit", True),
            ("voids", "x"),
            ("code", ""),
            ("code", "x" * 4097),
            ("code", 7),
            ("code", "A\x00B"),
            ("scan_id", 7),
            ("surprise", 1),
        ],
    )
    def test_is_invalid_by_field_and_not_recorded(self, api, asset, field, value):
        result = api.scan(asset, **{field: value})

        assert (result["status"], list(result["errors"])) == ("invalid", [field])

    def test_takes_4096_characters_and_every_field(self, api, room, person):
        every = {
            "symbology": "qr_code",
            "source": "typed",
            "location": room,
            "custodian": person,
            "due_at": "2026-04-01T00:00:00+02:00",
            "audit": None,
            "voids": None,
            "condition": "good",
            "note": "two\nlines",
            "device": "phone 7",
        }

        result = api.scan("x" * 4096, "lookup", **every)

        assert (result["status"], result["outcome"]) == ("recorded", "unregistered")

    def test_takes_the_three_conditions(self, api, asset):
        for condition in ("good", "damaged", "unreadable_label"):
            assert api.scan(asset, condition=condition)["status"] == "recorded"


class TestEffect:
    def test_check_out_sets_custodian_and_location_and_a_second_is_refused(
        self, api, asset, room, person, name
    ):
        desk = api.create("/locations", code=name("DESK"), name="A desk")["code"]

        out = api.scan(asset, "check_out", custodian=person, location=desk)
        again = api.scan(asset, "check_out", custodian=person, scanned_at=moment(10))

        assert (out["outcome"], out["refusal"]) == ("applied", None)
        assert out["asset"]["custodian"] == person
        assert out["asset"]["location"] == desk
        assert out["asset"]["home_location"] == room
        assert (again["status"], again["outcome"], again["refusal"]) == (
            "recorded", "refused", "already_checked_out",
        )  # fmt: skip

    def test_check_in_without_a_location_returns_it_home(self, api, asset, room, person, name):
        desk = api.create("/locations", code=name("DESK"), name="A desk")["code"]
        api.scan(asset, "check_out", custodian=person, location=desk)

        back = api.scan(asset, "check_in", scanned_at=moment(10))
        again = api.scan(asset, "check_in", scanned_at=moment(20))

        assert back["outcome"] == "applied"
        assert (back["asset"]["custodian"], back["asset"]["location"]) == (None, room)
        assert again["refusal"] == "not_checked_out"

    def test_move_sets_the_location(self, api, asset, name):
        shelf = api.create("/locations", code=name("SHELF"), name="A shelf")["code"]

        moved = api.scan(asset, "move", location=shelf)

        assert (moved["outcome"], moved["asset"]["location"]) == ("applied", shelf)

    @pytest.mark.parametrize("intent", ["sighting", "lookup"])
    def test_being_seen_changes_no_custody_or_location(
        self, api, asset, room, person, name, intent
    ):
        shelf = api.create("/locations", code=name("SHELF"), name="A shelf")["code"]
        at = moment(5)

        seen = api.scan(asset, intent, location=shelf, custodian=person, scanned_at=at)

        shown = api.get(f"/assets/{asset}").json
        assert (seen["outcome"], shown["location"], shown["custodian"]) == ("noted", room, None)
        assert shown["last_seen_location"] == shelf
        assert datetime.fromisoformat(shown["last_seen_at"]) == datetime.fromisoformat(at)

    @pytest.mark.parametrize("named", ["number", "email", "badge"])
    def test_custodian_is_a_number_an_email_or_a_badge(self, api, asset, name, named):
        number = name("P")
        ways = {"number": number, "email": f"{number.lower()}@example.org", "badge": name("BADGE")}
        api.create(
            "/people", name="Bob", number=number, email=ways["email"], badges=[ways["badge"]]
        )

        out = api.scan(asset, "check_out", custodian=ways[named])

        assert (out["outcome"], out["asset"]["custodian"]) == ("applied", number)

    def test_a_late_older_scan_is_noted(self, api, asset, person):
        api.scan(asset, "check_out", custodian=person)
        api.scan(asset, "check_in", scanned_at=moment(20))

        late = api.scan(asset, "check_out", custodian=person, scanned_at="2026-03-02T10:00:00Z")

        assert (late["status"], late["outcome"]) == ("recorded", "noted")
        assert api.get(f"/assets/{asset}").json["custodian"] is None

    def test_void_undoes_by_a_scan_of_its_own(self, api, asset, person):
        out = api.scan(asset, "check_out", custodian=person)

        undone = api.scan(asset, "void", voids=out["scan_id"], scanned_at=moment(5))

        assert (undone["outcome"], undone["asset"]["custodian"]) == ("applied", None)

    def test_refusals_have_the_stable_codes(self, api, asset, person, name):
        gone = api.create("/assets", asset_tag=name("OLD"), status="retired")["asset_tag"]
        draft = api.create("/audits", name="Not begun")["id"]
        tried = {
            "unknown_custodian": api.scan(asset, "check_out", custodian="NOBODY-AT-ALL"),
            "unknown_location": api.scan(asset, "move", location="NOWHERE-AT-ALL"),
            "asset_retired": api.scan(gone, "check_out", custodian=person),
            "audit_not_counting": api.scan(asset, audit=draft),
        }

        assert {r["refusal"] for r in tried.values()} == tried.keys()
        assert {r["outcome"] for r in tried.values()} == {"refused"}
        assert {r["status"] for r in tried.values()} == {"recorded"}

    def test_one_code_for_two_things_is_ambiguous(self, api, name):
        serial = name("SERIAL")
        for _ in range(2):
            api.create("/assets", asset_tag=name("A"), serial_number=serial)

        assert api.scan(serial)["outcome"] == "ambiguous"


class TestList:
    def test_is_newest_first_and_pages_by_cursor(self, api, asset):
        ids = [api.scan(asset, scanned_at=f"2026-03-02T0{n}:00:00Z")["scan_id"] for n in range(3)]

        first = api.get(f"/scans?asset={asset}&limit=2").json
        second = api.get(f"/scans?asset={asset}&limit=2&cursor={quote(first['next'])}").json

        assert first.keys() == second.keys() == {"items", "next"}
        assert [i["scan_id"] for i in first["items"] + second["items"]] == ids[::-1]
        assert second["next"] is None
        assert first["items"][0].keys() >= {
            "scan_id", "code", "intent", "scanned_at", "outcome", "refusal", "location", "device",
        }  # fmt: skip
        assert datetime.fromisoformat(first["items"][0]["scanned_at"]).tzinfo is not None

    def test_takes_since_and_audit(self, api, asset, room):
        audit = api.create("/audits", name="Room", scope={"locations": [room]})["id"]
        api.post(f"/audits/{audit}/counting")
        counted = api.scan(asset, location=room, audit=audit)["scan_id"]
        api.scan(asset, scanned_at="2026-01-01T09:00:00Z")

        by_audit = api.get(f"/scans?audit={audit}").json["items"]
        since = api.get(f"/scans?asset={asset}&since=2030-01-01T00:00:00Z").json["items"]
        recent = api.get(f"/scans?asset={asset}&since=2026-03-02T09:00:00%2B00:00").json["items"]

        assert [i["scan_id"] for i in by_audit] == [counted]
        assert since == []
        assert counted in [i["scan_id"] for i in recent]

    @pytest.mark.parametrize(
        "query", ["limit=501", "limit=0", "limit=x", "since=yesterday", "audit=x", "cursor=x"]
    )
    def test_refuses_a_query_by_field(self, api, query):
        body = assert_problem(api.get(f"/scans?{query}"), 422)

        assert list(body["errors"]) == [query.partition("=")[0]]

    def test_takes_a_limit_of_500(self, api):
        assert api.get("/scans?limit=500").status == 200


def show(api: Client, code: str) -> dict:
    answer = api.get(f"/identify?code={quote(code, safe='')}")
    assert answer.status == 200, answer.text
    return answer.json


class TestIdentify:
    def test_tells_the_kinds_apart_and_changes_nothing(self, api, asset, room, person, name):
        serial = name("SERIAL")
        for _ in range(2):
            api.create("/assets", asset_tag=name("A"), serial_number=serial)
        before = api.get("/scans?limit=1").json["items"]

        kinds = {code: show(api, code)["kind"] for code in (asset, room, serial, "NO-SUCH-CODE")}

        assert kinds == {
            asset: "asset", room: "location", serial: "ambiguous", "NO-SUCH-CODE": "unregistered",
        }  # fmt: skip
        assert api.get("/scans?limit=1").json["items"] == before
        assert show(api, asset)["asset"]["asset_tag"] == asset

    def test_knows_a_person_by_the_badge(self, api, name):
        badge = name("BADGE")
        api.create("/people", name="Ana", number=name("P"), badges=[badge])

        assert show(api, badge)["kind"] == "person"

    @pytest.mark.parametrize(
        "dress",
        [
            "{tag}",
            "  {tag}\r\n",
            "https://snipe.example/hardware/bytag/{tag}",
            "https://snipe.example/hardware/bytag?assetTag={tag}",
            "https://snipe.example/ht/{tag}",
        ],
    )
    def test_understands_a_tag_in_every_dress(self, api, asset, dress):
        shown = show(api, dress.format(tag=asset))

        assert shown["identifier"] == {"scheme": "tag", "value": asset}
        assert shown["kind"] == "asset"

    def test_understands_a_serial_and_snipes_own_number(self, api, name):
        serial, number = name("SN"), "9" + name("")[1:]
        codes = [{"scheme": "snipe_id", "value": number}]
        tag = api.create("/assets", asset_tag=name("A"), serial_number=serial, identifiers=codes)

        for code in (serial, f"https://snipe.example/hardware/{number}"):
            assert show(api, code)["asset"]["asset_tag"] == tag["asset_tag"]

    @pytest.mark.parametrize(
        ("code", "scheme", "value"),
        [
            ("(8004)06141415678", "giai", "06141415678"),
            ("]C1800406141415678", "giai", "06141415678"),
            ("https://id.gs1.org/8004/06141415678", "giai", "06141415678"),
            ("3474257BF40000000000162E", "giai", "06141415678"),
            ("urn:epc:id:giai:0614141.5678", "giai", "06141415678"),
            ("(8003)00614141000418A7", "grai", "0614141000418A7"),
            ("(414)0614141000012", "gln", "0614141000012"),
            ("(01)00614141123452(21)A7", "sgtin", "00614141123452.A7"),
            ("(00)006141411234567890", "sscc", "006141411234567890"),
        ],
    )
    def test_understands_gs1_and_epc(self, api, code, scheme, value):
        identifier = show(api, code)["identifier"]

        assert identifier.keys() == {"scheme", "value"}
        assert identifier["scheme"] == scheme
        assert value.replace(".", "") in identifier["value"].replace(".", "").replace("/", "")

    def test_asks_for_a_code(self, api):
        assert list(assert_problem(api.get("/identify"), 422)["errors"]) == ["code"]
