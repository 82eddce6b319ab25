"""The story of the audit of 100,000: what stands where, and what is scanned when, by whom."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.audits import write
from benchmarks.office import LONG_AGO
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import unit_of_work
from tests.support.register import add_location

PER_PLACE, PER_COUNTER, BATCH = 250, 20, 1000
DAY = datetime(2026, 3, 2, tzinfo=UTC)
AGAIN = DAY + timedelta(hours=13)


def tag_of(place: int, j: int) -> str:
    return f"A{place:03}-{j:03}"


def counter_of(place: int, round_: int, counters: int) -> Actor:
    """Return who counts a place: another person in the second round."""
    number = (place // PER_COUNTER + round_ - 1) % counters + 1
    return Actor("user", number, f"Counter {number}", Role.TECHNICIAN, user_id=number)


@dataclass(frozen=True)
class Seen:
    """One scan of the story."""

    code: str
    place: int
    at: datetime
    round: int = 1


@dataclass
class Story:
    """Everything that is scanned, in the order in which it is sent."""

    places: int
    first: list[Seen] = field(default_factory=list)
    second: list[Seen] = field(default_factory=list)
    late: list[Seen] = field(default_factory=list)


def is_recounted(place: int) -> bool:
    return place % 10 == 0


def is_quiet(place: int) -> bool:
    return place % 10 in (0, 9)


def tell(places: int) -> Story:
    """Return what is scanned, by the table that this module begins with."""
    story = Story(places)
    for place in range(places):
        story.first += _first_round(place)
        if is_recounted(place):
            rest = [0, 1, *range(4, 246), 247]
            story.second += [Seen(tag_of(place, j), place, AGAIN, 2) for j in rest]
        story.late.append(Seen(tag_of(place, 247), place, DAY + timedelta(hours=11)))
    return story


def _first_round(place: int) -> Iterator[Seen]:
    nine, ten = DAY + timedelta(hours=9), DAY + timedelta(hours=10)
    later = ten + timedelta(minutes=30)
    strayed = place if is_quiet(place) else place + 1
    yield from (Seen(tag_of(place, 0), place, nine + timedelta(seconds=s)) for s in (0, 9))
    for j in range(1, 240):
        if not (is_recounted(place) and j == 1):
            yield Seen(tag_of(place, j), place, nine)
    yield from (Seen(tag_of(place, j), strayed, nine) for j in range(240, 244))
    if is_quiet(place):
        yield from (Seen(tag_of(place, j), place, ten) for j in (244, 245))
    else:
        # The newer one is sent first.
        yield Seen(tag_of(place, 244), place, later)
        yield Seen(tag_of(place, 244), strayed, ten)
        yield Seen(tag_of(place, 245), strayed, later)
        yield Seen(tag_of(place, 245), place, ten)
    if place % 4 == 1:
        yield Seen(f"OLD-{place:03}", place, nine)
    if place % 2 == 1:
        yield Seen(f"OUT-{place:03}", place, nine)
        yield Seen(f"{'NEW' if place % 8 != 7 else 'THEIRS'}-{place:03}", place, nine)


def fill(places: int) -> None:
    """Make the building, its assets, and as many from outside as there are odd places."""
    with unit_of_work() as session:
        site = add_location(session, "B", "Building", now=LONG_AGO)
        away = add_location(session, "AWAY", "Elsewhere", now=LONG_AGO).id
        rooms = [
            add_location(session, f"P{n:03}", f"Place {n:03}", parent=site, now=LONG_AGO).id
            for n in range(places)
        ]
    drafts = [
        {"asset_tag": tag_of(p, j), "name": f"Thing {j}", "location_id": rooms[p]}
        for p in range(places)
        for j in range(PER_PLACE)
    ]
    drafts += [
        {
            "asset_tag": f"OUT-{p:03}", "location_id": away,
            "status": Stage.RETIRED if p % 4 == 3 else Stage.IN_STOCK,
        }
        for p in range(1, places, 2)
    ]  # fmt: skip
    for start in range(0, len(drafts), 10_000):
        part = [
            AssetDraft({"purchase_cost_cents": 100_000, "currency": "EUR", **one})
            for one in drafts[start : start + 10_000]
        ]
        with unit_of_work() as session:
            create_assets(
                session, kind=ChangeKind.IMPORTED, actor="bench", now=LONG_AGO, drafts=part
            )


def send(audit: int, seen: Sequence[Seen], counters: int, now: datetime) -> None:
    """Send scans in their order, in batches of one counter."""
    batch: list[NewScan] = []
    for index, one in enumerate(seen):
        batch.append(
            NewScan(
                uuid.uuid4(), one.code, Intent.SIGHTING, one.at, location=f"P{one.place:03}",
                audit=audit, device=f"phone {one.place // PER_COUNTER}",
            )
        )  # fmt: skip
        actor = counter_of(one.place, one.round, counters)
        following = seen[index + 1] if index + 1 < len(seen) else None
        is_last = (
            following is None or counter_of(following.place, following.round, counters) != actor
        )
        if is_last or len(batch) == BATCH:
            part, batch = batch, []
            write(
                lambda s, part=part, actor=actor: record_scans(s, scans=part, actor=actor, now=now)
            )()
