"""Folds floods of reads into sightings: a tag arrives, stays, moves between read points, departs.

To take a tag over, another place must be some dB stronger, and fewer dB with each second of silence
at the old place. The idea is the mobility profile of EdgeX's RFID inventory service. This module
reads no clock: every call gets the time.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hardware.reads import Change, Confidence, Kind, ReaderSighting, TagRead

_RING = 20
_MAX_ANTENNA = 65535
_MAX_ABSOLUTE_DBM = 200.0
_CARD_DEPART_S = 1.5


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How reads become sightings, in seconds and dB. docs/readers.md prints each `help`."""

    min_reads: int = field(
        default=2, metadata={"help": "reads within window_s before a tag has arrived"}
    )
    window_s: float = field(
        default=2.0, metadata={"help": "how close together these reads must be"}
    )
    refresh_s: float = field(
        default=30.0, metadata={"help": "how often a tag that stays is reported again"}
    )
    depart_s: float = field(
        default=30.0,
        metadata={"help": "silence after which a tag has departed (cards: at most 1.5)"},
    )
    move_db: float = field(
        default=6.0, metadata={"help": "dB by which another read point must be stronger"}
    )
    move_reads: int = field(
        default=2, metadata={"help": "reads that the other read point must have"}
    )
    move_hold_s: float = field(
        default=0.5, metadata={"help": "silence at the old read point before move_db gets smaller"}
    )
    move_decay_db: float = field(
        default=8.0,
        metadata={"help": "dB by which move_db gets smaller per further second of silence"},
    )
    rssi_floor: float | None = field(
        default=None, metadata={"help": "dBm below which a read is weak and proves nothing alone"}
    )
    keep_weak: bool = field(
        default=True,
        metadata={"help": "send weak reads as low-confidence sightings; false drops them"},
    )
    watch_s: float = field(
        default=0.3,
        metadata={"help": "how often the signal of a tag that is looked for is reported"},
    )
    max_tags: int = field(
        default=20_000,
        metadata={
            "help": "tags remembered at once; beyond it the oldest is reported and forgotten"
        },
    )

    def for_kind(self, kind: Kind) -> Smoothing:
        """Return the settings for a kind of tag.

        A card is laid on a pad on purpose and has no signal strength: one read counts, and it
        departs soon.
        """
        if kind in {"epc", "tid"}:
            return self
        return replace(self, min_reads=1, depart_s=min(self.depart_s, _CARD_DEPART_S))


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """What one antenna looks at. `antenna` None is every antenna without its own read point."""

    antenna: int | None = None
    location: str | None = None
    intent: str | None = None
    rssi_floor: float | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which EPCs count: those with one of the prefixes, or equal to a value under its mask."""

    epc_prefixes: tuple[str, ...] = ()
    epc_masks: tuple[tuple[bytes, bytes], ...] = ()

    def lets_through(self, read: TagRead) -> bool:
        """Return whether a read passes. A read without an EPC always does."""
        if read.kind != "epc" or not (self.epc_prefixes or self.epc_masks):
            return True
        text = read.raw.hex().upper()
        return any(text.startswith(prefix) for prefix in self.epc_prefixes) or any(
            len(read.raw) >= len(mask)
            and all(byte & m == v for byte, m, v in zip(read.raw, mask, value, strict=False))
            for value, mask in self.epc_masks
        )


@dataclass(slots=True)
class _Bucket:
    """Reads of one tag at one place that are not yet in a sighting, and its signal there.

    `ring` holds the last signals in dBm. `run` counts strong reads that are close together,
    `strong` all strong reads. `last` and `last_strong` are monotonic seconds.
    """

    ring: deque[float] = field(default_factory=lambda: deque(maxlen=_RING))
    count: int = 0
    strong: int = 0
    run: int = 0
    last_strong: float = -math.inf
    last: float = -math.inf
    best: float | None = None
    antenna: int | None = None
    point: ReadPoint = field(default_factory=ReadPoint)
    first_at: datetime | None = None
    last_at: datetime | None = None
    tid: bytes | None = None


@dataclass(slots=True)
class _Presence:
    """One tag: the place where it is, and the reads at each place that heard it."""

    settings: Smoothing
    place: str | None = None
    last: float = 0.0
    reported: float = 0.0
    buckets: dict[str, _Bucket] = field(default_factory=dict)


class Tracker:
    """Follows the tags of one reader. Not safe for several threads."""

    def __init__(
        self,
        reader: str,
        settings: Smoothing,
        *,
        points: Sequence[ReadPoint] = (),
        passing: Filter | None = None,
    ) -> None:
        self._reader = reader
        self._settings = settings
        self._by_kind: dict[Kind, Smoothing] = {}
        self._points = {point.antenna: point for point in points}
        self._filter = passing or Filter()
        self._tags: OrderedDict[tuple[Kind, bytes], _Presence] = OrderedDict()
        self.filtered = 0
        self.weak_dropped = 0

    def __len__(self) -> int:
        return len(self._tags)

    def observe(self, read: TagRead, *, at: float, now: datetime) -> list[ReaderSighting]:
        """Take one read and return the sightings that it completes, often none.

        :param at: when it came, in monotonic seconds
        :param now: the same moment as aware UTC
        """
        if not self._filter.lets_through(read):
            self.filtered += max(1, read.count)
            return []
        antenna = read.antenna
        if antenna is not None and not 0 <= antenna <= _MAX_ANTENNA:
            antenna = None
        point = self._points.get(antenna) or self._points.get(None) or ReadPoint(antenna)
        if read.kind == "barcode":
            return [self._report_barcode(read, point, antenna, now)]
        presence = self._find(read)
        bucket = presence.buckets.setdefault(_place(point, antenna), _Bucket())
        self._add(presence, bucket, read, at, now)
        bucket.point, bucket.antenna = point, antenna
        sightings = self._decide(presence, read.kind, read.raw, at)
        while len(self._tags) > self._settings.max_tags:
            (kind, raw), oldest = self._tags.popitem(last=False)
            sightings += self._close(oldest, kind, raw)
        return sightings

    def sweep(self, at: float) -> list[ReaderSighting]:
        """Return the sightings due at `at`: tags that stay, that left, that were only weak."""
        sightings: list[ReaderSighting] = []
        for (kind, raw), presence in list(self._tags.items()):
            silence = at - presence.last
            settings = presence.settings
            limit = settings.window_s if presence.place is None else settings.depart_s
            if silence >= limit:
                del self._tags[kind, raw]
                sightings += self._close(presence, kind, raw)
            elif at - presence.reported >= settings.refresh_s:
                sightings += self._refresh(presence, kind, raw, at)
        return sightings

    def flush(self) -> list[ReaderSighting]:
        """Return sightings of all reads that are in none yet, and forget every tag."""
        sightings = [
            sighting
            for (kind, raw), presence in self._tags.items()
            for sighting in self._close(presence, kind, raw)
        ]
        self._tags.clear()
        return sightings

    def _find(self, read: TagRead) -> _Presence:
        key = (read.kind, read.raw)
        presence = self._tags.get(key)
        if presence is None:
            settings = self._by_kind.get(read.kind)
            if settings is None:
                settings = self._by_kind[read.kind] = self._settings.for_kind(read.kind)
            presence = self._tags[key] = _Presence(settings, reported=math.nan)
        else:
            self._tags.move_to_end(key)
        return presence

    def _add(
        self, presence: _Presence, bucket: _Bucket, read: TagRead, at: float, now: datetime
    ) -> None:
        if math.isnan(presence.reported):
            presence.reported = at
        presence.last = bucket.last = at
        bucket.first_at = bucket.first_at or now
        bucket.last_at = now
        count = max(1, read.count)
        bucket.count += count
        bucket.tid = read.tid or bucket.tid
        rssi = read.rssi_dbm
        if rssi is not None and not (math.isfinite(rssi) and abs(rssi) <= _MAX_ABSOLUTE_DBM):
            rssi = None
        if rssi is not None:
            bucket.ring.append(rssi)
            bucket.best = rssi if bucket.best is None else max(bucket.best, rssi)
        floor = self._floor(read.antenna, presence.settings)
        if rssi is not None and floor is not None and rssi < floor:
            return
        is_near = at - bucket.last_strong <= presence.settings.window_s
        bucket.run = bucket.run + count if is_near else count
        bucket.strong += count
        bucket.last_strong = at

    def _floor(self, antenna: int | None, settings: Smoothing) -> float | None:
        point = self._points.get(antenna) or self._points.get(None)
        if point is not None and point.rssi_floor is not None:
            return point.rssi_floor
        return settings.rssi_floor

    def _decide(
        self, presence: _Presence, kind: Kind, raw: bytes, at: float
    ) -> list[ReaderSighting]:
        settings = presence.settings
        if presence.place is None:
            for place, bucket in presence.buckets.items():
                if bucket.run >= settings.min_reads:
                    presence.place, presence.reported = place, at
                    return [self._report(bucket, kind, raw, Change.ARRIVED)]
            return []
        stronger = self._stronger_place(presence, at)
        if stronger is not None:
            old = presence.buckets[presence.place]
            presence.place = stronger
            presence.reported = at
            made = [self._report(old, kind, raw, Change.PRESENT)] if old.count else []
            return [*made, self._report(presence.buckets[stronger], kind, raw, Change.MOVED)]
        if at - presence.reported >= settings.refresh_s:
            return self._refresh(presence, kind, raw, at)
        return []

    @staticmethod
    def _stronger_place(presence: _Presence, at: float) -> str | None:
        """Return the place to which the tag has moved, or None if it has not."""
        settings = presence.settings
        here = presence.buckets.get(presence.place or "")
        if here is None:
            return None
        silence = at - here.last
        margin = settings.move_db
        if silence > settings.move_hold_s:
            margin -= settings.move_decay_db * (silence - settings.move_hold_s)
        for place, bucket in presence.buckets.items():
            if bucket is here or bucket.strong < settings.move_reads or bucket.last < here.last:
                continue
            if not bucket.ring or not here.ring:
                # Without signal strengths, silence at the old place is the only sign of a move.
                if silence > settings.move_hold_s:
                    return place
                continue
            mean = sum(bucket.ring) / len(bucket.ring)
            if mean > sum(here.ring) / len(here.ring) + margin:
                return place
        return None

    def _refresh(
        self, presence: _Presence, kind: Kind, raw: bytes, at: float
    ) -> list[ReaderSighting]:
        presence.reported = at
        return self._report_all(presence, kind, raw, Change.PRESENT)

    def _close(self, presence: _Presence, kind: Kind, raw: bytes) -> list[ReaderSighting]:
        return self._report_all(presence, kind, raw, Change.DEPARTED)

    def _report_all(
        self, presence: _Presence, kind: Kind, raw: bytes, change: Change
    ) -> list[ReaderSighting]:
        """Return a sighting for each place with reads that are in none yet.

        Reads elsewhere than at the tag's own place become a glimpse.
        """
        sightings = []
        for place, bucket in presence.buckets.items():
            if not bucket.count:
                continue
            if place == presence.place:
                sightings.append(self._report(bucket, kind, raw, change))
            elif presence.settings.keep_weak:
                sightings.append(self._report(bucket, kind, raw, Change.GLIMPSED))
            else:
                self.weak_dropped += bucket.count
                _empty(bucket)
        return sightings

    def _report(self, bucket: _Bucket, kind: Kind, raw: bytes, change: Change) -> ReaderSighting:
        is_sure = bucket.strong > 0 and change is not Change.GLIMPSED
        if bucket.first_at is None or bucket.last_at is None:
            raise AssertionError("a bucket is reported only after a read")
        sighting = ReaderSighting(
            reader=self._reader,
            kind=kind,
            raw=raw,
            change=change,
            confidence=Confidence.NORMAL if is_sure else Confidence.LOW,
            first_seen_at=bucket.first_at,
            last_seen_at=bucket.last_at,
            count=bucket.count,
            antenna=bucket.antenna,
            rssi=bucket.best,
            tid=bucket.tid,
            location=bucket.point.location,
            intent=bucket.point.intent,
        )
        _empty(bucket)
        return sighting

    def _report_barcode(
        self, read: TagRead, point: ReadPoint, antenna: int | None, now: datetime
    ) -> ReaderSighting:
        """Return a label's sighting at once: a person pulled a trigger, and twice means twice."""
        return ReaderSighting(
            reader=self._reader,
            kind=read.kind,
            raw=read.raw,
            change=Change.ARRIVED,
            confidence=Confidence.NORMAL,
            first_seen_at=now,
            last_seen_at=now,
            count=1,
            antenna=antenna,
            symbology=read.symbology,
            aim=read.aim,
            location=point.location,
            intent=point.intent,
        )


def _empty(bucket: _Bucket) -> None:
    """Forget the reported reads. The signals and times stay, for the next decision."""
    bucket.count = bucket.strong = 0
    bucket.best = bucket.first_at = bucket.last_at = None


def _place(point: ReadPoint, antenna: int | None) -> str:
    """Return the name of a place. Two antennas with one location are one place."""
    return point.location or f"antenna {antenna if antenna is not None else '?'}"
