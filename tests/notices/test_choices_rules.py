"""Quiet hours, digests and who is told: by the clocks on the wall of four zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scanner_app.domain.access.roles import Role
from scanner_app.domain.notices.choices import (
    Choice,
    Digest,
    Hours,
    digest_at,
    is_told,
    quiet_until,
    read_minutes,
    to_utc,
    write_minutes,
)
from scanner_app.domain.notices.kinds import NewNotice, NoticeKind

BERLIN = ZoneInfo("Europe/Berlin")


def utc(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


class TestWallClock:
    def test_goes_at_three_on_the_night_without_half_past_two(self):
        # Berlin, 29 March 2026: 02:00 CET is 03:00 CEST, which is 01:00 UTC.
        assert to_utc(date(2026, 3, 29), 150, BERLIN) == utc(2026, 3, 29, 1, 0)

    def test_takes_the_first_on_the_night_with_two(self):
        # Berlin, 25 October 2026: 02:30 CEST (00:30 UTC), then 02:30 CET (01:30 UTC).
        assert to_utc(date(2026, 10, 25), 150, BERLIN) == utc(2026, 10, 25, 0, 30)

    @pytest.mark.parametrize(
        ("zone", "expected"),
        [
            ("UTC", utc(2026, 3, 2, 8, 0)),
            ("America/New_York", utc(2026, 3, 2, 13, 0)),
            ("Asia/Kathmandu", utc(2026, 3, 2, 2, 15)),  # UTC+5:45
            ("Pacific/Auckland", utc(2026, 3, 1, 19, 0)),  # UTC+13 in March
        ],
    )
    def test_knows_eight_in_the_morning_everywhere(self, zone, expected):
        assert to_utc(date(2026, 3, 2), 480, ZoneInfo(zone)) == expected


class TestQuietHours:
    NIGHT = Hours(BERLIN, quiet_from=22 * 60, quiet_to=7 * 60)

    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (utc(2026, 3, 2, 20, 59), None),  # 21:59 there
            (utc(2026, 3, 2, 21, 0), utc(2026, 3, 3, 6, 0)),
            (utc(2026, 3, 3, 5, 59), utc(2026, 3, 3, 6, 0)),
            (utc(2026, 3, 3, 6, 0), None),
            (utc(2026, 3, 28, 22, 0), utc(2026, 3, 29, 5, 0)),  # summer time begins that night
        ],
    )
    def test_go_past_midnight(self, now, until):
        assert quiet_until(now, self.NIGHT) == until

    def test_may_be_within_a_day(self):
        noon = Hours(BERLIN, quiet_from=12 * 60, quiet_to=13 * 60)
        assert quiet_until(utc(2026, 3, 2, 11, 30), noon) == utc(2026, 3, 2, 12, 0)
        assert quiet_until(utc(2026, 3, 2, 12, 0), noon) is None

    @pytest.mark.parametrize(("start", "end"), [(None, None), (None, 60), (60, None), (60, 60)])
    def test_are_none_unless_both_ends_are_given(self, start, end):
        assert quiet_until(utc(2026, 3, 2, 0, 30), Hours(BERLIN, start, end)) is None


class TestDigest:
    def test_goes_at_the_next_hour_of_the_person(self):
        hours = Hours(BERLIN, digest_hour=8)
        assert digest_at(utc(2026, 3, 2, 6, 59), Digest.DAILY, hours) == (
            utc(2026, 3, 2, 7, 0), date(2026, 3, 2),
        )  # fmt: skip
        assert digest_at(utc(2026, 3, 2, 7, 0), Digest.DAILY, hours) == (
            utc(2026, 3, 3, 7, 0), date(2026, 3, 3),
        )  # fmt: skip

    def test_goes_on_mondays(self):
        # 2 March 2026 is a Monday.
        at, day = digest_at(utc(2026, 3, 2, 9, 0), Digest.WEEKLY, Hours(BERLIN))
        assert (at, day) == (utc(2026, 3, 9, 7, 0), date(2026, 3, 9))

    def test_goes_once_a_day_over_both_clock_changes(self):
        for start in (utc(2026, 3, 27, 0, 0), utc(2026, 10, 23, 0, 0)):
            moments = [
                digest_at(
                    start + timedelta(minutes=10 * n), Digest.DAILY, Hours(BERLIN, digest_hour=2)
                )
                for n in range(6 * 24 * 4)
            ]
            days = {day for _, day in moments}
            assert len({at for at, _ in moments}) == len(days)


class TestWhoIsTold:
    SILENT = NewNotice("k", NoticeKind.READER_SILENT, "t", {})
    ENDS = NewNotice("k", NoticeKind.LIFE_ENDS, "t", {}, location_id=5, category_id=2)

    def told(self, notice, role, choice=None, *, is_named=False, may_follow=False) -> bool:
        return is_told(notice, role=role, is_named=is_named, choice=choice, may_follow=may_follow)

    def test_tells_the_roles_of_the_kind_and_those_named(self):
        assert self.told(self.SILENT, Role.ADMIN)
        assert not self.told(self.SILENT, Role.VIEWER)
        assert self.told(self.SILENT, Role.VIEWER, is_named=True)

    def test_obeys_a_no(self):
        assert not self.told(self.SILENT, Role.ADMIN, Choice(is_told=False), is_named=True)

    def test_tells_who_asked_only_if_their_role_may(self):
        assert self.told(self.ENDS, Role.VIEWER, Choice(), may_follow=True)
        assert not self.told(self.ENDS, Role.VIEWER, Choice())

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            (Choice(location_ids=frozenset({5, 6})), True),
            (Choice(location_ids=frozenset({6})), False),
            (Choice(category_id=2), True),
            (Choice(category_id=3), False),
            (Choice(location_ids=frozenset({5}), category_id=3), False),
        ],
    )
    def test_narrows_to_a_location_and_a_category(self, choice, expected):
        assert self.told(self.ENDS, Role.STOCKROOM, choice) is expected

    def test_never_narrows_what_is_about_the_person(self):
        own = NewNotice("k", NoticeKind.OVERDUE, "t", {}, location_id=5)
        elsewhere = Choice(location_ids=frozenset({6}))
        assert self.told(own, Role.TECHNICIAN, elsewhere, is_named=True)


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("22:30", 1350), ("", None)])
def test_reads_and_writes_a_time_of_day(text, minutes):
    assert read_minutes(text) == minutes
    assert write_minutes(minutes) == text


@pytest.mark.parametrize("text", ["24:00", "22:30:10", "noon", "22:30Z", "٢٢:٣٠"])
def test_refuses_what_is_no_time(text):
    with pytest.raises(ValueError, match="such as 22:30"):
        read_minutes(text)
