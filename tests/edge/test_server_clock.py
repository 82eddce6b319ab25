"""A wrong clock of the server is noticed and said."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.services.scanning.record import record_scans

ANA = Actor(kind="user", id=1, name="Ana", role=Role.TECHNICIAN, user_id=1)
SAID = "clock is wrong: its records are newer than its time"


def record(work, *, ahead: timedelta, device: timedelta = timedelta(seconds=1)) -> None:
    """Record a scan when the server's clock was ahead of now, as a device with another time."""
    now = datetime.now(UTC) + ahead
    scan = NewScan(uuid.uuid4(), "X-1", Intent.LOOKUP, now - device)
    with work() as session:
        record_scans(session, scans=[scan], actor=ANA, now=now)


class TestWrongClock:
    @pytest.mark.parametrize(
        ("ahead", "is_wrong"),
        [
            (timedelta(days=-1), False),
            (timedelta(0), False),
            (timedelta(minutes=4), False),
            (timedelta(minutes=6), True),
            (timedelta(days=400), True),
        ],
    )
    def test_is_said_by_readyz_and_on_every_page(self, app, page_as, work, ahead, is_wrong):
        record(work, ahead=ahead)

        ready = app.test_client().get("/readyz")
        client = page_as("technician")
        pages = [client.get(path).text for path in ("/", "/scan", "/assets")]

        assert ready.status_code == (503 if is_wrong else 200)
        assert all((SAID in page) is is_wrong for page in pages)
        assert app.test_client().get("/healthz").status_code == 200

    def test_is_right_again_once_three_devices_agree_with_it(self, app, work):
        record(work, ahead=timedelta(days=400))
        answers = []
        for _ in range(3):
            answers.append(app.test_client().get("/readyz").status_code)
            record(work, ahead=timedelta(0))

        assert answers == [503] * 3
        assert app.test_client().get("/readyz").status_code == 200

    def test_is_not_made_right_by_the_servers_own_time(self, app, work):
        """The page without script sends our time back to us."""
        record(work, ahead=timedelta(days=400))
        for _ in range(4):
            record(work, ahead=timedelta(0), device=timedelta(0))

        assert app.test_client().get("/readyz").status_code == 503
