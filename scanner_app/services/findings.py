"""Findings kept live while scans come in: a function of what was expected and last seen.

The finding of an asset follows its newest sighting in the audit, whatever the order of arrival;
an undo is answered by reading the remaining sightings from the log.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import (
    Expectation,
    FindingState,
    Flag,
    Sighting,
    classify,
)
from scanner_app.models import Asset, Finding, Location, Scan
from scanner_app.models.among import is_among
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
    extra_flags: Collection[str] = ()
    stored_flags: list[str] | None = None


def record_sightings(
    session: Session, *, audit_id: int, seen: Sequence[Seen], now: datetime
) -> list[FindingAnswer]:
    """Bring the findings of an audit up to date with sightings, in order; one answer for each.

    A handful of statements, however many sightings. The caller holds the audit (shared) and the
    assets locked.
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
    if one.flags:
        row.extra_flags = {*row.extra_flags, *one.flags}
    if before is None or one.at >= before:
        row.seen_at = one.at
        row.seen_location_id = one.location_id
        row.seen_person_id = one.person_id
        judge(row, one.location_path, one.condition, paths)
    elif one.flags:
        row.flags = sorted({*row.flags, *one.flags})
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
    row.flags = sorted({*flags, *row.extra_flags}) if flags or row.extra_flags else []


def _load_rows(
    session: Session, audit_id: int, seen: Sequence[Seen]
) -> dict[tuple[str, int | str], _Row]:
    asset_ids = {one.asset_id for one in seen if one.asset_id is not None}
    codes = {one.code_key or "": one.code for one in seen if one.asset_id is None}
    rows: dict[tuple[str, int | str], _Row] = {}
    if asset_ids:
        for row in _select_of_assets(session, audit_id, asset_ids):
            rows["asset", row.asset_id or 0] = row
    if codes:
        for row in _select_of_codes(session, audit_id, codes):
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


_TABLE = Finding.__table__.c
_SELECT = select(
    _TABLE.id,
    _TABLE.asset_id,
    _TABLE.code_key,
    _TABLE.code,
    _TABLE.is_expected,
    _TABLE.state,
    _TABLE.flags,
    _TABLE.recorded_location_id,
    _TABLE.recorded_custodian_id,
    _TABLE.recorded_status,
    _TABLE.value_cents,
    _TABLE.seen_at,
    _TABLE.seen_location_id,
    _TABLE.seen_person_id,
    _TABLE.sightings,
)
_SELECT = _SELECT.where(_TABLE.audit_id == bindparam("audit"))
_SELECT_OF_ASSETS = _SELECT.where(is_among(_TABLE.asset_id, "ids"))
_SELECT_OF_CODES = (
    _SELECT.where(is_among(_TABLE.code_key, "keys")).order_by(_TABLE.id).with_for_update()
)
_STICKY = Flag.DUPLICATE_LABEL.value


def _select_of_assets(session: Session, audit_id: int, ids: Collection[int]) -> list[_Row]:
    """Give the findings of assets, which the caller has locked: that lock guards them too.

    A lock of their own would write each of them twice on PostgreSQL.
    """
    return _load(session, _SELECT_OF_ASSETS, {"audit": audit_id, "ids": ids})


def _select_of_codes(session: Session, audit_id: int, keys: Collection[str]) -> list[_Row]:
    """Give the findings of codes that mean nothing, locked in the order of their ids."""
    return _load(session, _SELECT_OF_CODES, {"audit": audit_id, "keys": keys})


def _load(session: Session, statement: Any, values: dict[str, Any]) -> list[_Row]:
    # Past the ORM: this stands in the way of every scan of an audit.
    found = session.connection().execute(statement, values).all()
    rows = [_Row(*row) for row in map(tuple, found)]
    for row in rows:
        row.stored_flags = row.flags
        if _STICKY in row.flags:
            row.extra_flags = {_STICKY}
    return rows


def _load_paths(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    wanted = sorted(i for i in ids if i is not None)
    if not wanted:
        return {}
    rows = session.execute(select(Location.id, Location.path).where(Location.id.in_(wanted)))
    return {row.id: row.path for row in rows}


_SET = ("state", "flags", "seen_at", "seen_location_id", "seen_person_id", "sightings")
_SET_WITHOUT_FLAGS = tuple(name for name in _SET if name != "flags")


def _update_of(names: Sequence[str]) -> Any:
    return (
        update(Finding)
        .where(Finding.id == bindparam("the_id"))
        .values({name: bindparam(name) for name in names})
    )


# Most findings have no flags before or after: these are not written anew.
_UPDATES = {names: _update_of(names) for names in (_SET, _SET_WITHOUT_FLAGS)}
# PostgreSQL takes a batch in one statement; a thousand statements cost it six times that.
_UPDATE_BY_JSON = text(
    """
    UPDATE finding SET state = r.state, flags = r.flags, seen_at = r.seen_at,
      seen_location_id = r.seen_location_id, seen_person_id = r.seen_person_id,
      sightings = r.sightings
    FROM json_to_recordset(CAST(:rows AS json)) AS r(id integer, state text, flags jsonb,
      seen_at timestamptz, seen_location_id integer, seen_person_id integer, sightings integer)
    WHERE finding.id = r.id
    """
)


def _update_rows(session: Session, rows: Sequence[_Row]) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        columns = ("id", *_SET)
        batch = json.dumps([{n: getattr(row, n) for n in columns} for row in rows], default=str)
        connection.execute(_UPDATE_BY_JSON, {"rows": batch})
        return
    for names, statement in _UPDATES.items():
        changed = [r for r in rows if (r.flags != r.stored_flags) == (names is _SET)]
        if changed:
            connection.execute(
                statement,
                [{"the_id": row.id, **{n: getattr(row, n) for n in names}} for row in changed],
            )


def _write_rows(session: Session, audit_id: int, rows: Sequence[_Row]) -> None:
    known = [row for row in rows if row.id is not None]
    fresh = [row for row in rows if row.id is None]
    if known:
        _update_rows(session, known)
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
    statements, however many findings. The caller holds the audit (shared) and the assets locked.
    """
    rows: list[_Row] = []
    if asset_ids:
        rows += _select_of_assets(session, audit_id, set(asset_ids))
    if code_keys:
        rows += _select_of_codes(session, audit_id, set(code_keys))
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
    row.extra_flags = {_STICKY} if any(s.is_ambiguous for s in sightings) else ()
    if not sightings:
        row.state, row.flags = FindingState.MISSING, []
        row.seen_at = row.seen_location_id = row.seen_person_id = None
        return
    newest = sightings[-1]
    row.seen_at = newest.effective_at
    row.seen_location_id = newest.location_id
    row.seen_person_id = newest.person_id
    judge(row, newest.path, newest.condition, paths)
