"""Calendar feeds, parsed by the library that calendar programs resemble."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from scanner_app.domain.notices.calendars import CalendarDay, write_calendar
from scanner_app.models import CalendarFeed, User
from tests.notices.test_notices import lend, take_back
from tests.notices.test_pages import text
from tests.support.register import add_person

pytestmark = pytest.mark.either_database
DAY = CalendarDay(
    "loan-3@scan.example.org",
    date(2026, 3, 10),
    "LT-1 (Über, long; odd) is due back",
    "https://scan.example.org/assets/LT-1",
    datetime(2026, 3, 2, 9, 0, 0, 123, tzinfo=UTC),
)


def test_writes_days_that_calendar_programs_understand():
    raw = write_calendar("Example\r\nX-EVIL: 1", [DAY])
    calendar = Calendar.from_ical(raw)
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == "loan-3@scan.example.org"
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event.decoded("DTSTART") == date(2026, 3, 10)
    assert event.decoded("DTSTAMP") == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert str(event["SUMMARY"]) == "LT-1 (Über, long; odd) is due back"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in raw
    assert b"X-PUBLISHED-TTL:PT4H\r\n" in raw
    assert b"\nX-EVIL" not in raw
    assert raw == write_calendar("Example\r\nX-EVIL: 1", [DAY])


def events(raw: bytes) -> dict[str, str]:
    return {str(one["UID"]): str(one["STATUS"]) for one in Calendar.from_ical(raw).walk("VEVENT")}


def test_writes_the_last_day_that_there_is():
    last = replace(DAY, uid="loan-4@scan.example.org", on=date.max)
    assert len(events(write_calendar("Office", [last, DAY]))) == 2


class TestFeed:
    @pytest.fixture
    def lent(self, page_as, work):
        """A technician who is Dana, with a loan of hers and one of Eve's."""
        client = page_as("technician", "dana@example.org")
        now = datetime.now(UTC)
        with work() as session:
            dana = add_person(session, "1", "Dana Reyes", email="dana@example.org", now=now)
            eve = add_person(session, "2", "Eve Stone", now=now)
            session.scalars(select(User)).one().person_id = dana.id
            mine = lend(session, "LT-1", dana, due=now + timedelta(days=3))
            lend(session, "LT-2", eve, due=now + timedelta(days=4))
        return client, mine

    def make(self, client, scope: str) -> str:
        page = text(client.post("/account/calendar", data={"scope": scope}))
        return re.search(r"http://localhost(/calendar/[\w-]+\.ics)", page)[1]

    def test_holds_what_is_mine_or_all_that_i_may_read(self, app, work, lent):
        client, mine = lent
        anybody = app.test_client()
        own = anybody.get(self.make(client, "mine"))
        assert own.content_type == "text/calendar; charset=utf-8"
        assert own.headers["Cache-Control"].startswith("private")
        assert events(own.data) == {f"loan-{mine}@localhost": "CONFIRMED"}
        assert "LT-1 (Laptop) is due back" in own.text
        with work() as session:
            session.scalars(select(User)).one().language = "de"
        german = anybody.get(self.make(client, "mine"))
        assert events(german.data) == events(own.data)
        assert "LT-1 (Laptop) ist zurückzugeben" in german.text
        every = anybody.get(self.make(client, "all"))
        assert len(events(every.data)) == 2
        assert b"Eve" not in every.data
        assert b"Dana" not in every.data

    def test_is_unchanged_until_something_changes(self, app, lent, work):
        client, mine = lent
        address, anybody = self.make(client, "mine"), app.test_client()
        first = anybody.get(address)
        known = {"If-None-Match": first.headers["ETag"]}
        assert anybody.get(address, headers=known).status_code == 304
        with work() as session:
            take_back(session, mine, datetime.now(UTC))
        after = anybody.get(address, headers=known)
        assert after.status_code == 200
        assert events(after.data) == {f"loan-{mine}@localhost": "CANCELLED"}
        with work() as session:
            take_back(session, mine, datetime.now(UTC) - timedelta(days=31))
        assert events(anybody.get(address).data) == {}

    def test_ends_with_its_address_and_with_its_user(self, app, lent, work):
        client, _ = lent
        old = self.make(client, "mine")
        new = self.make(client, "mine")
        anybody = app.test_client()
        assert anybody.get(old).status_code == 404
        assert anybody.get(new).status_code == 200
        with work() as session:
            assert session.scalar(select(CalendarFeed.token_hash)) not in new
            session.scalars(select(User)).one().is_active = False
        assert anybody.get(new).status_code == 404

    def test_is_not_in_the_log(self, app, lent, caplog):
        client, _ = lent
        address = self.make(client, "mine")
        caplog.set_level(logging.INFO)
        assert app.test_client().get(address).status_code == 200
        assert app.test_client().get("/notices/stop/nobody").status_code == 404
        assert "path=/calendar/... " in caplog.text
        assert "path=/notices/stop/... " in caplog.text
        assert address not in caplog.text

    def test_is_shown_once(self, lent):
        client, _ = lent
        self.make(client, "mine")
        page = text(client.get("/account/calendar"))
        assert ".ics" not in page
        client.post("/account/calendar", data={"act": "end"})
        assert "Make the address" in text(client.get("/account/calendar"))
