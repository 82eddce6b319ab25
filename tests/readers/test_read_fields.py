"""What a read tells beside its tag: confidence, change, the tag's own number, and the clock."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Reader, Scan
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import reading
from tests.audits.steps import start_at
from tests.support.register import add_asset, add_location

pytestmark = pytest.mark.either_database

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
READ_AT = START + timedelta(hours=1)
DOOR = "door-1"
EPC = "E2806894000040017790E471"
FOREIGN_EPC = "E280689400004001779000FF"
TID = "E2003412013F0000AABBCCDD"


@pytest.fixture
def agent(api_as):
    return api_as("reader")


@pytest.fixture
def door(work):
    """`door(intent, audit)` has a door's antennas look at the store."""
    with work() as session:
        room = add_location(session, "R-1", "Room 1", now=START)
        store = add_location(session, "STORE", "Store", now=START).id
        add_asset(session, "LT-1", location=room, now=START, identifiers=[("epc", EPC)])
        add_asset(session, "LT-2", location=room, now=START, identifiers=[("tid", TID)])
        reader = set_reader(
            session, name=DOOR, kind="rfid", is_active=True, silent_after=600, now=START
        ).id

    def look(intent: Intent = Intent.SIGHTING, audit: int | None = None, place=True) -> None:
        with work() as session:
            set_read_point(
                session,
                reader_id=reader,
                antenna=0,
                location_id=store if place else None,
                intent=intent,
                audit_id=audit,
            )

    look()
    return look


@pytest.fixture
def audit(api, door) -> int:
    made = api.post("/audits", json={"name": "Sweep", "scope": {"locations": ["STORE", "R-1"]}})
    number: int = made.json["id"]
    start_at(api, number)
    door(audit=number)
    return number


def read(epc: str = EPC, **fields) -> dict:
    return {
        "read_id": str(uuid.uuid4()),
        "epc": epc,
        "rssi": -55.5,
        "last_seen_at": READ_AT.isoformat(),
        "count": 3,
        **fields,
    }


def post(client, *reads, **fields) -> list[dict]:
    answer = client.post("/reads", json={"reader": DOOR, "reads": list(reads), **fields})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def logged(app) -> list[Scan]:
    with app.app_context(), reading() as session:
        scans = list(session.scalars(select(Scan).order_by(Scan.id)))
        session.expunge_all()
    return scans


class TestConfidence:
    @pytest.mark.parametrize("weak", [{"confidence": "low"}, {"change": "glimpsed"}])
    def test_low_finds_nothing_and_is_kept_as_evidence(self, agent, api, app, audit, weak):
        [result] = post(agent, read(**weak))

        assert (result["status"], result["finding"]) == ("recorded", None)
        [scan] = logged(app)
        assert (scan.intent, scan.location_id, scan.audit_id) == (Intent.LOOKUP, None, None)
        assert scan.is_faint
        assert (scan.note, scan.reader_said[-10:]) == (None, "near STORE")
        counts = api.get(f"/audits/{audit}").json["counts"]
        assert (counts["missing"], counts["misplaced"], counts["verified"]) == (2, 0, 0)

    def test_low_is_shown_with_the_finding_and_as_no_evidence_for_it(self, agent, admin, audit):
        post(agent, read(confidence="low", last_seen_at=datetime.now(UTC).isoformat()))

        pages = [admin.get(f"/audits/{audit}/findings/{number}").text for number in (1, 2)]

        assert sorted("Weak signal" in text for text in pages) == [False, True]
        assert all("It was not scanned in this audit" in text for text in pages)

    def test_low_does_not_say_when_or_where_it_was_last_seen(self, agent, api, app, door):
        post(agent, read())
        later = (READ_AT + timedelta(hours=1)).isoformat()

        post(agent, read(confidence="low", last_seen_at=later))

        with app.app_context(), reading() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-1")).one()
            assert (asset.last_seen_at, asset.last_seen_location_id is None) == (READ_AT, False)
        post(agent, read(last_seen_at=later))
        with app.app_context(), reading() as session:
            at = select(Asset.last_seen_at).where(Asset.asset_tag == "LT-1")
            assert session.scalar(at) == READ_AT + timedelta(hours=1)

    def test_low_alone_leaves_it_never_seen(self, agent, app, door):
        post(agent, read(confidence="low"))

        with app.app_context(), reading() as session:
            at = select(Asset.last_seen_at).where(Asset.asset_tag == "LT-1")
            assert session.scalar(at) is None

    def test_low_stays_unseen_when_another_scan_is_undone(self, agent, api, app, door):
        post(agent, read())
        later = (READ_AT + timedelta(hours=1)).isoformat()
        post(agent, read(confidence="low", last_seen_at=later))
        scan = {"code": "LT-1", "intent": "sighting", "scanned_at": later}
        seen = str(uuid.uuid4())
        api.post("/scans", json={"scans": [{**scan, "scan_id": seen}]})

        undo = {**scan, "intent": "void", "scan_id": str(uuid.uuid4()), "voids": seen}
        api.post("/scans", json={"scans": [undo]})

        with app.app_context(), reading() as session:
            at = select(Asset.last_seen_at).where(Asset.asset_tag == "LT-1")
            assert session.scalar(at) == READ_AT

    def test_low_moves_nothing(self, agent, api, door):
        door(Intent.MOVE)

        post(agent, read(confidence="low"))

        assert api.get("/assets/LT-1").json["location"] == "R-1"

    def test_normal_finds(self, agent, audit):
        [result] = post(agent, read(confidence="normal"))

        assert result["finding"]["state"] == "misplaced"

    def test_low_does_not_take_back_what_was_found(self, agent, audit, api):
        post(agent, read(), read(confidence="low"))

        assert api.get(f"/audits/{audit}").json["counts"]["misplaced"] == 1


