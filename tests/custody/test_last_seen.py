"""When an asset was last seen, after the server's clock was wrong for a while."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, Location
from scanner_app.services.scanning.record import record_scans
from tests.support.register import add_asset, add_location

ANA = Actor(kind="user", id=1, name="Ana", role=Role.STOCKROOM, user_id=1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SKEW, SECOND, DAY = timedelta(minutes=5), timedelta(seconds=1), timedelta(days=1)
AHEAD = NOW + 400 * DAY


@pytest.fixture
def scan(app, work):
    """`scan("sighting", at, place)` records a scan of LT-1 and returns its id."""
    with work() as session:
        for code in ("R-1", "R-2"):
            add_location(session, code, f"Room {code}", now=NOW - DAY)
        add_asset(session, "LT-1", now=NOW - DAY)

    def record(intent: str, at: datetime, place: str | None = None, **fields) -> uuid.UUID:
        code = fields.pop("code", "LT-1")
        one = NewScan(uuid.uuid4(), code, Intent(intent), at - SECOND, location=place, **fields)
        with work() as session:
            (answer,) = record_scans(session, scans=[one], actor=ANA, now=at, skew=SKEW)
            assert answer.status.value == "recorded", answer
        return one.scan_id

    return record


@pytest.fixture
def last_seen(work):
    def ask() -> tuple[datetime | None, str | None]:
        with work() as session:
            at, place = session.execute(
                select(Asset.last_seen_at, Location.code)
                .outerjoin(Location, Location.id == Asset.last_seen_location_id)
                .where(Asset.asset_tag == "LT-1")
            ).one()
        return at, place

    return ask


def set_right(scan) -> None:
    """Record scans of three devices that agree with the server's clock, which is right again."""
    for minute in (3, 2, 1):
        scan("lookup", NOW - timedelta(minutes=minute), code="X-1")


class TestLastSeen:
    def test_in_the_future_gives_way_to_the_next_sighting(self, scan, last_seen):
        scan("sighting", AHEAD, "R-1")
        set_right(scan)
        before = last_seen()

        scan("sighting", NOW, "R-2")

        assert before == (AHEAD - SECOND, "R-1")
        assert last_seen() == (NOW - SECOND, "R-2")
        scan("sighting", NOW + 60 * SECOND, "R-1")
        assert last_seen() == (NOW + 59 * SECOND, "R-1")

    def test_within_the_allowed_skew_is_a_time_like_any_other(self, scan, last_seen):
        scan("sighting", NOW + SKEW, "R-1")
        scan("sighting", NOW, "R-2")

        assert last_seen() == (NOW + SKEW - SECOND, "R-1")

    def test_is_not_in_the_future_because_the_state_is(self, scan, last_seen):
        scan("move", AHEAD, "R-1")
        set_right(scan)

        scan("move", NOW, "R-2")

        at, place = last_seen()
        assert (at <= NOW + SKEW, place) == (True, "R-2")
        scan("sighting", NOW + 60 * SECOND, "R-1")
        assert last_seen() == (NOW + 59 * SECOND, "R-1")

    def test_is_read_from_the_log_without_the_future_after_an_undo(self, scan, last_seen):
        first = scan("sighting", NOW - DAY, "R-1")
        scan("sighting", AHEAD, "R-1")
        set_right(scan)
        second = scan("sighting", NOW, "R-2")

        scan("void", NOW + SECOND, voids=second)
        after_one = last_seen()
        scan("void", NOW + 2 * SECOND, voids=first)

        assert after_one == (NOW - DAY - SECOND, "R-1")
        assert last_seen() == (AHEAD - SECOND, "R-1")  # nothing else is known

    def test_stays_while_nobody_knows_which_clock_is_right(self, scan, last_seen):
        scan("sighting", AHEAD, "R-1")

        scan("sighting", NOW, "R-2")

        assert last_seen() == (AHEAD - SECOND, "R-1")
