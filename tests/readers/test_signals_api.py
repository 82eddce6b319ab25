"""GET /watch and POST /readers/{name}/signals: a tag that somebody looks for, and how loud it is."""

# mypy: disable-error-code="attr-defined"
# Functions are replaced, or taken, in the module that uses them.
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from scanner_app.domain.errors import Conflict
from scanner_app.models import Reader, Scan, TagWatch
from scanner_app.queries.readers.watches import find_tag_codes, list_samples, list_watched_codes
from scanner_app.services.readers import setup, watches
from scanner_app.storage.database import reading
from tests.support.register import add_asset

START = datetime.now(UTC)
EPC = "E2806894000040017790E471"
CART = "cart-1"


@pytest.fixture
def agent(api_as):
    return api_as("reader")


@pytest.fixture
def laptop(work) -> int:
    with work() as session:
        setup.set_reader(
            session, name=CART, kind="rfid", is_active=True, silent_after=600, now=START
        )
        return add_asset(session, "LT-1", now=START, identifiers=[("epc", EPC)])


@pytest.fixture
def watched(laptop, work) -> int:
    """An asset that somebody looks for."""
    with work() as session:
        assert watches.watch_asset(session, asset_id=laptop, now=datetime.now(UTC))
    return laptop


def signal(epc: str = EPC, **fields) -> dict:
    return {"epc": epc, "rssi": -51.5, "heard_at": datetime.now(UTC).isoformat(), **fields}


def tell(client, *signals, name: str = CART, **fields):
    return client.post(f"/readers/{name}/signals", json={"signals": list(signals), **fields})


def heard(app, asset_id: int) -> list:
    with app.app_context(), reading() as session:
        return list_samples(session, asset_id)


class TestWatch:
    def test_names_nothing_while_nobody_looks(self, agent, laptop):
        assert agent.get("/watch").json == {"watch": [], "next_seconds": 3}

    def test_names_the_codes_of_what_somebody_looks_for(self, agent, watched):
        assert agent.get("/watch").json == {"watch": [EPC], "next_seconds": 1}

    def test_ends_by_itself_when_no_page_asks_any_more(self, agent, laptop, work):
        with work() as session:
            watches.watch_asset(session, asset_id=laptop, now=START - timedelta(seconds=31))

        assert agent.get("/watch").json["watch"] == []

    def test_comes_with_the_answers_to_reads_and_heartbeats(self, agent, watched):
        read = {
            "read_id": "6f7c2f0e-6c1e-4c9e-9d0c-0d6a5d1f8a11",
            "epc": EPC,
            "last_seen_at": START.isoformat(),
        }

        posted = agent.post("/reads", json={"reader": CART, "reads": [read]})
        beat = agent.post(f"/readers/{CART}/heartbeat", json={})

        assert posted.json["watch"] == [EPC]
        assert (beat.status_code, beat.json) == (200, {"watch": [EPC], "next_seconds": 5})

    def test_is_not_told_to_people_who_only_scan(self, api_as, laptop):
        assert api_as("technician").get("/watch").status_code == 403


class TestFindTagCodes:
    @pytest.mark.parametrize(
        ("scheme", "value", "epc"),
        [
            # GS1 TDS, annex E.3, whose tags have these filters and prefix lengths.
            ("giai", "06141415678", "3474257BF40000000000162E"),
            ("grai", "006141411234525698", "3374257BF40C0E4000001642"),
            ("sgtin", "80614141123458.6789", "3074257BF7194E4000001A85"),
        ],
    )
    def test_gives_the_ways_in_which_a_tag_may_hold_a_gs1_key(self, app, work, scheme, value, epc):
        with work() as session:
            asset = add_asset(session, "LT-9", now=START, identifiers=[(scheme, value)])

            codes = find_tag_codes(session, asset)

        assert epc in codes
        assert len(codes) <= 160

    def test_gives_what_was_read_before(self, agent, app, work, laptop):
        with work() as session:
            asset = add_asset(session, "AB12CD34EF56", now=START)
        read = {
            "read_id": "6f7c2f0e-6c1e-4c9e-9d0c-0d6a5d1f8a12",
            "uid": "ab12cd34ef56",
            "last_seen_at": START.isoformat(),
        }
        agent.post("/reads", json={"reader": CART, "reads": [read]})

        with app.app_context(), reading() as session:
            assert find_tag_codes(session, asset) == ["AB12CD34EF56"]

    def test_gives_none_for_an_asset_without_a_tag(self, app, work):
        with work() as session:
            asset = add_asset(session, "LT-7", now=START, serial="PF3X9K")

            assert find_tag_codes(session, asset) == []
            assert not watches.watch_asset(session, asset_id=asset, now=START)


