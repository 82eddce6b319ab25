"""Floods become sightings: every read is counted once, and a weak one is only evidence."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.reads import Change, Confidence, ReaderSighting, TagRead
from hardware.smoothing import Filter, ReadPoint, Smoothing, Tracker

START = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
EPC = bytes.fromhex("3034257BF4000000000000AA")
DOOR = (ReadPoint(1, "INSIDE", "sighting"), ReadPoint(2, "OUTSIDE", "sighting"))


class Walk:
    """A tracker, and a clock that the test advances."""

    def __init__(self, smoothing: Smoothing | None = None, **options: object) -> None:
        self.tracker = Tracker("door", smoothing or Smoothing(), **options)  # type: ignore[arg-type] # the options of a case
        self.at = 100.0
        self.told: list[ReaderSighting] = []

    def read(
        self,
        rssi: float | None = -55.0,
        *,
        antenna: int | None = 1,
        raw: bytes = EPC,
        **more: object,
    ) -> list[ReaderSighting]:
        read = TagRead(raw, antenna=antenna, rssi_dbm=rssi, **more)  # type: ignore[arg-type] # the options of a case
        now = START + timedelta(seconds=self.at)
        told = self.tracker.observe(read, at=self.at, now=now)
        self.told += told
        return told

    def wait(self, seconds: float) -> list[ReaderSighting]:
        self.at += seconds
        told = self.tracker.sweep(self.at)
        self.told += told
        return told


def changes(sightings: list[ReaderSighting]) -> list[tuple[Change, int]]:
    return [(sighting.change, sighting.count) for sighting in sightings]


class TestArriving:
    def test_a_tag_arrives_with_its_second_read(self) -> None:
        walk = Walk()

        assert walk.read(-60) == []
        walk.at += 0.5
        told = walk.read(-52)

        assert changes(told) == [(Change.ARRIVED, 2)]
        assert told[0].rssi == -52
        assert told[0].last_seen_at - told[0].first_seen_at == timedelta(seconds=0.5)

    @pytest.mark.parametrize(("gap", "arrives"), [(2.0, True), (2.01, False)])
    def test_reads_too_far_apart_do_not_add_up(self, gap: float, arrives: bool) -> None:
        walk = Walk(Smoothing(window_s=2.0))
        walk.read()
        walk.at += gap

        assert bool(walk.read()) is arrives

    def test_one_report_that_counts_many_reads_is_enough(self) -> None:
        assert changes(Walk().read(count=12)) == [(Change.ARRIVED, 12)]

    def test_a_card_is_reported_at_once_and_again_when_it_is_laid_down_again(self) -> None:
        walk = Walk()
        first = walk.read(None, antenna=None, kind="em4100", raw=b"\x10\x00\x86\xf4\x44")
        for _ in range(20):
            walk.at += 0.05
            assert walk.read(None, antenna=None, kind="em4100", raw=b"\x10\x00\x86\xf4\x44") == []
        walk.wait(1.6)
        again = walk.read(None, antenna=None, kind="em4100", raw=b"\x10\x00\x86\xf4\x44")

        assert changes(first) == changes(again) == [(Change.ARRIVED, 1)]

    def test_a_label_scanned_twice_is_two_scans(self) -> None:
        walk = Walk()

        told = [walk.read(None, kind="barcode", raw=b"LT-0042") for _ in range(2)]

        assert [len(one) for one in told] == [1, 1]
        assert told[0][0].read_id != told[1][0].read_id


class TestStaying:
    def test_ten_minutes_of_a_thousand_reads_a_second_are_one_sighting_per_half_minute(
        self,
    ) -> None:
        walk = Walk()
        for _ in range(600 * 100):
            walk.at += 0.01
            walk.read(count=10)
        walk.wait(40)

        assert sum(sighting.count for sighting in walk.told) == 600_000
        assert len(walk.told) <= 600 / 30 + 2

    def test_silence_ends_the_stay_with_the_reads_not_yet_reported(self) -> None:
        walk = Walk(Smoothing(depart_s=30, refresh_s=60))
        walk.read()
        walk.read()
        walk.at += 1
        walk.read()

        assert walk.wait(29.9) == []
        assert changes(walk.wait(0.2)) == [(Change.DEPARTED, 1)]
        assert len(walk.tracker) == 0

    def test_a_flush_reports_every_read(self) -> None:
        walk = Walk()
        for _ in range(5):
            walk.read()

        told = walk.told + walk.tracker.flush()

        assert sum(sighting.count for sighting in told) == 5


class TestWeakReads:
    @pytest.mark.parametrize(
        ("rssi", "confidence"),
        [(-69.0, Confidence.NORMAL), (-70.0, Confidence.NORMAL), (-71.0, Confidence.LOW)],
    )
    def test_a_weak_tag_of_the_next_room_is_low_confidence(
        self, rssi: float, confidence: Confidence
    ) -> None:
        walk = Walk(Smoothing(rssi_floor=-70))
        for _ in range(10):
            walk.read(rssi)
        walk.wait(40)

        assert {sighting.confidence for sighting in walk.told} == {confidence}
        assert sum(sighting.count for sighting in walk.told) == 10

    @pytest.mark.parametrize(("reads", "confidence"), [(2, "normal"), (1, "low")])
    def test_too_few_reads_are_a_glimpse(self, reads: int, confidence: str) -> None:
        walk = Walk(Smoothing(min_reads=2))
        for _ in range(reads):
            walk.read()
        walk.wait(40)

        assert {sighting.confidence.value for sighting in walk.told} == {confidence}

    def test_weak_reads_are_dropped_and_counted_only_if_the_settings_say_so(self) -> None:
        walk = Walk(Smoothing(rssi_floor=-70, keep_weak=False))
        for _ in range(10):
            walk.read(-75)
        walk.wait(40)

        assert walk.told == []
        assert walk.tracker.weak_dropped == 10

    def test_a_tag_that_stays_weak_is_reported_now_and_then(self) -> None:
        walk = Walk(Smoothing(rssi_floor=-70, refresh_s=30))
        for _ in range(100):
            walk.wait(1)
            walk.read(-75)

        assert [sighting.change for sighting in walk.told] == [Change.GLIMPSED] * 3

    def test_an_antenna_has_its_own_floor(self) -> None:
        points = (ReadPoint(1, "SHELF", rssi_floor=-50), ReadPoint(None, "ROOM"))
        walk = Walk(Smoothing(rssi_floor=-80), points=points)

        assert [walk.read(-60, antenna=1) for _ in range(3)] == [[], [], []]
        walk.read(-60, antenna=2)
        assert [one.location for one in walk.read(-60, antenna=2)] == ["ROOM"]


class TestMoving:
    def _stand_inside(self) -> Walk:
        walk = Walk(points=DOOR)
        walk.read(-60, antenna=1)
        walk.read(-60, antenna=1)
        return walk

    @pytest.mark.parametrize(("rssi", "moves"), [(-54.0, False), (-53.0, True)])
    def test_another_place_must_be_stronger_by_more_than_the_margin(
        self, rssi: float, moves: bool
    ) -> None:
        walk = self._stand_inside()
        walk.read(rssi, antenna=2)
        told = walk.read(rssi, antenna=2)

        assert [one.change for one in told] == ([Change.MOVED] if moves else [])

    def test_the_margin_shrinks_while_the_old_place_is_silent(self) -> None:
        walk = self._stand_inside()
        walk.read(-60, antenna=2)
        walk.at += 1.4
        told = walk.read(-60, antenna=2)

        assert [(one.change, one.location) for one in told] == [(Change.MOVED, "OUTSIDE")]

    def test_one_stray_read_does_not_move_a_tag(self) -> None:
        walk = self._stand_inside()

        assert walk.read(-30, antenna=2) == []

    def test_two_antennas_of_one_place_are_one_place(self) -> None:
        points = (ReadPoint(1, "DOOR"), ReadPoint(2, "DOOR"))
        walk = Walk(points=points)
        for antenna in (1, 2) * 20:
            walk.at += 0.1
            walk.read(-60 if antenna == 1 else -40, antenna=antenna)

        assert [one.change for one in walk.told] == [Change.ARRIVED]

    def test_stray_reads_at_another_place_are_low_confidence_there(self) -> None:
        walk = self._stand_inside()
        walk.read(-60, antenna=2)
        told = walk.wait(40)

        assert [(one.location, one.confidence.value) for one in told] == [("OUTSIDE", "low")]


class TestFiltering:
    def test_epcs_that_do_not_pass_are_counted_and_left_out(self) -> None:
        walk = Walk(passing=Filter(epc_prefixes=("3034",)))

        walk.read(raw=bytes.fromhex("E28011600000000000000001"))
        walk.read()

        assert walk.tracker.filtered == 1
        assert len(walk.tracker) == 1

    def test_a_mask_compares_only_its_bits(self) -> None:
        passing = Filter(epc_masks=((bytes.fromhex("3000"), bytes.fromhex("F000")),))

        assert passing.lets_through(TagRead(EPC))
        assert not passing.lets_through(TagRead(b"\xe2" + EPC[1:]))
        assert not passing.lets_through(TagRead(b"\x30"))
        assert passing.lets_through(TagRead(b"\x04\xa1\xb2\xc3", "uid"))


class TestHostileReads:
    @pytest.mark.parametrize("rssi", [math.nan, math.inf, -math.inf, 1e9])
    def test_an_impossible_signal_is_ignored(self, rssi: float) -> None:
        walk = Walk(Smoothing(rssi_floor=-70))
        walk.read(rssi)
        told = walk.read(rssi)

        assert [one.rssi for one in told] == [None]

    @pytest.mark.parametrize(
        ("antenna", "kept"), [(0, 0), (65535, 65535), (65536, None), (-1, None)]
    )
    def test_an_impossible_antenna_is_ignored(self, antenna: int, kept: int | None) -> None:
        walk = Walk()
        walk.read(antenna=antenna)

        assert walk.read(antenna=antenna)[0].antenna == kept

    @pytest.mark.parametrize("count", [0, -5])
    def test_a_count_below_one_counts_as_one(self, count: int) -> None:
        walk = Walk()
        walk.read(count=count)

        assert walk.read(count=count)[0].count == 2

    def test_a_flood_of_different_tags_is_bounded_and_each_is_reported(self) -> None:
        walk = Walk(Smoothing(max_tags=50))
        for number in range(500):
            walk.read(raw=number.to_bytes(12, "big"))
        told = walk.told + walk.tracker.flush()

        assert len({one.raw for one in told}) == 500
        assert sum(one.count for one in told) == 500


steps = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.integers(0, 3),
        st.sampled_from([1, 2, None]),
        st.none() | st.floats(-90, -30),
        st.integers(1, 3),
    ),
    max_size=60,
)


class TestConservation:
    @settings(max_examples=60)
    @given(steps=steps, floor=st.none() | st.floats(-80, -50), keeps=st.booleans())
    def test_each_read_is_in_exactly_one_sighting(
        self,
        steps: list[tuple[float, int, int | None, float | None, int]],
        floor: float | None,
        keeps: bool,
    ) -> None:
        walk = Walk(Smoothing(rssi_floor=floor, keep_weak=keeps), points=DOOR)
        total = 0
        for gap, number, antenna, rssi, count in steps:
            walk.wait(gap)
            walk.read(rssi, antenna=antenna, raw=bytes((number,)) * 12, count=count)
            total += count
        told = walk.told + walk.tracker.flush()

        assert sum(one.count for one in told) + walk.tracker.weak_dropped == total
        assert len({one.read_id for one in told}) == len(told)
        assert all(one.first_seen_at <= one.last_seen_at and one.count >= 1 for one in told)