class TestChange:
    def test_only_what_comes_is_moved_or_returned(self, agent, app, door, api):
        door(Intent.MOVE)
        post(agent, read(change="arrived"))
        api.patch("/assets/LT-1", json={"location": "R-1"})

        results = post(
            agent,
            *[
                read(change=change, last_seen_at=datetime.now(UTC).isoformat())
                for change in ("present", "departed")
            ],
        )

        assert [result["outcome"] for result in results] == ["noted", "noted"]
        assert [scan.intent for scan in logged(app)] == [Intent.MOVE] + [Intent.SIGHTING] * 2
        assert api.get("/assets/LT-1").json["location"] == "R-1"

    @pytest.mark.usefixtures("door")
    def test_and_the_others_stand_in_the_log_as_they_were_told(self, agent, app):
        post(agent, read(change="moved", confidence="normal", tid="e2003412aa"))

        [scan] = logged(app)
        assert scan.reader_said == "antenna 0 rssi -55.5 count 3, moved, tid E2003412AA"


@pytest.mark.usefixtures("door")
class TestTid:
    def test_finds_the_asset_where_the_epc_means_nothing(self, agent, app):
        [result] = post(agent, read(FOREIGN_EPC, tid=TID.lower()))

        assert result["asset"]["asset_tag"] == "LT-2"
        [scan] = logged(app)
        assert (scan.code, scan.reader_said.partition(" · ")[2]) == (TID, f"epc {FOREIGN_EPC}")

    def test_gives_way_to_an_epc_that_means_something(self, agent):
        [result] = post(agent, read(EPC, tid=TID))

        assert result["asset"]["asset_tag"] == "LT-1"

    def test_makes_no_other_read_of_it_when_it_is_registered_later(self, agent, work):
        one = read(FOREIGN_EPC, tid="E200AA01")
        [first] = post(agent, one)
        with work() as session:
            add_asset(session, "LT-3", now=START, identifiers=[("tid", "E200AA01")])

        [again] = post(agent, one)

        assert (first["outcome"], again["status"]) == ("unregistered", "repeated")

    def test_is_a_uid_of_its_own_too(self, agent):
        [result] = post(agent, {**read(), "epc": None, "uid": TID})

        assert result["asset"]["asset_tag"] == "LT-2"