class TestWatchAsset:
    def test_refuses_more_than_readers_could_tell(self, app, work):
        with work() as session:
            for number in range(21):
                asset = add_asset(
                    session, f"T-{number}", now=START, identifiers=[("epc", f"{number:024X}")]
                )
                if number < watches.MAX_WATCHED:
                    watches.watch_asset(session, asset_id=asset, now=START)
            with pytest.raises(Conflict):
                watches.watch_asset(session, asset_id=asset, now=START)

            later = START + timedelta(minutes=1)
            assert watches.watch_asset(session, asset_id=asset, now=later)
            assert session.scalar(select(func.count(TagWatch.id))) == 1
            assert list_watched_codes(session, now=later) == [f"{20:024X}"]

    def test_is_fresh_until_a_third_of_its_life_is_gone(self, app, work, laptop):
        with work() as session:
            watches.watch_asset(session, asset_id=laptop, now=START)

            for seconds, is_fresh in ((0, True), (9, True), (10, False), (31, False)):
                moment = START + timedelta(seconds=seconds)
                assert watches.is_watch_fresh(session, asset_id=laptop, now=moment) is is_fresh


class TestSignals:
    def test_are_kept_beside_the_watch_and_never_in_the_log(self, agent, app, watched):
        answer = tell(agent, signal(antenna=2, count=4), signal(EPC.lower(), rssi=None))

        assert answer.json == {"watch": [EPC], "next_seconds": 1}
        first, second = heard(app, watched)
        assert (first.reader, first.antenna, first.rssi, first.reads) == (CART, 2, -51.5, 4)
        assert (second.antenna, second.rssi, second.reads) == (0, None, 1)
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 0

    def test_of_what_nobody_looks_for_leave_no_trace(self, agent, app, watched):
        tell(agent, signal("3034AA"))

        assert heard(app, watched) == []

    def test_take_the_servers_clock_by_their_age(self, agent, app, watched):
        there = datetime(2019, 1, 1, tzinfo=UTC)

        tell(
            agent,
            signal(heard_at=(there - timedelta(seconds=2)).isoformat()),
            sent_at=there.isoformat(),
        )

        [sample] = heard(app, watched)
        age = datetime.now(UTC).timestamp() - sample.at
        assert 2 <= age < 60

    def test_are_bounded_whatever_comes(self, agent, app, watched):
        for _ in range(3):
            assert tell(agent, *[signal(count=1) for _ in range(200)]).status_code == 200

        assert len(heard(app, watched)) == watches.KEPT_SAMPLES

    def test_older_than_a_minute_give_way(self, app, work, watched):
        now = datetime.now(UTC)
        for seconds in (0, 20, 90):
            with work() as session:
                moment = now + timedelta(seconds=seconds)
                watches.watch_asset(session, asset_id=watched, now=moment)
                sample = watches.Sample(moment.timestamp(), CART, 1, -60.0)
                watches.note_signals(session, signals=[(EPC, sample)], now=moment)

        # A watch that was left for more than its life begins anew.
        assert [sample.at for sample in heard(app, watched)] == [
            (now + timedelta(seconds=90)).timestamp()
        ]

    def test_say_what_is_wrong_with_them(self, agent, app, watched):
        for bad, field in (
            (7, "signals.1"),
            ({"epc": EPC}, "signals.1.heard_at"),
            ({"heard_at": START.isoformat()}, "signals.1.epc"),
            (signal(rssi="loud"), "signals.1.rssi"),
            (signal(antenna=65536), "signals.1.antenna"),
            (signal(count=0), "signals.1.count"),
            (signal(heard_at="now"), "signals.1.heard_at"),
            (signal("E2\x00"), "signals.1.epc"),
        ):
            answer = tell(agent, signal(), bad)

            assert answer.status_code == 422, bad
            assert list(answer.json["errors"]) == [field]
        for body in (
            {},
            {"signals": {}},
            {"signals": [signal()] * 201},
            {"signals": [], "sent_at": 1},
        ):
            assert agent.post(f"/readers/{CART}/signals", json=body).status_code == 422, body
        assert heard(app, watched) == []

    def test_of_a_reader_that_is_unknown_off_or_anothers_are_refused(
        self, agent, api, app, work, watched
    ):
        assert tell(agent, signal(), name="nobody").status_code == 404
        with work() as session:
            other = session.scalars(select(Reader)).one()
            other.is_active = False
        assert tell(agent, signal()).status_code == 409
        with work() as session:
            reader = session.scalars(select(Reader)).one()
            reader.is_active, reader.token_id = True, 1
        statuses = sorted(tell(client, signal()).status_code for client in (agent, api))
        assert statuses == [200, 403]
