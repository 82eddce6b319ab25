"""The strength of a signal: the median of the last seconds at the antenna that hears it best."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner_app.domain.readers.signal import (
    Sample,
    SignalStrength,
    Trend,
    find_heat,
    find_strength,
    judge_signal,
)

NOW = 1_800_000_000.0


def heard(*values: float | None, age: float = 0.0, reader: str = "cart", antenna: int = 1):
    """Samples a third of a second apart, the last one `age` seconds old."""
    start = NOW - age - (len(values) - 1) / 3
    return [Sample(start + i / 3, reader, antenna, rssi) for i, rssi in enumerate(values)]


samples = st.builds(
    Sample,
    at=st.floats(NOW - 120, NOW),
    reader=st.sampled_from(["cart", "door"]),
    antenna=st.integers(0, 3),
    rssi=st.none() | st.floats(-100, 0),
    reads=st.integers(1, 100),
)


class TestJudgeSignal:
    def test_is_silent_before_anything_was_heard(self):
        assert judge_signal([], now=NOW).strength is SignalStrength.SILENT

    def test_takes_the_median_so_that_one_reflection_moves_nothing(self):
        signal = judge_signal(heard(-61, -60, -20, -60, -62), now=NOW)

        assert (signal.rssi, signal.strength) == (-60, SignalStrength.COOL)

    def test_listens_to_the_antenna_that_hears_it_loudest(self):
        far, near = heard(-70, -70, -70, reader="door"), heard(-50, -51, -52)

        signal = judge_signal(far + near, now=NOW)

        assert (signal.reader, signal.rssi, signal.strength) == ("cart", -51, SignalStrength.WARM)

    def test_says_which_way_it_goes(self):
        before = heard(-60, -60, -60, age=4)
        for now, trend in ((-63.5, Trend.COLDER), (-61, Trend.SAME), (-56, Trend.WARMER)):
            signal = judge_signal(before + heard(now, now, now), now=NOW)

            assert signal.trend is trend, now

    def test_says_no_way_where_the_antenna_did_not_hear_it_before(self):
        before = heard(-60, -60, age=4, reader="door")

        assert judge_signal(before + heard(-50), now=NOW).trend is None

    def test_tells_what_it_heard_last_where_it_hears_nothing_now(self):
        signal = judge_signal(heard(-58, age=12), now=NOW)

        assert (signal.strength, signal.rssi, signal.age, signal.heat) == (
            SignalStrength.LOST,
            -58,
            12,
            0,
        )

    def test_counts_reads_where_the_reader_tells_no_strength(self):
        signal = judge_signal(heard(None, None, None), now=NOW)

        assert (signal.strength, signal.rssi, signal.reads) == (SignalStrength.HEARD, None, 3)

    # Slow where the machine is busy; that says nothing of this function.
    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(samples, max_size=40))
    def test_never_fails_and_stays_in_its_bounds(self, given_samples):
        signal = judge_signal(given_samples, now=NOW)

        assert 0 <= signal.heat <= 100
        assert (signal.strength is SignalStrength.SILENT) == (not given_samples)
        assert signal.age is None or signal.age >= 0


class TestFindStrength:
    def test_grows_with_the_strength(self):
        words = [find_strength(rssi) for rssi in (-90, -68.5, -68, -57.5, -57, -45.5, -45, 0)]

        assert words == [
            SignalStrength.COLD,
            SignalStrength.COLD,
            SignalStrength.COOL,
            SignalStrength.COOL,
            SignalStrength.WARM,
            SignalStrength.WARM,
            SignalStrength.HOT,
            SignalStrength.HOT,
        ]


class TestFindHeat:
    def test_goes_from_nothing_to_full(self):
        assert [find_heat(rssi) for rssi in (-200, -80, -55, -30, 0)] == [0, 0, 50, 100, 100]
