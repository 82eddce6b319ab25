"""How many reads one token may bring: what is too much is refused whole, and asked for again."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from scanner_app.domain.errors import TooMany
from scanner_app.edge.limits.rates import MAX_SENDERS, Rates
from scanner_app.models import Scan
from scanner_app.services.readers import setup
from scanner_app.services.readers.setup import set_reader
from scanner_app.storage.database import db
from tests.support.databases import build_app, make_settings


@pytest.fixture
def app(database, tmp_path):
    app = build_app(
        make_settings(tmp_path / "instance", database, reads_per_minute=5, megabytes_per_minute=1)
    )
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def post(client, count: int):
    reads = [
        {
            "read_id": str(uuid.uuid4()),
            "epc": f"E28068940000400177900{number:03X}",
            "rssi": -55.5,
            "last_seen_at": datetime.now(UTC).isoformat(),
            "count": 1,
        }
        for number in range(count)
    ]
    return client.post("/reads", json={"reader": "door-1", "reads": reads})


class TestReads:
    def test_refuses_a_batch_beyond_a_minutes_worth_whole(self, api, work):
        with work() as session:
            set_reader(
                session,
                name="door-1",
                kind="rfid",
                is_active=True,
                silent_after=600,
                now=datetime.now(UTC),
            )
        assert post(api, 3).status_code == 200

        answer = post(api, 4)

        assert answer.status_code == 429
        assert answer.json["code"] == "too_many"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Scan)) == 3

    def test_and_scans_and_signals_and_heartbeats_share_one_budget(self, api_as, work):
        agent = api_as("reader")
        beat = agent.post("/readers/door-2/heartbeat", json={})
        signal = agent.post("/readers/door-2/signals", json={"signals": []})
        scans = agent.post("/scans", json={"scans": [{}, {}, {}, {}]})
        assert (beat.status_code, signal.status_code, scans.status_code) == (204, 200, 200)

        again = [
            agent.post("/scans", json={"scans": [{}]}),
            agent.post("/readers/door-2/heartbeat", json={}),
            post(agent, 1),
        ]

        assert [answer.status_code for answer in again] == [429, 429, 429]
        other = api_as("technician").post("/scans", json={"scans": [{}]})
        assert other.status_code == 200

    def test_of_few_scans_with_long_texts_are_counted_in_bytes(self, api_as):
        agent = api_as("reader")
        long = {"scans": [{"note": "x" * 800_000}]}
        assert agent.post("/scans", json=long).status_code == 200

        answer = agent.post("/scans", json=long)

        assert (answer.status_code, answer.json["code"]) == (429, "too_many")
        assert "1,000,000 bytes" in answer.json["detail"]


class TestPictures:
    """Pictures and the scans of pages count as reads do."""

    def test_are_counted_in_bytes_with_scans(self, api_as):
        technician = api_as("technician")
        note = {"scans": [{"note": "x" * 400_000}]}
        assert technician.post("/scans", json=note).status_code == 200
        picture = {"image": (BytesIO(b"no picture" + bytes(500_000)), "a.jpg")}
        assert technician.post("/decodes", data=picture).status_code == 422

        picture = {"image": (BytesIO(b"no picture" + bytes(500_000)), "a.jpg")}
        answers = [
            technician.post("/decodes", data=picture),
            technician.post("/scans", json=note),
        ]

        assert [answer.status_code for answer in answers] == [429, 429]
        assert "1,000,000 bytes" in answers[0].json["detail"]

    def test_and_scans_of_a_page_are_counted_by_number(self, page_as):
        technician = page_as("technician")

        codes = [
            technician.post("/scan", data={"code": f"X-{n}", "intent": "sighting"}).status_code
            for n in range(6)
        ]

        assert codes == [303, 303, 303, 303, 303, 429]


class TestHeartbeats:
    """A reader's token cannot make readers without end, nor speak as those of another."""

    def test_bind_a_new_reader_to_their_token(self, api_as):
        assert api_as("reader").post("/readers/cart/heartbeat", json={}).status_code == 204

        other = api_as("reader")

        for path, body in (("heartbeat", {}), ("signals", {"signals": []})):
            answer = other.post(f"/readers/cart/{path}", json=body)
            assert (answer.status_code, answer.json["code"]) == (403, "reader_of_another_token")

    def test_make_only_as_many_readers_as_one_machine_has(self, api_as, work, monkeypatch):
        monkeypatch.setattr(setup, "MAX_READERS_OF_TOKEN", 2)
        agent = api_as("reader")

        codes = [agent.post(f"/readers/{name}/heartbeat", json={}).status_code for name in "abca"]

        assert codes == [204, 204, 409, 204]


class TestSpend:
    def test_gives_back_as_time_goes_on_and_no_more_than_a_minutes_worth(self):
        rates = Rates(60)
        rates.spend("token:1", 60, at=0)

        with pytest.raises(TooMany) as caught:
            rates.spend("token:1", 10, at=4)

        assert caught.value.retry_after == 6
        rates.spend("token:1", 10, at=10)
        rates.spend("token:1", 60, at=1000)
        with pytest.raises(TooMany):
            rates.spend("token:1", 1, at=1000)

    def test_counts_each_sender_by_itself(self):
        rates = Rates(5)
        rates.spend("token:1", 5, at=0)

        rates.spend("token:2", 5, at=0)

    def test_lets_a_batch_pass_that_is_larger_than_a_minutes_worth(self):
        rates = Rates(5)

        rates.spend("token:1", 1000, at=0)

        with pytest.raises(TooMany):
            rates.spend("token:1", 1, at=0)

    def test_is_no_limit_at_zero(self):
        rates = Rates(0)

        for _ in range(3):
            rates.spend("token:1", 10**9, at=0)

    def test_forgets_senders_that_have_all_of_theirs(self):
        rates = Rates(60)
        for number in range(MAX_SENDERS):
            rates.spend(f"token:{number}", 1, at=0)

        rates.spend("token:new", 1, at=60)

        assert len(rates._buckets) == 1
