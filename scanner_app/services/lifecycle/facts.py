"""Keep what monitoring says of devices, and answer the items that it proves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.facts import Fact, read_fact_value
from scanner_app.models import Asset, DeviceFact, Identifier
from scanner_app.services.lifecycle.answers import tick_by_facts

# How far the clock of a monitoring service may run ahead of ours.
MAX_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Report:
    """What was said of one device.

    :param tag: of the asset; without it, its `serial`.
    """

    tag: str | None
    serial: str | None
    observed_at: datetime
    facts: Mapping[str, object]


class Told(StrEnum):
    """What became of one report."""

    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown_device"
    AMBIGUOUS = "ambiguous_serial"


def record_facts(
    session: Session,
    reports: Sequence[Report],
    *,
    source: str,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> list[Told]:
    """Keep reports, the newest of each fact and day, and return what became of each.

    A device that no asset is, or several are, is left out and told: nothing is registered.

    :raises Invalid: a fact has no such name or value, or was observed in the future. `errors` names
        the report, such as `3.encrypted`.
    """
    kept = [_read(index, report, now) for index, report in enumerate(reports)]
    found = find_devices(session, reports)
    told: list[Told] = []
    recorded: dict[int, list[Fact]] = defaultdict(list)
    for asset_id, facts in zip(found, kept, strict=True):
        if isinstance(asset_id, Told):
            told.append(asset_id)
            continue
        changed = _keep(session, asset_id, facts, source=source, zone=zone, actor=actor)
        recorded[asset_id] += changed
        told.append(Told.RECORDED if changed else Told.UNCHANGED)
    for asset_id, facts in sorted(recorded.items()):
        tick_by_facts(session, asset_id=asset_id, facts=facts, source=source)
    return told


def _read(index: int, report: Report, now: datetime) -> list[Fact]:
    errors: dict[str, list[str]] = {}
    if report.observed_at > now + MAX_AHEAD:
        errors[f"{index}.observed_at"] = ["This is in the future. Check the clock of the service."]
    facts: list[Fact] = []
    for name, value in report.facts.items():
        try:
            facts.append(Fact(name, read_fact_value(name, value), report.observed_at))
        except ValueError as error:
            errors[f"{index}.{name[:40]}"] = [str(error)]
    if errors:
        raise Invalid("Some facts cannot be used. Nothing was kept.", errors=errors)
    return facts


def find_devices(session: Session, reports: Sequence[Report]) -> list[int | Told]:
    """Return the id of the asset of each report; else why there is none."""
    keys = {tag_key(one.tag) for one in reports if one.tag}
    by_tag = dict(
        session.execute(select(Asset.tag_key, Asset.id).where(Asset.tag_key.in_(keys))).all()
    )
    serials = {tag_key(one.serial) for one in reports if one.serial and not one.tag}
    by_serial: dict[str, set[int]] = defaultdict(set)
    for value, asset_id in session.execute(
        select(Identifier.value, Identifier.asset_id).where(
            Identifier.scheme == "serial",
            Identifier.value.in_(serials),
            Identifier.ended_at.is_(None),
            Identifier.asset_id.is_not(None),
        )
    ):
        by_serial[value].add(asset_id or 0)
    # Of two devices with one serial, nobody knows which is meant.
    told = Counter(tag_key(one.serial) for one in reports if one.serial and not one.tag)
    found: list[int | Told] = []
    for one in reports:
        if one.tag:
            found.append(by_tag.get(tag_key(one.tag), Told.UNKNOWN))
            continue
        key = tag_key(one.serial or "")
        ids = by_serial.get(key, set())
        if len(ids) > 1 or (ids and told[key] > 1):
            found.append(Told.AMBIGUOUS)
        else:
            found.append(next(iter(ids)) if ids else Told.UNKNOWN)
    return found


def _keep(
    session: Session,
    asset_id: int,
    facts: Iterable[Fact],
    *,
    source: str,
    zone: ZoneInfo,
    actor: Actor,
) -> list[Fact]:
    """Keep the facts that are newer than those of their day, and return them."""
    told = {fact.name: fact for fact in facts}
    if not told:
        return []
    day = next(iter(told.values())).observed_at.astimezone(zone).date()
    rows = session.scalars(
        select(DeviceFact)
        .where(
            DeviceFact.asset_id == asset_id,
            DeviceFact.on_day == day,
            DeviceFact.name.in_(told),
        )
        .with_for_update()
    )
    known = {row.name: row for row in rows}
    changed: list[Fact] = []
    for name, fact in sorted(told.items()):
        row = known.get(name)
        if row is not None and row.observed_at >= fact.observed_at:
            continue
        if row is None:
            row = DeviceFact(asset_id=asset_id, name=name, on_day=day)
            session.add(row)
        row.value, row.observed_at = fact.value, fact.observed_at
        row.source, row.actor_name = source, actor.name
        changed.append(fact)
    session.flush()
    return changed
