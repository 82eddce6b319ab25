"""How close someone with a reader is to a tag: rules over the signals heard in the last seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class SignalStrength(StrEnum):
    """How close the tag is, in one word. Each word has its own colour, sound and sentence."""

    SILENT = "silent"  # not heard since the search began
    LOST = "lost"  # heard before, but not now
    COLD = "cold"
    COOL = "cool"
    WARM = "warm"
    HOT = "hot"
    HEARD = "heard"  # heard by a reader that reports no signal strength


class Trend(StrEnum):
    """Whether the person comes closer to the tag."""

    WARMER = "warmer"
    COLDER = "colder"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class StrengthRow:
    strength: SignalStrength
    word: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    trend: Trend
    word: str
    arrow: str


STRENGTHS: dict[SignalStrength, StrengthRow] = {
    row.strength: row
    for row in (
        StrengthRow(SignalStrength.SILENT, "Not heard yet"),
        StrengthRow(SignalStrength.LOST, "Lost"),
        StrengthRow(SignalStrength.COLD, "Cold"),
        StrengthRow(SignalStrength.COOL, "Cool"),
        StrengthRow(SignalStrength.WARM, "Warm"),
        StrengthRow(SignalStrength.HOT, "Hot"),
        StrengthRow(SignalStrength.HEARD, "Heard"),
    )
}
TRENDS: dict[Trend, TrendRow] = {
    row.trend: row
    for row in (
        TrendRow(Trend.WARMER, "warmer", "↑"),
        TrendRow(Trend.COLDER, "colder", "↓"),
        TrendRow(Trend.SAME, "about the same", "→"),
    )
}

# The strength now is the median over this many seconds, so that one reflection or one gap changes
# nothing.
NOW_S = 3.0
# It is compared with the median over this many seconds before that.
BEFORE_S = 6.0
# A smaller difference is noise: hands, bodies and metal change a tag's signal by this much.
STEP_DB = 3.0
KEPT_S = 60.0
# The range in which readers hear passive UHF tags, in dBm: from the edge of range to a tag at the
# antenna.
MIN_DBM, MAX_DBM = -80.0, -30.0
LIMITS = ((-45.0, SignalStrength.HOT), (-57.0, SignalStrength.WARM), (-68.0, SignalStrength.COOL))


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment in which a reader heard the tag. `at` is Unix time by our clock, `rssi` dBm."""

    at: float
    reader: str
    antenna: int
    rssi: float | None
    reads: int = 1


@dataclass(frozen=True, slots=True)
class Signal:
    """The result of the samples.

    `heat` is 0 to 100; `age` is the seconds since the tag was last heard.
    """

    strength: SignalStrength
    trend: Trend | None = None
    rssi: float | None = None
    heat: int = 0
    age: float | None = None
    reader: str | None = None
    antenna: int | None = None
    reads: int = 0


def judge_signal(samples: Collection[Sample], *, now: float) -> Signal:
    """Return how close the tag is, judged by the antenna that hears it most strongly now.

    :param samples: in any order, of all readers that hear the tag.
    :param now: Unix time.
    """
    if not samples:
        return Signal(SignalStrength.SILENT)
    newest = max(samples, key=lambda sample: sample.at)
    recent = [sample for sample in samples if now - sample.at <= NOW_S]
    if not recent:
        return Signal(
            SignalStrength.LOST,
            rssi=newest.rssi,
            age=max(0.0, now - newest.at),
            reader=newest.reader,
            antenna=newest.antenna,
        )
    strengths: dict[tuple[str, int], list[float]] = defaultdict(list)
    for sample in recent:
        if sample.rssi is not None:
            strengths[sample.reader, sample.antenna].append(sample.rssi)
    reads = sum(sample.reads for sample in recent)
    if not strengths:
        return Signal(
            SignalStrength.HEARD,
            age=max(0.0, now - newest.at),
            reader=newest.reader,
            antenna=newest.antenna,
            reads=reads,
        )
    reader, antenna = max(strengths, key=lambda place: median(strengths[place]))
    rssi = median(strengths[reader, antenna])
    last = max(s.at for s in recent if (s.reader, s.antenna) == (reader, antenna))
    return Signal(
        find_strength(rssi),
        trend=_find_trend(samples, reader, antenna, rssi, now),
        rssi=rssi,
        heat=find_heat(rssi),
        age=max(0.0, now - last),
        reader=reader,
        antenna=antenna,
        reads=reads,
    )


def find_strength(rssi: float) -> SignalStrength:
    """Return the word for a strength in dBm."""
    return next((word for limit, word in LIMITS if rssi >= limit), SignalStrength.COLD)


def find_heat(rssi: float) -> int:
    """Return how full the gauge is, from 0 to 100."""
    share = (rssi - MIN_DBM) / (MAX_DBM - MIN_DBM)
    return round(100 * min(1.0, max(0.0, share)))


def _find_trend(
    samples: Collection[Sample], reader: str, antenna: int, rssi: float, now: float
) -> Trend | None:
    """Compare the strength with what this antenna heard just before; None if it heard nothing."""
    before = [
        sample.rssi
        for sample in samples
        if (sample.reader, sample.antenna) == (reader, antenna)
        and sample.rssi is not None
        and NOW_S < now - sample.at <= NOW_S + BEFORE_S
    ]
    if not before:
        return None
    change = rssi - median(before)
    if abs(change) < STEP_DB:
        return Trend.SAME
    return Trend.WARMER if change > 0 else Trend.COLDER
