"""Findings kept live while scans come in: a function of what was expected and last seen.

The finding of an asset follows its newest sighting in the audit, whatever the order of arrival;
an undo is answered by reading the remaining sightings from the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import Expectation, FindingState, Sighting, classify
from scanner_app.models import Asset, Finding, Location, Scan
from scanner_app.queries.evidence import select_sightings


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting in an audit: of an asset, or of a code that means nothing."""

    asset_id: int | None
    code_key: str | None
    code: str | None
    at: datetime
    location_id: int | None
    location_path: str | None
    person_id: int | None
    condition: str | None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """What a sighting made of the finding; `previous_seen_at` is when it was seen before."""

    state: str
    flags: list[str]
    sightings: int
    recorded_location_id: int | None
    previous_seen_at: datetime | None


@dataclass(slots=True)
class _Row:
    """A finding while a batch goes through it."""

    id: int | None
    asset_id: int | None
    code_key: str | None
    code: str | None
    is_expected: bool
    state: FindingState
    flags: list[str]
    recorded_location_id: int | None
    recorded_custodian_id: int | None
    recorded_status: str | None
    value_cents: int | None
    seen_at: datetime | None
    seen_location_id: int | None
    seen_person_id: int | None
    sightings: int
    extra_flags: set[str] = field(default_factory=set)


def record_sightings(
    session: Session, *, audit_id: int, seen: Sequence[Seen], now: datetime
) -> list[FindingAnswer]:
    """Bring the findings of an audit up to date with sightings, in order; one answer for each.

    A handful of statements, however many sightings.
    """
    del now  # a finding's times are those of its sightings
    rows = _load_rows(session, audit_id, seen)
    paths = _load_paths(session, {row.recorded_location_id for row in rows.values()})
    answers = [_take(rows[_key(one)], one, paths) for one in seen]
    _write_rows(session, audit_id, list(rows.values()))
    return answers


def _key(one: Any) -> tuple[str, int | str]:
    """Name the thing that a sighting, a finding or a scan is about."""
    return ("asset", one.asset_id) if one.asset_id is not None else ("code", one.code_key or "")


def _take(row: _Row, one: Seen, paths: dict[int, str]) -> FindingAnswer:
    before = row.seen_at
    row.sightings += 1
    row.extra_flags |= set(one.flags)
    if before is None or one.at >= before:
        row.seen_at = one.at
        row.seen_location_id = one.location_id
        row.seen_person_id = one.person_id
        judge(row, one.location_path, one.condition, paths)
    return FindingAnswer(
        row.state.value, list(row.flags), row.sightings, row.recorded_location_id, before
    )


def judge(row: _Row, seen_path: str | None, condition: str | None, paths: dict[int, str]) -> None:
    """Set a finding's state and flags by its newest sighting."""
    if row.asset_id is None:
        row.state, row.flags = FindingState.UNREGISTERED, sorted(row.extra_flags)
        return
    expectation = Expectation(
        row.is_expected,
        paths.get(row.recorded_location_id) if row.recorded_location_id else None,
        row.recorded_custodian_id,
        Stage(row.recorded_status) if row.recorded_status else None,
    )
    sighting = Sighting(seen_path, row.seen_person_id, condition)
    row.state, flags = classify(expectation, sighting)
    row.flags = sorted({*flags, *row.extra_flags})


def _load_rows(
    session: Session, audit_id: int, seen: Sequence[Seen]
) -> dict[tuple[str, int | str], _Row]:
    asset_ids = {one.asset_id for one in seen if one.asset_id is not None}
    codes = {one.code_key or "": one.code for one in seen if one.asset_id is None}
    rows: dict[tuple[str, int | str], _Row] = {}
    if asset_ids:
        for row in _select(session, audit_id, Finding.asset_id.in_(asset_ids)):
            rows["asset", row.asset_id or 0] = row
    if codes:
        for row in _select(session, audit_id, Finding.code_key.in_(codes)):
            rows["code", row.code_key or ""] = row
    fresh = {i for i in asset_ids if ("asset", i) not in rows}
    if fresh:
        # Not on the list: its record as it is now is what the finding is held against.
        for asset in session.execute(
            select(
                Asset.id,
                Asset.location_id,
                Asset.custodian_id,
                Asset.status,
                Asset.purchase_cost_cents,
            ).where(Asset.id.in_(fresh))
        ):
            rows["asset", asset.id] = _Row(
                None, asset.id, None, None, False, FindingState.UNEXPECTED, [],
                asset.location_id, asset.custodian_id, asset.status.value,
                asset.purchase_cost_cents, None, None, None, 0,
            )  # fmt: skip
    for key, code in codes.items():
        if ("code", key) not in rows:
            rows["code", key] = _Row(
                None, None, key, code, False, FindingState.UNREGISTERED, [],
                None, None, None, None, None, None, None, 0,
            )  # fmt: skip
    return rows


