"""POST /api/v1/reads and the heartbeat: what readers report."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Finding, Reader, Scan
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import reading
from tests.audits.steps import start_at
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DOOR = "dock-door-1"
RAW_EPC = "E2806894000040017790E471"
GIAI_EPC = "3474257BF40000000000162E"  # TDS, annex E.3: giai 0614141 5678
GIAI = "06141415678"
FOREIGN_EPC = "E280689400004001779000FF"

BAD_FIELDS = [
    ({"antenna": -1}, "antenna"),
    ({"antenna": 65536}, "antenna"),
    ({"antenna": True}, "antenna"),
    ({"antenna": 1.5}, "antenna"),
    ({"rssi": "NaN"}, "rssi"),
    ({"rssi": "Infinity"}, "rssi"),
    ({"rssi": True}, "rssi"),
    ({"count": -3}, "count"),
    ({"count": 0}, "count"),
    ({"count": 2**31}, "count"),
    ({"epc": None}, "epc"),
    ({"epc": ""}, "epc"),
    ({"epc": "E2\x00"}, "epc"),
    ({"epc": 7}, "epc"),
    ({"read_id": None}, "read_id"),
    ({"read_id": "one"}, "read_id"),
    ({"last_seen_at": "yesterday"}, "last_seen_at"),
    ({"last_seen_at": None, "first_seen_at": None}, "last_seen_at"),
]

CLOSED_TO_READERS = [
    ("get", "/assets"),
    ("get", "/assets/LT-1"),
    ("post", "/assets"),
    ("get", "/assets/LT-1/history"),
    ("get", "/locations"),
    ("get", "/people"),
    ("get", "/audits"),
    ("post", "/audits"),
    ("post", "/decodes"),
]


def read(epc: str = RAW_EPC, **fields) -> dict:
    moment = (START + timedelta(minutes=60)).isoformat()
    return {
        "read_id": str(uuid.uuid4()),
        "epc": epc,
        "antenna": 1,
        "rssi": -55.5,
        "first_seen_at": moment,
        "last_seen_at": moment,
        "count": 3,
        **fields,
    }


def fill_places(session: Session) -> dict[str, int]:
    """A room and a store; one tagged laptop by its raw EPC, one by its GIAI."""
    room = add_location(session, "R-1", "Room 1", now=START)
    store = add_location(session, "STORE", "Store", now=START)
    add_asset(session, "LT-1", location=room, now=START, identifiers=[("epc", RAW_EPC)], home=room)
    add_asset(session, "LT-2", location=room, now=START, identifiers=[("giai", GIAI)])
    return {"R-1": room.id, "STORE": store.id}


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_places if "places" in request.fixturenames else None


@pytest.fixture
def places(filled: Any) -> dict[str, int]:
    return filled


@pytest.fixture
def door(places, work) -> int:
    """A reader whose antenna 2 moves things to the store and whose others look at room 1."""
    with work() as session:
        reader = set_reader(
            session, name=DOOR, kind="rfid", is_active=True, silent_after=600, now=START
        )
        points = {0: ("R-1", Intent.SIGHTING), 2: ("STORE", Intent.MOVE)}
        for antenna, (place, intent) in points.items():
            set_read_point(
                session,
                reader_id=reader.id,
                antenna=antenna,
                location_id=places[place],
                intent=intent,
                audit_id=None,
            )
        return reader.id


def post(api, *reads, reader: object = DOOR):
    return api.post("/reads", json={"reader": reader, "reads": list(reads)})


def results(api, *reads) -> list[dict]:
    answer = post(api, *reads)
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def logged(app) -> list[Scan]:
    with app.app_context(), reading() as session:
        scans = list(session.scalars(select(Scan).order_by(Scan.id)))
        session.expunge_all()
    return scans


def place_of(app, asset_tag: str = "LT-1") -> int | None:
    with app.app_context(), reading() as session:
        found: int | None = session.scalar(
            select(Asset.location_id).where(Asset.asset_tag == asset_tag)
        )
        return found


@pytest.mark.usefixtures("door")
class TestRecordReads:
    def test_the_read_point_of_the_antenna_gives_place_and_intent(self, agent, app, places):
        [result] = results(agent, read(antenna=2))

        assert (result["status"], result["outcome"]) == ("recorded", "applied")
        # A reader's token is told no place; the log keeps the whole answer.
        assert result["asset"]["location"] is None
        assert result["place"] is None
        assert place_of(app) == places["STORE"]
        [scan] = logged(app)
        assert (scan.intent, scan.location_id, scan.source, scan.symbology, scan.device) == (
            Intent.MOVE,
            places["STORE"],
            "rfid",
            "rfid",
            DOOR,
        )

    def test_antenna_0_stands_for_those_without_a_point(self, agent, app, places):
        results(agent, *[read(antenna=antenna) for antenna in (0, 1, 65535)])

        assert [(scan.intent, scan.location_id) for scan in logged(app)] == [
            (Intent.SIGHTING, places["R-1"])
        ] * 3

    def test_finds_the_asset_by_each_identity_of_its_tag(self, agent):
        found = results(agent, read(RAW_EPC), read(RAW_EPC.lower()), read(GIAI_EPC))

        assert [one["asset"]["asset_tag"] for one in found] == ["LT-1", "LT-1", "LT-2"]

    def test_takes_a_uid_where_there_is_no_epc(self, agent, work):
        with work() as session:
            add_asset(session, "LT-3", now=START, identifiers=[("alias", "04A1B2C3D4E5F6")])

        [result] = results(agent, {**read(), "epc": None, "uid": "04A1B2C3D4E5F6"})

        assert result["asset"]["asset_tag"] == "LT-3"

    def test_a_read_is_recorded_once_whatever_the_retries(self, agent, app):
        one = read()
        [first] = results(agent, one)

        second, third = results(agent, one, one)

        assert (second["status"], third["status"]) == ("repeated", "repeated")
        assert {**second, "status": "recorded"} == first
        assert len(logged(app)) == 1

    def test_a_read_id_used_for_something_else_is_a_conflict(self, agent, app):
        one = read()
        results(agent, one)

        altered, same = results(agent, {**one, "epc": GIAI_EPC}, read(GIAI_EPC))

        assert (altered["status"], same["status"]) == ("conflict", "recorded")
        assert len(logged(app)) == 2

    def test_a_read_id_of_another_token_is_a_conflict_and_tells_nothing(self, agent, api_as, app):
        one = read()
        results(agent, one)

        [told] = results(api_as("reader"), one)

        assert (told["status"], told["asset"]) == ("conflict", None)
        assert len(logged(app)) == 1

    def test_a_retry_after_the_reader_was_moved_is_still_the_same_read(
        self, agent, app, work, door, places
    ):
        one = read()
        [first] = results(agent, one)
        with work() as session:
            set_read_point(
                session,
                reader_id=door,
                antenna=0,
                location_id=places["STORE"],
                intent=Intent.MOVE,
                audit_id=None,
            )

        [again] = results(agent, one)

        assert again == {**first, "status": "repeated"}
        assert [scan.location_id for scan in logged(app)] == [places["R-1"]]

    @pytest.mark.parametrize(("rssi", "is_seen"), [(-61, False), (-60, True), (None, True)])
    def test_a_read_below_the_floor_is_seen_nowhere(
        self, agent, app, work, door, places, rssi, is_seen
    ):
        with work() as session:
            set_read_point(
                session,
                reader_id=door,
                antenna=1,
                location_id=places["STORE"],
                intent=Intent.MOVE,
                audit_id=None,
                rssi_floor=-60,
            )

        results(agent, read(rssi=rssi))

        assert place_of(app) == places["STORE" if is_seen else "R-1"]
        [scan] = logged(app)
        assert scan.location_id == (places["STORE"] if is_seen else None)

    def test_a_flood_of_raw_reads_fills_no_log_and_answers_each(self, agent, app):
        flood = [read(rssi=-60 - number / 100, count=1) for number in range(500)]

        first = results(agent, *flood)
        again = results(agent, *flood)

        assert [one["scan_id"] for one in first] == [one["read_id"] for one in flood]
        assert {one["status"] for one in first} == {"recorded"}
        assert {one["status"] for one in again} == {"repeated"}
        scans = logged(app)
        assert [str(scan.scan_id) for scan in scans] == [one["read_id"] for one in flood[:5]]
        assert scans[-1].reader_said.endswith(" · and 495 more in that second, best rssi -60.05")

    def test_a_flood_that_comes_again_in_other_pieces_is_no_conflict(self, agent, app):
        flood = [read(count=1) for _ in range(40)]
        results(agent, *flood)

        halves = results(agent, *flood[:20]), results(agent, *flood[20:])

        statuses = {one["status"] for half in halves for one in half}
        assert statuses <= {"recorded", "repeated"}
        assert len(logged(app)) <= 10

    def test_sightings_of_an_agent_are_each_kept_however_close(self, agent, app):
        close = [read(change=change) for change in ("moved", "present") * 10]

        results(agent, *close)

        assert len(logged(app)) == 20

    def test_a_bad_read_names_its_field_and_spoils_no_neighbour(self, agent, app):
        bad = [read(**fields) for fields, _ in BAD_FIELDS]  # type: ignore[arg-type] # pairs of two kinds

        first, *refused, last = results(agent, read(), *bad, read(GIAI_EPC))

        assert (first["status"], last["status"]) == ("recorded", "recorded")
        assert [(one["status"], list(one["errors"])) for one in refused] == [
            ("invalid", [name]) for _, name in BAD_FIELDS
        ]
        assert len(logged(app)) == 2

    def test_what_is_no_read_is_invalid(self, agent):
        *bad, good = results(agent, None, 7, "E2", [], {}, read())

        assert {one["status"] for one in bad} == {"invalid"}
        assert good["status"] == "recorded"

    def test_a_number_that_json_does_not_have_refuses_the_body(self, agent, app):
        text = json.dumps({"reader": DOOR, "reads": [read(rssi="?")]})
        for word in ("NaN", "Infinity", "-Infinity", "1e999"):
            body = text.replace('"?"', word)
            answer = agent.post("/reads", data=body, content_type="application/json")

            assert (answer.status_code, answer.json["code"]) == (422, "bad_json"), word
        assert logged(app) == []

    def test_only_bad_reads_leave_no_trace(self, agent, app, door):
        [bad] = results(agent, read(count=-1))

        assert bad["status"] == "invalid"
        with app.app_context(), reading() as session:
            assert session.get_one(Reader, door).last_read_at is None

    def test_an_unknown_reader_is_not_found(self, agent):
        answer = post(agent, read(), reader="nobody")

        assert answer.status_code == 404
        assert "readers page" in answer.json["detail"]

    def test_a_reader_switched_off_is_refused(self, agent, work, app):
        with work() as session:
            set_reader(
                session, name=DOOR, kind="rfid", is_active=False, silent_after=600, now=START
            )

        answer = post(agent, read())

        assert (answer.status_code, answer.json["code"]) == (409, "reader_off")
        assert logged(app) == []

    def test_a_reader_needs_a_name(self, agent):
        for name in (None, 7, "", " ", "a\x00b", "x" * 121):
            answer = post(agent, read(), reader=name)

            assert answer.status_code == 422, name
            assert list(answer.json["errors"]) == ["reader"]

    def test_takes_one_to_a_thousand_reads(self, agent):
        assert [post(agent, *[{}] * count).status_code for count in (0, 1000, 1001)] == [
            422,
            200,
            422,
        ]


class TestReadsInAnAudit:
    @pytest.fixture
    def audit(self, api, work, door, places) -> int:
        made = api.post("/audits", json={"name": "Sweep", "scope": {"locations": ["R-1"]}})
        assert made.status_code == 201, made.text
        audit: int = made.json["id"]
        start_at(api, audit)
        with work() as session:
            set_read_point(
                session,
                reader_id=door,
                antenna=0,
                location_id=places["R-1"],
                intent=Intent.SIGHTING,
                audit_id=audit,
            )
        return audit

    def test_the_point_counts_in_its_audit(self, agent, audit):
        [result] = results(agent, read())

        assert result["finding"]["state"] == "verified"

    def test_a_foreign_tag_stands_in_the_log_and_makes_no_finding(self, agent, app, audit):
        [result] = results(agent, read(FOREIGN_EPC))

        assert (result["outcome"], result["finding"]) == ("unregistered", None)
        assert [(scan.code, scan.audit_id) for scan in logged(app)] == [(FOREIGN_EPC, audit)]
        with app.app_context(), reading() as session:
            unknown = select(func.count(Finding.id)).where(Finding.asset_id.is_(None))
            assert session.scalar(unknown) == 0

    def test_reads_after_counting_are_plain_sightings(self, agent, api, audit, app):
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200

        [result] = results(agent, read())

        assert (result["outcome"], result["refusal"]) == ("noted", None)
        assert [scan.audit_id for scan in logged(app)] == [None]


class TestReaderRole:
    def test_reaches_nothing_of_the_register(self, agent):
        for verb, path in CLOSED_TO_READERS:
            options = {"json": {}} if verb == "post" else {}

            assert getattr(agent, verb)(path, **options).status_code == 403, path

    @pytest.mark.usefixtures("door")
    def test_another_role_posts_no_reads_and_no_heartbeat(self, api_as):
        for role in ("technician", "viewer", "auditor", "approver", "stockroom"):
            client = api_as(role)

            assert post(client, read()).status_code == 403, role
            assert client.post(f"/readers/{DOOR}/heartbeat", json={}).status_code == 403, role
