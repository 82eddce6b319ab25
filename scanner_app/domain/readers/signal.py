"""How warm somebody is who looks for a tag: rules over the strengths that were just heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Warmth(StrEnum):
    """What the page says in one word; each has its own colour, sound and sentence."""

    SILENT = "silent"  # not heard since somebody looks for it
    LOST = "lost"  # heard before, not now
    COLD = "cold"
    COOL = "cool"
    WARM = "warm"
    HOT = "hot"
    HEARD = "heard"  # by a reader that tells no strength


class Trend(StrEnum):
    """Which way it goes."""

    WARMER = "warmer"
    COLDER = "colder"
    SAME = "same"


# The median of this much time is the strength now: one reflection or one gap moves nothing.
NOW_S = 3.0
# It is held against the median of this much time before that.
BEFORE_S = 6.0
# A smaller difference is noise: hands, bodies and metal shift a tag by this much.
STEP_DB = 3.0
KEPT_S = 60.0
# Passive UHF tags as readers hear them, dBm: from a tag in the antenna's hand to the edge of range.
LEAST_DBM, MOST_DBM = -80.0, -30.0
LIMITS = ((-45.0, Warmth.HOT), (-57.0, Warmth.WARM), (-68.0, Warmth.COOL))


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
    """What the samples say. `heat` goes from 0 to 100; `age` is seconds since it was last heard."""

    warmth: Warmth
    trend: Trend | None = None
    rssi: float | None = None
    heat: int = 0
    age: float | None = None
    reader: str | None = None
    antenna: int | None = None
    reads: int = 0


def judge_signal(samples: Collection[Sample], *, now: float) -> Signal:
    """Say how warm it is: by the antenna that hears the tag loudest now.

    :param samples: in any order, of all readers that hear the tag.
    :param now: Unix time.
    """
    if not samples:
        return Signal(Warmth.SILENT)
    newest = max(samples, key=lambda sample: sample.at)
    recent = [sample for sample in samples if now - sample.at <= NOW_S]
    if not recent:
        return Signal(
            Warmth.LOST,
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
            Warmth.HEARD,
            age=max(0.0, now - newest.at),
            reader=newest.reader,
            antenna=newest.antenna,
            reads=reads,
        )
    reader, antenna = max(strengths, key=lambda place: median(strengths[place]))
    rssi = median(strengths[reader, antenna])
    last = max(s.at for s in recent if (s.reader, s.antenna) == (reader, antenna))
    return Signal(
        find_warmth(rssi),
        trend=_find_trend(samples, reader, antenna, rssi, now),
        rssi=rssi,
        heat=find_heat(rssi),
        age=max(0.0, now - last),
        reader=reader,
        antenna=antenna,
        reads=reads,
    )


def find_warmth(rssi: float) -> Warmth:
    """Give the word for a strength in dBm."""
    return next((warmth for limit, warmth in LIMITS if rssi >= limit), Warmth.COLD)


def find_heat(rssi: float) -> int:
    """Give how full the gauge is, 0 to 100."""
    share = (rssi - LEAST_DBM) / (MOST_DBM - LEAST_DBM)
    return round(100 * min(1.0, max(0.0, share)))


def _find_trend(
    samples: Collection[Sample], reader: str, antenna: int, rssi: float, now: float
) -> Trend | None:
    """Hold the strength against what the same antenna heard just before; None where it did not."""
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
