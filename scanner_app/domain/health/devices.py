"""What is known of one device, and what follows from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scanner_app.domain.health.exploited import (
    Ended,
    Exploited,
    Grade,
    Hit,
    Piece,
    count_grades,
    make_system_piece,
)
from scanner_app.domain.health.matching import Catalogue, ReleaseMatch
from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.lifecycle.facts import Fact


@dataclass(frozen=True, slots=True)
class Lookups:
    """What devices are looked up in."""

    catalogue: Catalogue
    exploited: Exploited


@dataclass(slots=True)
class DeviceReport:
    """What is known of one device: its model, the newest of each fact, what is installed.

    :param software: name, publisher, version, and the day on which it was seen last.
    """

    asset_id: int
    model: str
    category_id: int | None
    model_id: int | None
    last_sighted_at: datetime | None
    facts: dict[str, Fact] = field(default_factory=dict)
    software: list[tuple[str, str, str, date]] = field(default_factory=list)

    def read(self, name: str) -> str:
        """Return the value of a fact; empty if nothing was said."""
        return self.facts[name].value if name in self.facts else ""


def describe_health(
    report: DeviceReport, lookups: Lookups, *, today: date
) -> tuple[dict[str, Any], list[Hit]] | None:
    """Return the row that is kept of a device, and what the catalogue says of it.

    Return None if nothing is known of the device.
    """
    match, model = match_system(report, lookups), lookups.catalogue.match_model(report.model)
    if not report.facts and not report.software and model is None:
        return None
    hits = list_hits(report, lookups, match, today=today)
    counts = count_grades(hits)
    release, hardware = match and match.release, model and model.release
    row = {
        "asset_id": report.asset_id,
        "system": report.read("os"),
        "version": report.read("os_version"),
        "product": match.product if match else "",
        "cycle": release.cycle if release else "",
        "title": release.title if release else "",
        "is_sure": match.is_sure if match else False,
        "ends_on": release.ends_on if release else None,
        "is_ended": release.is_ended if release else False,
        "model_title": hardware.title if hardware else "",
        "model_ends_on": hardware.ends_on if hardware else None,
        "model_is_ended": hardware.is_ended if hardware else False,
        "last_seen_at": find_last_contact(report.facts.values()),
        "unpatched": counts[Grade.UNPATCHED],
        "possible": counts[Grade.POSSIBLE],
    }
    return row, hits


def match_system(report: DeviceReport, lookups: Lookups) -> ReleaseMatch | None:
    """Return what a device runs; None if no rule knows it."""
    return lookups.catalogue.match_system(
        report.read("os"), report.read("os_version"), report.read("edition")
    )


def list_hits(
    report: DeviceReport, lookups: Lookups, match: ReleaseMatch | None, *, today: date
) -> list[Hit]:
    """Return the vulnerabilities that name what a device runs, the most pressing first."""
    system, version = report.read("os"), report.read("os_version")
    patched_on = read_day(report.facts.get("patched_on"))
    pieces = [
        Piece(name, publisher, version, patched_on=None)
        for name, publisher, version, _seen in report.software
    ]
    if system or version:
        release = match.release if match else None
        ended = Ended()
        # Of a release that is only likely, nobody can say that it gets no patches.
        if (
            match
            and match.is_sure
            and release
            and has_ended(release.ends_on, is_ended=release.is_ended, today=today)
        ):
            ended = Ended(is_over=True, on=release.ends_on)
        product = match.product if match else ""
        pieces.insert(
            0,
            make_system_piece(
                product, system or version, version, patched_on=patched_on, ended=ended
            ),
        )
    return lookups.exploited.list_hits(pieces)


def read_day(fact: Fact | None) -> date | None:
    """Return the day that a fact says; None if it says none."""
    if fact is None:
        return None
    try:
        return date.fromisoformat(fact.value[:10])
    except ValueError:
        return None


def find_last_contact(facts: Collection[Fact]) -> datetime | None:
    """Return when a device was heard of last: as it says, else as the newest fact was observed."""
    moments = [fact.observed_at for fact in facts]
    for fact in facts:
        if fact.name == "last_seen_at":
            try:
                said = datetime.fromisoformat(fact.value)
            except ValueError:
                continue
            if said.tzinfo is not None:
                return said
    return max(moments, default=None)