def _select(session: Session, audit_id: int, condition: Any) -> list[_Row]:
    rows = session.execute(
        select(
            Finding.id,
            Finding.asset_id,
            Finding.code_key,
            Finding.code,
            Finding.is_expected,
            Finding.state,
            Finding.flags,
            Finding.recorded_location_id,
            Finding.recorded_custodian_id,
            Finding.recorded_status,
            Finding.value_cents,
            Finding.seen_at,
            Finding.seen_location_id,
            Finding.seen_person_id,
            Finding.sightings,
        )
        .where(Finding.audit_id == audit_id, condition)
        .order_by(Finding.id)
        .with_for_update()
    )
    return [
        _Row(
            **row._mapping,  # noqa: SLF001 - SQLAlchemy's public name for it
            extra_flags={flag for flag in row.flags if flag == "duplicate_label"},
        )
        for row in rows
    ]


def _load_paths(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    wanted = sorted(i for i in ids if i is not None)
    if not wanted:
        return {}
    rows = session.execute(select(Location.id, Location.path).where(Location.id.in_(wanted)))
    return {row.id: row.path for row in rows}


_SET = ("state", "flags", "seen_at", "seen_location_id", "seen_person_id", "sightings")
_UPDATE = (
    update(Finding)
    .where(Finding.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in _SET})
)


def _write_rows(session: Session, audit_id: int, rows: Sequence[_Row]) -> None:
    known = [row for row in rows if row.id is not None]
    fresh = [row for row in rows if row.id is None]
    if known:
        session.connection().execute(
            _UPDATE,
            [{"the_id": row.id, **{name: getattr(row, name) for name in _SET}} for row in known],
        )
    if fresh:
        session.execute(
            insert(Finding),
            [
                {
                    "audit_id": audit_id,
                    "asset_id": row.asset_id,
                    "code_key": row.code_key,
                    "code": row.code,
                    "is_expected": False,
                    "recorded_location_id": row.recorded_location_id,
                    "recorded_custodian_id": row.recorded_custodian_id,
                    "recorded_status": row.recorded_status,
                    "value_cents": row.value_cents,
                    "proposal_fields": {},
                    **{name: getattr(row, name) for name in _SET},
                }
                for row in fresh
            ],
        )


# -- after an undo -----------------------------------------------------------------------------


def recompute_findings(
    session: Session, *, audit_id: int, asset_ids: Collection[int], code_keys: Collection[str]
) -> dict[tuple[str, int | str], str]:
    """Bring findings up to date from the log after an undo; gives the state of each that stays.

    A finding of something not expected that has no sighting left is deleted. A handful of
    statements, however many findings.
    """
    rows: list[_Row] = []
    if asset_ids:
        rows += _select(session, audit_id, Finding.asset_id.in_(set(asset_ids)))
    if code_keys:
        rows += _select(session, audit_id, Finding.code_key.in_(set(code_keys)))
    paths = _load_paths(session, {row.recorded_location_id for row in rows})
    sightings = _load_sightings(session, audit_id, rows)
    gone: list[int | None] = []
    kept: dict[tuple[str, int | str], _Row] = {}
    for row in rows:
        found = sightings.get(_key(row), [])
        if not found and not row.is_expected:
            gone.append(row.id)
            continue
        _rejudge(row, found, paths)
        kept[_key(row)] = row
    if gone:
        session.execute(delete(Finding).where(Finding.id.in_(gone)))
    _write_rows(session, audit_id, list(kept.values()))
    return {key: row.state.value for key, row in kept.items()}


def _load_sightings(
    session: Session, audit_id: int, rows: Sequence[_Row]
) -> dict[tuple[str, int | str], list[Any]]:
    """Give the sightings that count of each thing, oldest first."""
    assets = [row.asset_id for row in rows if row.asset_id is not None]
    codes = [row.code_key for row in rows if row.asset_id is None]
    things = or_(Scan.asset_id.in_(assets), and_(Scan.asset_id.is_(None), Scan.code_key.in_(codes)))
    found: dict[tuple[str, int | str], list[Any]] = defaultdict(list)
    for sighting in session.execute(select_sightings(audit_id).where(things)):
        found[_key(sighting)].append(sighting)
    return found


def _rejudge(row: _Row, sightings: Sequence[Any], paths: dict[int, str]) -> None:
    row.sightings = len(sightings)
    row.extra_flags = {"duplicate_label"} if any(s.is_ambiguous for s in sightings) else set()
    if not sightings:
        row.state, row.flags = FindingState.MISSING, []
        row.seen_at = row.seen_location_id = row.seen_person_id = None
        return
    newest = sightings[-1]
    row.seen_at = newest.effective_at
    row.seen_location_id = newest.location_id
    row.seen_person_id = newest.person_id
    judge(row, newest.path, newest.condition, paths)