@pytest.mark.usefixtures("door")
class TestSentAt:
    def offset(self, app) -> float | None:
        with app.app_context(), reading() as session:
            return session.scalars(select(Reader.clock_offset)).one()

    @pytest.mark.parametrize("hours", [-2, 2])
    def test_sets_times_right_where_the_clock_is_wrong(self, agent, app, hours):
        now = datetime.now(UTC)
        there = now + timedelta(hours=hours)
        seen = there - timedelta(seconds=30)

        [result] = post(agent, read(last_seen_at=seen.isoformat()), sent_at=there.isoformat())

        [scan] = logged(app)
        assert result["status"] == "recorded"
        # 30 seconds before the post, by our clock.
        assert timedelta() <= scan.scanned_at - (now - timedelta(seconds=30)) < timedelta(seconds=9)
        assert not scan.is_clock_suspect
        assert f"clock {7200}" in scan.reader_said or f"clock {7199}" in scan.reader_said
        assert round(self.offset(app) / 3600) == hours

    def test_leaves_times_alone_where_the_clock_will_do(self, agent, app):
        there = datetime.now(UTC) - timedelta(seconds=20)

        post(agent, read(), sent_at=there.isoformat())

        [scan] = logged(app)
        assert (scan.scanned_at, "clock" in scan.reader_said) == (READ_AT, False)
        assert -60 < self.offset(app) <= -20

    def test_makes_no_other_read_of_it_whatever_the_clock_was_set_to_since(self, agent, app):
        one = read(last_seen_at=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
        wrong = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        post(agent, one, sent_at=wrong)

        for sent_at in (wrong, datetime.now(UTC).isoformat()):
            [again] = post(agent, one, sent_at=sent_at)
            assert again["status"] == "repeated"
        [altered] = post(agent, {**one, "count": 4}, sent_at=wrong)

        assert altered["status"] == "conflict"
        assert len(logged(app)) == 1

    def test_is_known_from_heartbeats_too(self, agent, app):
        there = datetime.now(UTC) + timedelta(seconds=90)

        agent.post(f"/readers/{DOOR}/heartbeat", json={"sent_at": there.isoformat()})

        assert 60 < self.offset(app) <= 90

    def test_that_is_no_time_is_refused_in_reads_and_left_alone_in_heartbeats(self, agent, app):
        body = {"reader": DOOR, "reads": [read()], "sent_at": "yesterday"}
        answer = agent.post("/reads", json=body)
        beat = agent.post(f"/readers/{DOOR}/heartbeat", json={"sent_at": ["yesterday"]})

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["sent_at"])
        assert beat.status_code == 204
        assert self.offset(app) is None


@pytest.mark.usefixtures("door")
class TestFields:
    def test_say_what_is_wrong_with_them(self, agent, app):
        bad = [
            ({"change": "gone"}, "change"),
            ({"change": 7}, "change"),
            ({"confidence": "high"}, "confidence"),
            ({"tid": "E20"}, "tid"),
            ({"tid": "XX"}, "tid"),
            ({"tid": "AA" * 65}, "tid"),
            ({"tid": 7}, "tid"),
        ]

        results = post(agent, *[read(**fields) for fields, _ in bad], read())  # type: ignore[arg-type] # pairs of two kinds

        assert [list(one["errors"]) for one in results[:-1]] == [[name] for _, name in bad]
        assert results[-1]["status"] == "recorded"
        assert len(logged(app)) == 1


@pytest.mark.usefixtures("door")
class TestToken:
    def test_of_another_reader_posts_nothing_for_this_one(self, agent, api, app, work):
        theirs = agent.post("/reads", json={"reader": DOOR, "reads": [read()]})
        with work() as session:
            reader = session.scalars(select(Reader)).one()
            token = session.scalars(select(Scan.actor)).one().removeprefix("token:")
            reader.token_id = int(token)

        posted = api.post("/reads", json={"reader": DOOR, "reads": [read()]})
        beat = api.post(f"/readers/{DOOR}/heartbeat", json={"state": "up"})

        assert theirs.status_code == 200
        for answer in (posted, beat):
            assert (answer.status_code, answer.json["code"]) == (403, "reader_of_another_token")
            assert "reader's page" in answer.json["detail"]
        assert post(agent, read())[0]["status"] == "recorded"
        assert len(logged(app)) == 2
