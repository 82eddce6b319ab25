"""No machine state in text: what people write in notes and codes changes no rule.

A weak read was once marked by words within the note, and a corrected clock by the word "clock". Then
a place called `clock room` made an altered read pass as a repeated one, and a note with the words
"· faint" hid a sighting.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.readers.new_read import Change, NewRead, read_words
from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Location, Scan
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import reading
from tests.support.register import add_asset, add_location

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EPC = "3474257BF40000000000162E"
DOOR = "door-1"


def make_read(**fields) -> dict:
    return {
        "read_id": str(uuid.uuid4()),
        "epc": EPC,
        "rssi": -80,
        "last_seen_at": (START + timedelta(hours=1)).isoformat(),
        **fields,
    }


def make_scan(minutes: int, **fields) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": "LT-1",
        "intent": "sighting",
        "scanned_at": (START + timedelta(minutes=minutes)).isoformat(),
        **fields,
    }


@pytest.fixture
def agent(api_as):
    return api_as("reader")


@pytest.fixture
def set_up(work):
    """An asset in a room, and a door reader that hears faintly what is below -60 dBm."""

    def make(code: str) -> None:
        with work() as session:
            room = add_location(session, code, "A room", now=START)
            add_asset(
                session, "LT-1", location=room, now=START, identifiers=[("giai", "06141415678")]
            )
            reader = set_reader(
                session, name=DOOR, kind="rfid", is_active=True, silent_after=600, now=START
            )
            set_read_point(
                session,
                reader_id=reader.id,
                antenna=0,
                location_id=room.id,
                intent=Intent.SIGHTING,
                audit_id=None,
                rssi_floor=-60,
            )

    return make


def post(client, read: dict) -> dict:
    [result] = client.post("/reads", json={"reader": DOOR, "reads": [read]}).json["results"]
    return result


class TestReadThatComesAgain:
    @pytest.mark.parametrize("code", ["clock room", "R-1"])
    def test_with_another_time_is_a_conflict_whatever_its_place_is_called(
        self, agent, set_up, code
    ):
        set_up(code)
        read = make_read()
        later = (START + timedelta(hours=2)).isoformat()

        first, same = post(agent, read), post(agent, read)
        altered = post(agent, {**read, "last_seen_at": later})

        statuses = (first["status"], same["status"], altered["status"])
        assert statuses == ("recorded", "repeated", "conflict")

    def test_is_the_same_read_after_its_read_point_was_moved_to_another_room(
        self, agent, set_up, work
    ):
        set_up("R-1")
        read = make_read(rssi=-40)
        first = post(agent, read)
        with work() as session:
            other = add_location(session, "R-2", "Another room", now=START)
            reader = set_reader(
                session, name=DOOR, kind="rfid", is_active=True, silent_after=600, now=START
            )
            set_read_point(
                session,
                reader_id=reader.id,
                antenna=0,
                location_id=other.id,
                intent=Intent.MOVE,
                audit_id=None,
            )

        again = post(agent, read)

        assert again == {**first, "status": "repeated"}


class TestPersonsNote:
    def test_with_the_word_faint_still_counts_as_a_sighting_after_an_undo(self, api, app, set_up):
        set_up("R-1")
        seen = make_scan(
            10, location="R-1", source="rfid", note="box dented · faint smell of smoke"
        )
        moved = make_scan(20, intent="move", location="R-1")
        undo = make_scan(30, intent="void", voids=moved["scan_id"])

        for scan in (seen, moved, undo):
            [result] = api.post("/scans", json={"scans": [scan]}).json["results"]
            assert result["status"] == "recorded"

        with app.app_context(), reading() as session:
            at, code = session.execute(
                select(Asset.last_seen_at, Location.code)
                .join(Location, Location.id == Asset.last_seen_location_id)
                .where(Asset.asset_tag == "LT-1")
            ).one()
        assert (at, code) == (START + timedelta(minutes=10), "R-1")


class TestWeakRead:
    def test_is_not_a_sighting_of_its_asset_and_has_a_column_that_says_so(
        self, agent, api, app, set_up
    ):
        set_up("R-1")

        post(agent, make_read())

        with app.app_context(), reading() as session:
            scan = session.scalars(select(Scan)).one()
            said = "antenna 0 rssi -80 count 1 · faint, near R-1"
            assert (scan.is_faint, scan.note, scan.reader_said) == (True, None, said)
            assert session.scalars(select(Asset.last_seen_at)).one() is None
        [listed] = api.get("/scans").json["items"]
        assert (listed["note"], listed["reader_said"], listed["is_faint"]) == (said, said, True)


class TestReadWords:
    @pytest.mark.parametrize("rssi", [None, -55.5, -7.0])
    @pytest.mark.parametrize("change", [None, *Change])
    def test_are_what_describe_wrote(self, rssi, change):
        read = NewRead(uuid.uuid4(), EPC, START, 3, rssi, 9, change=change, is_weak=True, tid="E2")

        assert read_words(f"{read.describe()} · faint, near R-1") == (rssi, change)
