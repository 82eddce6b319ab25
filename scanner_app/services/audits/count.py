"""Count sightings in an audit: bring its findings up to date while scans arrive.

The finding of an asset follows its newest sighting in the audit, whatever the order of arrival.
After an undo, the sightings that remain are read from the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import (
    Expectation,
    FindingState,
    Flag,
    LastSighting,
    classify,
)
from scanner_app.domain.audits.policy import PlaceDepth, depth_of
from scanner_app.domain.audits.spans import Span, covers, read_spans, sighted_at
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Audit, Finding, Scan
from scanner_app.queries.audits.evidence import select_sightings
from scanner_app.queries.audits.reconciling.matches import find_matched, list_matched_keys
from scanner_app.services.audits._finding_rows import (
    OUTSIDE_SAMPLE,
    LiveFinding,
    lift_recorded,
    load_of_assets,
    load_of_codes,
    make_of_assets,
    make_of_code,
    write_findings,
)

# What a sighting, a finding or a scan is about: an asset's id, or the key of a code without one.
Thing = int | str
_STAGES = {stage.value: stage for stage in Stage}


@dataclass(frozen=True, slots=True)
class AuditSighting:
    """One sighting in an audit: of an asset, or of a code that no asset has."""

    asset_id: int | None
    code_key: str | None
    code: str | None
    at: datetime
    location_id: int | None
    location_path: str | None
    person_id: int | None
    condition: str | None
    flags: tuple[str, ...] = ()


class FindingAnswer(NamedTuple):
    """The finding after a sighting; `previous_…` is when and where the thing was seen before."""

    state: str
    flags: list[str]
    sightings: int
    recorded_location_id: int | None
    previous_seen_at: datetime | None
    previous_location_id: int | None


def record_sightings(
    session: Session,
    *,
    audit_id: int,
    seen: Sequence[AuditSighting],
    depth: PlaceDepth = PlaceDepth.EXACT,
) -> list[FindingAnswer]:
    """Count sightings in an audit, in their order, and return one answer for each.

    The number of statements does not grow with the number of sightings. The caller has locked the
    audit (shared) and the assets.

    :param depth: how exact a place must be, by the policy of the audit.
    """
    seen = _resolve_matched(session, audit_id, seen)
    rows = _load_rows(session, audit_id, seen)
    lift_recorded(session, list(rows.values()), depth)
    answers = [_take(rows[_key(one)], one) for one in seen]
    write_findings(session, audit_id, list(rows.values()))
    return answers


def _resolve_matched(
    session: Session, audit_id: int, seen: Sequence[AuditSighting]
) -> Sequence[AuditSighting]:
    """Return sightings with those of matched labels as sightings of their assets, now locked."""
    keys = [one.code_key or "" for one in seen if one.asset_id is None]
    matched = find_matched(session, audit_id, keys) if keys else {}
    if not matched:
        return seen
    ids = sorted(set(matched.values()))
    session.execute(select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update())
    return [
        replace(one, asset_id=matched[one.code_key], code_key=None, code=None)
        if one.asset_id is None and one.code_key in matched
        else one
        for one in seen
    ]


def _key(one: Any) -> Thing:
    """Return what a sighting, a finding or a scan is about."""
    asset_id: int | None = one.asset_id
    return asset_id if asset_id is not None else one.code_key or ""


def _take(row: LiveFinding, one: AuditSighting) -> FindingAnswer:
    before, there = row.seen_at, row.seen_location_id
    if row.sightings == 0:
        # A scan outside of the audit counts only for what the audit found nowhere.
        before = there = None
    row.sightings += 1
    if one.flags:
        row.extra_flags = {*row.extra_flags, *one.flags}
    if before is None or one.at >= before:
        row.seen_at = one.at
        row.seen_location_id = one.location_id
        row.seen_person_id = one.person_id
        judge(row, one.location_path, one.condition)
    elif one.flags:
        row.flags = sorted({*row.flags, *one.flags})
    return FindingAnswer(
        row.state, row.flags, row.sightings, row.recorded_location_id, before, there
    )


def judge(row: LiveFinding, seen_path: str | None, condition: str | None) -> None:
    """Set the state and flags of a finding from its newest sighting."""
    if row.asset_id is None:
        row.state, row.flags = FindingState.UNREGISTERED.value, sorted(row.extra_flags)
        return
    expectation = Expectation(
        row.is_expected,
        row.recorded_path,
        row.recorded_custodian_id,
        _STAGES[row.recorded_status] if row.recorded_status else None,
    )
    sighting = LastSighting(seen_path, row.seen_person_id, condition)
    state, flags = classify(expectation, sighting)
    row.state = state.value
    row.flags = sorted({*flags, *row.extra_flags}) if flags or row.extra_flags else flags


def _load_rows(
    session: Session, audit_id: int, seen: Sequence[AuditSighting]
) -> dict[Thing, LiveFinding]:
    asset_ids = {one.asset_id for one in seen if one.asset_id is not None}
    codes = {one.code_key or "": one.code for one in seen if one.asset_id is None}
    rows = {
        _key(row): row
        for row in (
            *load_of_assets(session, audit_id, asset_ids),
            *load_of_codes(session, audit_id, codes),
        )
    }
    fresh = {i for i in asset_ids if i not in rows}
    rows.update((_key(row), row) for row in make_of_assets(session, audit_id, fresh))
    for key, code in codes.items():
        if key not in rows:
            rows[key] = make_of_code(key, code)
    return rows


# -- after an undo -----------------------------------------------------------------------------


def recompute_findings(
    session: Session, *, audit_id: int, asset_ids: Collection[int], code_keys: Collection[str]
) -> dict[Thing, str]:
    """Read the sightings of findings from the log again, after an undo; return the states left.

    A finding that was not expected and has no sighting left is deleted. The number of statements
    does not grow with the number of findings. The caller has locked the audit (shared) and the
    assets.
    """
    policy, stored = session.execute(
        select(Audit.policy, Audit.counting_spans).where(Audit.id == audit_id)
    ).one()
    spans = read_spans(stored)
    matched = find_matched(session, audit_id, code_keys) if code_keys else {}
    rows = [
        *load_of_assets(session, audit_id, {*asset_ids, *matched.values()}),
        *load_of_codes(session, audit_id, set(code_keys)),
    ]
    lift_recorded(session, rows, depth_of(policy))
    sightings = _load_sightings(session, audit_id, rows)
    gone: list[int | None] = []
    kept: dict[Thing, LiveFinding] = {}
    for row in rows:
        found = sightings.get(_key(row), [])
        if not found and not row.is_expected:
            gone.append(row.id)
            continue
        _rejudge(row, found, spans)
        kept[_key(row)] = row
    if gone:
        session.execute(delete(Finding).where(Finding.id.in_(gone)))
    write_findings(session, audit_id, list(kept.values()))
    return {key: row.state for key, row in kept.items()}


def _load_sightings(
    session: Session, audit_id: int, rows: Sequence[LiveFinding]
) -> dict[Thing, list[Any]]:
    """Return the sightings that count, by thing, oldest first."""
    assets = [row.asset_id for row in rows if row.asset_id is not None]
    codes = [row.code_key or "" for row in rows if row.asset_id is None]
    codes += list_matched_keys(session, audit_id, assets)
    things = or_(Scan.asset_id.in_(assets), and_(Scan.asset_id.is_(None), Scan.code_key.in_(codes)))
    found: dict[Thing, list[Any]] = defaultdict(list)
    for sighting in session.execute(select_sightings(audit_id).where(things)):
        found[_key(sighting)].append(sighting)
    return found


def _sighted_at(sighting: Any) -> datetime:
    return sighted_at(sighting.effective_at, sighting.recorded_at)


def _rejudge(row: LiveFinding, sightings: Sequence[Any], spans: Sequence[Span]) -> None:
    row.sightings = len(sightings)
    # What was not drawn stays so, whatever was seen of it.
    row.extra_flags = {OUTSIDE_SAMPLE}.intersection(row.extra_flags)
    if any(s.is_ambiguous for s in sightings):
        row.extra_flags.add(Flag.DUPLICATE_LABEL.value)
    if any(not covers(spans, s.recorded_at) for s in sightings):
        row.extra_flags.add(Flag.LATE.value)
    if not sightings:
        row.state, row.flags = FindingState.MISSING.value, []
        row.seen_at = row.seen_location_id = row.seen_person_id = None
        return
    # Of equal ones the last that came, as `_take` has it.
    newest = max(sightings, key=lambda one: (_sighted_at(one), one.id))
    row.seen_at = _sighted_at(newest)
    row.seen_location_id = newest.location_id
    row.seen_person_id = newest.person_id
    judge(row, newest.path, newest.condition)
