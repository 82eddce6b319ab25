"""The findings of an audit as a batch of sightings reads and writes them; `count` judges them.

Every scan of an audit waits for this, so it goes past the ORM and converts as little as possible.
A batch is one select and one update, whatever its size.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, insert, select, type_coerce
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import STICKY_FLAGS, FindingState, Flag
from scanner_app.domain.audits.policy import PlaceDepth
from scanner_app.models import Asset, AuditMember, Finding, Location
from scanner_app.queries.audits.places import lift_paths
from scanner_app.sql.bulk_write import Bulk
from scanner_app.sql.value_list import is_among

OUTSIDE_SAMPLE = Flag.OUTSIDE_SAMPLE.value


@dataclass(slots=True)
class LiveFinding:
    """A finding while a batch is counted; `id` is None if it is new.

    :param recorded_path: lifted to the depth of the audit before the finding is judged.
    :param extra_flags: flags that are kept, whatever the newest sighting says.
    """

    id: int | None
    asset_id: int | None
    code_key: str | None
    is_expected: bool
    state: str
    recorded_location_id: int | None
    recorded_path: str | None
    recorded_custodian_id: int | None
    recorded_status: str | None
    seen_at: datetime | None = None
    seen_location_id: int | None = None
    seen_person_id: int | None = None
    sightings: int = 0
    flags: list[str] = field(default_factory=list)
    extra_flags: Collection[str] = ()
    code: str | None = None
    value_cents: int | None = None


# -- reading -----------------------------------------------------------------------------------

_TABLE = Finding.__table__
_PLACE = Location.__table__
_ASSET = Asset.__table__
_MEMBER = AuditMember.__table__
_SELECT = (
    select(
        cast(_TABLE.c.flags, Text),  # as text: most are empty, which needs no JSON parser
        _TABLE.c.id,
        _TABLE.c.asset_id,
        _TABLE.c.code_key,
        _TABLE.c.is_expected,
        type_coerce(_TABLE.c.state, Text),
        _TABLE.c.recorded_location_id,
        _PLACE.c.path,
        _TABLE.c.recorded_custodian_id,
        _TABLE.c.recorded_status,
        _TABLE.c.seen_at,
        _TABLE.c.seen_location_id,
        _TABLE.c.seen_person_id,
        _TABLE.c.sightings,
    )
    .select_from(_TABLE.outerjoin(_PLACE, _PLACE.c.id == _TABLE.c.recorded_location_id))
    .where(_TABLE.c.audit_id == bindparam("audit"))
)
_OF_ASSETS = _SELECT.where(is_among(_TABLE.c.asset_id, "ids"))
_OF_CODES = (
    _SELECT.where(is_among(_TABLE.c.code_key, "keys"))
    .order_by(_TABLE.c.id)
    .with_for_update(of=_TABLE)
)
_NO_FLAGS = "[]"
_RECORDS = (
    select(
        _ASSET.c.id,
        _ASSET.c.location_id,
        _PLACE.c.path,
        _ASSET.c.custodian_id,
        type_coerce(_ASSET.c.status, Text),
        _ASSET.c.purchase_cost_cents,
        _MEMBER.c.asset_id,
    )
    .select_from(
        _ASSET.outerjoin(_PLACE, _PLACE.c.id == _ASSET.c.location_id).outerjoin(
            _MEMBER,
            and_(_MEMBER.c.asset_id == _ASSET.c.id, _MEMBER.c.audit_id == bindparam("audit")),
        )
    )
    .where(is_among(_ASSET.c.id, "ids"))
)


def load_of_assets(session: Session, audit_id: int, ids: Collection[int]) -> list[LiveFinding]:
    """Return the findings of assets. The caller has locked the assets, which guards these too.

    Locking the findings as well would make PostgreSQL write each of them twice.
    """
    return _load(session, _OF_ASSETS, {"audit": audit_id, "ids": ids}) if ids else []


def load_of_codes(session: Session, audit_id: int, keys: Collection[str]) -> list[LiveFinding]:
    """Return the findings of codes that no asset has, locked in the order of their ids."""
    return _load(session, _OF_CODES, {"audit": audit_id, "keys": keys}) if keys else []


def _load(session: Session, statement: Any, values: dict[str, Any]) -> list[LiveFinding]:
    found = session.connection().execute(statement, values).all()
    rows = [LiveFinding(*columns[1:]) for columns in found]
    for row, columns in zip(rows, found, strict=True):
        if columns[0] != _NO_FLAGS:
            row.flags = json.loads(columns[0])
            row.extra_flags = STICKY_FLAGS.intersection(row.flags)
    return rows


def make_of_assets(session: Session, audit_id: int, ids: Collection[int]) -> list[LiveFinding]:
    """Return new findings of assets that are not on the expected list.

    They are compared with the register as it is now, because nothing was frozen for them. Of the
    frozen population, only those that a sample did not draw are not on the list.
    """
    if not ids:
        return []
    return [
        LiveFinding(
            None, asset_id, None, False, FindingState.UNEXPECTED.value, location_id, path,
            custodian_id, status, value_cents=value_cents,
            extra_flags=() if member is None else {OUTSIDE_SAMPLE},
        )
        for asset_id, location_id, path, custodian_id, status, value_cents, member
        in session.connection().execute(_RECORDS, {"audit": audit_id, "ids": ids})
    ]  # fmt: skip


def make_of_code(key: str, code: str | None) -> LiveFinding:
    """Return a new finding of a code that no asset has."""
    state = FindingState.UNREGISTERED.value
    return LiveFinding(None, None, key, False, state, None, None, None, None, code=code)


def lift_recorded(
    session: Session, rows: Sequence[LiveFinding], depth: PlaceDepth
) -> Sequence[LiveFinding]:
    """Return findings with their recorded locations lifted to the depth of the audit."""
    if depth is not PlaceDepth.EXACT:
        lifted = lift_paths(session, {row.recorded_path for row in rows}, depth)
        for row in rows:
            row.recorded_path = lifted[row.recorded_path]
    return rows


# -- writing -----------------------------------------------------------------------------------

_SET = ("state", "flags", "seen_at", "seen_location_id", "seen_person_id", "sightings")
_UPDATE = Bulk(Finding, _SET, kind="update")


def write_findings(session: Session, audit_id: int, rows: Sequence[LiveFinding]) -> None:
    """Insert the findings that are new, and update the others."""
    known = [row for row in rows if row.id is not None]
    if known:
        _update(session, known)
    fresh = [row for row in rows if row.id is None]
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


def _update(session: Session, rows: Sequence[LiveFinding]) -> None:
    columns = {name: [getattr(row, name) for row in rows] for name in ("id", *_SET)}
    _UPDATE.execute(session.connection(), columns)
