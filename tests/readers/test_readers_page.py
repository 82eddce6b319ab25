"""The readers page: state, settings, read points and last reads, with and without script."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.services.readers.setup import note_heartbeat, set_reader
from tests.support.register import add_asset, add_location

pytestmark = pytest.mark.either_database

EPC = "E2806894000040017790E471"


@pytest.fixture
def start() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def office(work, start):
    with work() as session:
        room = add_location(session, "R-1", "Room 1", now=start)
        add_asset(session, "LT-1", location=room, now=start, identifiers=[("epc", EPC)])


@pytest.fixture
def door(office, work, start) -> str:
    """The address of a door reader whose agent told of itself just now."""
    body = {"state": "up", "detail": "<b>hot</b>", "queue": {"depth": 12345}}
    with work() as session:
        note_heartbeat(session, reader_name="door/1", heartbeat=body, now=start)
    with work() as session:
        reader = set_reader(
            session, name="door/1", kind="rfid", is_active=True, silent_after=600, now=start
        )
        return f"/readers/{reader.id}"


def post_read(api, **fields) -> None:
    moment = datetime.now(UTC).isoformat()
    one = {"read_id": str(uuid.uuid4()), "epc": EPC, "last_seen_at": moment, **fields}
    answer = api.post("/reads", json={"reader": "door/1", "reads": [one]})
    assert answer.json["results"][0]["status"] == "recorded"


class TestList:
    def test_says_what_to_do_where_there_are_none(self, admin):
        assert "No readers yet" in admin.get("/readers").text

    def test_shows_state_and_what_waits(self, admin, door):
        text = admin.get("/readers").text

        assert "door/1" in text
        assert ">Up</span>" in text
        assert "12,345" in text
        assert "is silent" not in text

    def test_shows_a_reader_that_its_agent_has_lost(self, admin, door, work, start):
        with work() as session:
            note_heartbeat(session, reader_name="door/1", heartbeat={"state": "down"}, now=start)

        for page in ("/readers", "/"):  # the start page uses the same words
            assert 'data-tone="bad">Down</span>' in admin.get(page).text

    def test_that_was_never_heard_waits_and_says_how_to_start_it(self, admin, work, start):
        with work() as session:
            reader = set_reader(
                session, name="new", kind="rfid", is_active=True, silent_after=60, now=start
            )
            reader_id = reader.id

        assert ">Waiting</span>" in re.sub(
            r"<svg.*?</svg>", "", admin.get("/readers").text, flags=re.DOTALL
        )
        text = admin.get(f"/readers/{reader_id}").text
        assert "Waiting for its first contact" in text
        assert "scanner-readers run --config readers.toml" in text
        assert "Silent" not in text

    def test_says_which_reader_went_silent(self, admin, door, work, start):
        with work() as session:
            note_heartbeat(
                session, reader_name="door/1", heartbeat={}, now=start - timedelta(minutes=11)
            )

        assert "door/1 is silent" in admin.get("/readers").text

    def test_a_reader_switched_off_is_never_silent(self, admin, work, start):
        with work() as session:
            set_reader(
                session, name="old", kind="rfid", is_active=False, silent_after=60, now=start
            )

        text = admin.get("/readers").text

        assert "Switched off" in text
        assert "is silent" not in text

    def test_adds_a_reader_once(self, admin):
        form = {"name": "gate", "kind": "rfid", "silent_after": "5"}

        first, second = admin.post("/readers", data=form), admin.post("/readers", data=form)

        assert first.status_code == 303
        assert admin.get(first.location).status_code == 200
        assert second.status_code == 409
        assert "already" in second.text

    def test_shows_the_form_again_with_what_is_wrong(self, admin):
        for change in (
            {"name": " "},
            {"name": "a\x00b"},
            {"name": "x" * 121},
            {"kind": "magic"},
            {"silent_after": "0"},
            {"silent_after": "9" * 40},
            {"silent_after": "²"},
        ):
            form = {"name": "gate", "kind": "rfid", "silent_after": "5", **change}
            answer = admin.post("/readers", data=form)

            assert answer.status_code == 422, change
            assert 'aria-invalid="true"' in answer.text

    def test_is_for_admins(self, page_as):
        assert page_as("stockroom").get("/readers").status_code == 403


class TestDetail:
    def test_a_read_point_gives_later_reads_their_place(self, admin, api, door):
        form = {"antenna": "0", "place": "r-1", "intent": "sighting", "rssi_floor": "-70"}
        assert admin.post(f"{door}/points", data=form).status_code == 303

        post_read(api)

        text = admin.get(door).text
        assert "LT-1" in text
        assert "Room 1" in text
        assert "from -70 dBm" in text

    def test_htmx_gets_the_state_and_last_reads_alone(self, admin, api, door):
        post_read(api)

        block = admin.get(door, headers={"HX-Request": "true"}).text

        assert block.lstrip().startswith('<section id="live"')
        assert "LT-1" in block
        assert "<form" not in block

    def test_an_agents_words_are_text(self, admin, door):
        text = admin.get(door).text

        assert "&lt;b&gt;hot&lt;/b&gt;" in text
        assert "<b>hot" not in text

    def test_a_heartbeat_of_odd_shape_breaks_nothing(self, admin, door, work, start):
        odd = {
            "state": ["x"],
            "detail": {},
            "queue": {"depth": "many", "lost": []},
            "identity": 7,
            "agent": [1],
            "tags_present": "all",
            "hint": 1,
        }
        for beat in (odd, {"queue": [], "agent": "x", "state": {"a": 1}}):
            with work() as session:
                note_heartbeat(session, reader_name="door/1", heartbeat=beat, now=start)

            assert admin.get(door).status_code == 200
            assert admin.get("/readers").status_code == 200

    def test_says_what_is_wrong_with_a_read_point(self, admin, door):
        for change, name in (
            ({"antenna": "-1"}, "antenna"),
            ({"antenna": "65536"}, "antenna"),
            ({"place": "NOWHERE"}, "place"),
            ({"place": "a\x00"}, "place"),
            ({"intent": "check_out"}, "intent"),
            ({"intent": "magic"}, "intent"),
            ({"intent": "move", "place": ""}, "place"),
            ({"audit": "x"}, "audit"),
            ({"rssi_floor": "5"}, "rssi_floor"),
        ):
            form = {"antenna": "1", "place": "R-1", "intent": "sighting", **change}
            answer = admin.post(f"{door}/points", data=form)

            assert answer.status_code == 422, change
            field = answer.text.split(f'name="{name}"')[1].split(">")[0]
            assert 'aria-invalid="true"' in field, change

    def test_takes_a_read_point_away(self, admin, door):
        form = {"antenna": "2", "place": "R-1", "intent": "move"}
        admin.post(f"{door}/points", data=form)
        assert "Antenna 2" in admin.get(door).text

        assert admin.post(f"{door}/points/2/removal").status_code == 303

        assert "Antenna 2" not in admin.get(door).text

    def test_binds_the_reader_to_one_token(self, admin, api, api_as, door):
        form = {"kind": "rfid", "silent_after": "10", "is_active": "on", "token": "1"}
        assert "Any token that may post reads" in admin.get(door).text

        answer = admin.post(door, data=form)

        assert answer.status_code == 303
        # The admin's token, the first one that was made, posts on; another one does not.
        post_read(api)
        refused = api_as("reader").post("/reads", json={"reader": "door/1", "reads": [{}]})
        assert (refused.status_code, refused.json["code"]) == (403, "reader_of_another_token")
        assert re.search(r'value="1"\s+selected>test admin \(sca_', admin.get(door).text)

    def test_has_somebody_carry_it_and_says_where_it_is(self, admin, api, door):
        form = {"kind": "rfid", "silent_after": "10", "is_active": "on", "carrier": "1"}
        assert "Scan a room's label with it" in admin.get(door).text
        assert admin.post(door, data=form).status_code == 303
        label = {
            "scan_id": str(uuid.uuid4()),
            "code": "R-1",
            "intent": "sighting",
            "scanned_at": datetime.now(UTC).isoformat(),
        }

        scanned = admin.post("/api/v1/scans", json={"scans": [label]})
        post_read(api)

        assert scanned.json["results"][0]["place"]["code"] == "R-1"
        text = admin.get(door).text
        assert "by the last room label" in text
        assert text.count("<bdi>Room 1</bdi>") == 2  # where it is, and where it read the tag

    def test_says_what_is_wrong_with_token_and_carrier(self, admin, door):
        for change, name in (
            ({"token": "x"}, "token"),
            ({"token": "77"}, "token"),
            ({"carrier": "77"}, "carrier"),
            ({"carrier": "-1"}, "carrier"),
        ):
            answer = admin.post(door, data={"kind": "rfid", "silent_after": "10", **change})

            assert answer.status_code == 422, change
            field = answer.text.split(f'name="{name}"')[1].split(">")[0]
            assert 'aria-invalid="true"' in field, change

    def test_warns_of_a_clock_that_is_wrong(self, admin, api, door):
        late = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()

        api.post("/readers/door%2F1/heartbeat", json={"sent_at": late})

        for path in (door, "/readers"):
            found = re.search(
                r"clock .* is (\d+) seconds behind|clock is (\d+) seconds behind",
                admin.get(path).text,
            )
            assert found, path
            assert 180 <= int(found[1] or found[2]) < 240

    def test_marks_weak_reads_and_counts_strangers(self, admin, api, door):
        post_read(api, confidence="low")
        post_read(api, epc="E280689400004001779000FF")

        text = admin.get(door).text

        assert ">Weak</span>" in text
        assert ">Foreign</span>" in text
        assert "Foreign tags</dt><dd>1 <span" in text

    def test_a_reader_switched_off_takes_no_reads(self, admin, api, door):
        answer = admin.post(door, data={"kind": "rfid", "silent_after": "10"})

        assert answer.status_code == 303
        refused = api.post("/reads", json={"reader": "door/1", "reads": [{}]})
        assert refused.status_code == 409

    def test_of_no_reader_is_not_found(self, admin):
        for path in ("/readers/99", "/readers/99999999999999999999", "/readers/x"):
            assert admin.get(path).status_code == 404, path
        assert (
            admin.post("/readers/99/points", data={"antenna": "0", "intent": "move"}).status_code
            == 404
        )


class TestHome:
    def test_says_to_admins_which_readers_went_silent(self, admin, page_as, door, work, start):
        assert "went silent" not in admin.get("/").text
        with work() as session:
            for number in range(4):
                note_heartbeat(
                    session,
                    reader_name=f"gate {number}",
                    heartbeat={},
                    now=start - timedelta(minutes=11),
                )

        text = admin.get("/").text

        assert "<bdi>gate 0</bdi>" in text
        assert "and 1 more went silent" in text
        assert "went silent" not in page_as("technician").get("/").text
