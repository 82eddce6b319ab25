"""Whose clock is believed: the device's, the server's, or the order in which scans came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.scanning.clocks import Clock, place_in_time

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RIGHT = Clock(NOW, SKEW, NOW - DAY)
BEHIND = Clock(NOW - 300 * DAY, SKEW, NOW)


class TestClock:
    @pytest.mark.parametrize(
        ("newest", "agreeing", "ahead", "is_wrong"),
        [
            (None, 0, 0, False),
            (NOW, 0, 0, False),
            (NOW + SKEW, 0, 0, False),
            (NOW + SKEW + SECOND, 0, 0, True),
            (NOW + 400 * DAY, 2, 0, True),
            (NOW + 400 * DAY, 3, 0, False),
            (NOW + 400 * DAY, 3, 2, False),
            (NOW + 400 * DAY, 3, 3, True),
            (NOW + 400 * DAY, 3, 4, True),
        ],
    )
    def test_is_wrong_if_the_log_is_ahead_until_devices_agree(
        self, newest, agreeing, ahead, is_wrong
    ):
        assert Clock(NOW, SKEW, newest, agreeing, ahead).is_wrong is is_wrong


class TestPlaceInTime:
    @pytest.mark.parametrize(
        ("claimed", "placed"),
        [
            (NOW, (NOW, False, True)),
            (NOW + SKEW, (NOW + SKEW, False, True)),
            (NOW + SKEW + SECOND, (NOW, True, True)),
            (NOW - SKEW, (NOW - SKEW, False, True)),
            (NOW - SKEW - SECOND, (NOW - SKEW - SECOND, False, False)),
            (datetime(1970, 1, 1, tzinfo=UTC), (NOW, True, True)),
        ],
    )
    def test_believes_a_device_up_to_the_allowed_skew(self, claimed, placed):
        assert place_in_time(claimed, RIGHT) == placed

    @pytest.mark.parametrize(
        ("claimed", "placed"),
        [
            (NOW + SECOND, (NOW + SECOND, False, True)),
            (NOW + 30 * DAY, (NOW + 30 * DAY, False, True)),
            (NOW - DAY, (NOW - DAY, False, False)),
            (NOW + 400 * DAY, (NOW, True, True)),
            (datetime(1970, 1, 1, tzinfo=UTC), (NOW, True, True)),
        ],
    )
    def test_believes_the_device_if_the_servers_clock_is_wrong(self, claimed, placed):
        assert place_in_time(claimed, BEHIND) == placed
