"""The one way in which an asset's record is written other than by a scan: created or changed.

Edits, imports and closing audits all end here, so that history and state stay one fold: each call
writes the asset, its identifiers, one `register_change` a real change, and the custody and
placement rows that follow from it. What a person may change by hand is decided in
`services.asset_edits`; this module writes what it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.custody import Span
from scanner_app.domain.errors import NotFound
from scanner_app.models import Asset, Custody, Placement, RegisterChange
from scanner_app.services.projection import Turns, write_turns
from scanner_app.services.register.asset_codes import (
    Claim,
    Code,
    end_codes,
    open_codes,
    refuse_taken,
    show_codes,
    start_codes,
)
from scanner_app.services.register.fields import DEFAULTS, clean_fields, own_codes, read_tag
from scanner_app.services.register.wording import Words

CHUNK = 500
KINDS = frozenset({"created", "edited", "imported", "audited"})
STATE = ("status", "location_id", "custodian_id")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """A new asset.

    :param fields: Asset columns by name, ids resolved; `asset_tag` is required, `status` a Stage.
    :param identifiers: further codes as (scheme, canonical value), beside the tag and the serial.
    """

    fields: Mapping[str, Any]
    identifiers: Sequence[Code] = ()


@dataclass(frozen=True, slots=True)
class AssetChange:
    """What becomes of one asset: the columns to set, the codes it gets and those it loses."""

    asset_id: int
    fields: Mapping[str, Any]
    add_identifiers: Sequence[Code] = ()
    end_identifiers: Sequence[Code] = ()


@dataclass(slots=True)
class _Plan:
    """One asset's change, worked out and not yet written."""

    asset_id: int
    before: Mapping[str, Any]
    after: dict[str, Any]
    at: datetime
    gains: list[Code] = field(default_factory=list)
    losses: list[Code] = field(default_factory=list)

    @property
    def tag(self) -> str:
        tag: str = self.after.get("asset_tag", self.before["asset_tag"])
        return tag


def moment_of(now: datetime) -> datetime:
    """Give the moment that a register change takes effect: the second it falls into.

    Many devices tell whole seconds. A scan of the very second in which its asset was registered
    must not look older than the asset.
    """
    return now.replace(microsecond=0)


def create_assets(
    session: Session,
    *,
    drafts: Sequence[AssetDraft],
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None = None,
) -> list[int]:
    """Create assets with all that belongs to them, and give their ids in the order of the drafts.

    :param kind: `created`, `imported` or `audited`.
    :raises Invalid: a tag cannot be taken.
    :raises Conflict: a tag or another code belongs to something already.
    """
    _check_kind(kind)
    now = whole_second(now)
    ids: list[int] = []
    for start in range(0, len(drafts), CHUNK):
        ids += _create_chunk(session, drafts[start : start + CHUNK], kind, actor, now, audit_id)
    return ids


def change_assets(
    session: Session,
    *,
    changes: Sequence[AssetChange],
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None = None,
) -> int:
    """Change assets and give how many really changed; a change that changes nothing writes nothing.

    :param kind: `edited`, `imported` or `audited`.
    :raises NotFound: there is no asset of that id.
    :raises Invalid: a tag cannot be taken.
    :raises Conflict: a tag or another code belongs to something else.
    """
    _check_kind(kind)
    now = whole_second(now)
    return sum(
        _change_chunk(session, chunk, kind, actor, now, audit_id) for chunk in _chunks(changes)
    )


def whole_second(now: datetime) -> datetime:
    """Give the second that a register change falls into, the moment it takes effect.

    Many devices tell whole seconds: a scan of the very second in which its asset was registered
    must not look older than the asset.
    """
    return now.replace(microsecond=0)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"no such kind of register change: {kind!r}")


def _chunks(changes: Sequence[AssetChange]) -> Iterator[list[AssetChange]]:
    """Cut into chunks in which no asset occurs twice: its second change builds on the first."""
    chunk: list[AssetChange] = []
    seen: set[int] = set()
    for change in changes:
        if len(chunk) == CHUNK or change.asset_id in seen:
            yield chunk
            chunk, seen = [], set()
        chunk.append(change)
        seen.add(change.asset_id)
    if chunk:
        yield chunk


# -- creating ----------------------------------------------------------------------------------


def _create_chunk(
    session: Session,
    drafts: Sequence[AssetDraft],
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> list[int]:
    at = moment_of(now)
    rows: list[dict[str, Any]] = []
    codes: list[list[Code]] = []
    for draft in drafts:
        values = {**DEFAULTS, "custom": {}, **clean_fields(draft.fields)}
        values["asset_tag"] = read_tag(values["asset_tag"])
        rows.append(
            {
                **values,
                "tag_key": tag_key(values["asset_tag"]),
                "state_at": at,
                "created_at": now,
                "updated_at": now,
            }
        )
        codes.append(list(dict.fromkeys([*own_codes(values), *draft.identifiers])))
    refuse_taken(
        session, [Claim(None, row["asset_tag"], own) for row, own in zip(rows, codes, strict=True)]
    )
    ids = list(
        session.scalars(insert(Asset).returning(Asset.id, sort_by_parameter_order=True), rows)
    )
    start_codes(
        session, [(id_, code) for id_, own in zip(ids, codes, strict=True) for code in own], at
    )
    words = Words(session, ({name: row[name] for name in DEFAULTS} for row in rows))
    session.execute(
        insert(RegisterChange),
        [
            {
                "asset_id": id_,
                "at": at,
                "kind": kind,
                "actor": actor,
                "audit_id": audit_id,
                "changes": words.compare({}, {name: row[name] for name in DEFAULTS})
                | show_codes([], own[len(own_codes(row)) :]),
                "sets_status": row["status"],
                "sets_location": True,
                "location_id": row["location_id"],
                "sets_custodian": True,
                "custodian_id": row["custodian_id"],
            }
            for id_, row, own in zip(ids, rows, codes, strict=True)
        ],
    )
    for table, column in ((Custody, "custodian_id"), (Placement, "location_id")):
        write_turns(
            session,
            [
                (id_, Turns(None, [Span(row[column], at, None, row["due_at"])]))
                for id_, row in zip(ids, rows, strict=True)
                if row[column] is not None
            ],
            table,
        )
    return ids


# -- changing ----------------------------------------------------------------------------------


def _change_chunk(
    session: Session,
    changes: Sequence[AssetChange],
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> int:
    session.flush()
    current = _lock(session, [change.asset_id for change in changes])
    held = open_codes(session, list(current))
    plans = []
    for change in changes:
        row = current.get(change.asset_id)
        if row is None:
            raise NotFound(f"There is no asset with the number {change.asset_id}.")
        plan = _plan(change, row, held[change.asset_id], now)
        if plan.after or plan.gains or plan.losses:
            plans.append(plan)
    if not plans:
        return 0
    refuse_taken(
        session,
        [
            Claim(p.asset_id, p.after.get("asset_tag", p.before["asset_tag"]), p.gains)
            for p in plans
        ],
    )
    moment = moment_of(now)
    end_codes(session, [(plan.asset_id, code) for plan in plans for code in plan.losses], moment)
    _update_rows(session, plans, now)
    start_codes(session, [(plan.asset_id, code) for plan in plans for code in plan.gains], moment)
    _write_changes(session, plans, kind, actor, audit_id)
    _write_spans(session, plans, Custody, "custodian_id")
    _write_spans(session, plans, Placement, "location_id")
    _forget_objects(session, {plan.asset_id for plan in plans})
    return len(plans)


def _forget_objects(session: Session, ids: set[int]) -> None:
    """Let Asset objects that the caller holds load what was written past them."""
    for id_ in ids:
        held = session.identity_map.get(identity_key(Asset, id_))
        if held is not None:
            session.expire(held)


def _lock(session: Session, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Give the assets by id, locked in the order of their ids as every writer locks them."""
    columns = [Asset.id, Asset.state_at, *(getattr(Asset, name) for name in DEFAULTS)]
    rows = session.execute(
        select(*columns).where(Asset.id.in_(sorted(ids))).order_by(Asset.id).with_for_update()
    ).mappings()
    return {row["id"]: dict(row) for row in rows}


def _plan(change: AssetChange, row: Mapping[str, Any], held: set[Code], now: datetime) -> _Plan:
    after = {n: value for n, value in clean_fields(change.fields).items() if row[n] != value}
    # Judged after all that is known: a phone whose clock runs ahead, by less than is tolerated,
    # must not undo what somebody sets now.
    moment = moment_of(now)
    at = moment if moment > row["state_at"] else row["state_at"] + _TICK
    plan = _Plan(change.asset_id, row, after, at)
    before_codes = set(own_codes(row))
    after_codes = own_codes({**row, **after})
    wanted = [*(c for c in after_codes if c not in before_codes), *change.add_identifiers]
    plan.gains = [code for code in dict.fromkeys(wanted) if code not in held]
    ending = [*(c for c in before_codes if c not in after_codes), *change.end_identifiers]
    plan.losses = [
        code
        for code in dict.fromkeys(ending)
        if code in held and code not in wanted and code not in after_codes
    ]
    return plan


def _update_rows(session: Session, plans: Sequence[_Plan], now: datetime) -> None:
    """Write the columns: one statement for each set of columns that changed together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for plan in plans:
        values = {**plan.after, "updated_at": now}
        if "asset_tag" in values:
            values["tag_key"] = tag_key(values["asset_tag"])
        if any(name in values for name in STATE):
            values["state_at"] = plan.at
        if "custodian_id" in values:
            values.setdefault("due_at", None)
        groups[tuple(sorted(values))].append(
            {"the_id": plan.asset_id, **{f"new_{name}": value for name, value in values.items()}}
        )
    for names, rows in groups.items():
        statement = (
            update(Asset)
            .where(Asset.id == bindparam("the_id"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        session.connection().execute(statement, rows)


def _write_changes(
    session: Session, plans: Sequence[_Plan], kind: str, actor: str, audit_id: int | None
) -> None:
    touched = [{name: plan.before[name] for name in plan.after} for plan in plans]
    words = Words(session, [*touched, *(plan.after for plan in plans)])
    session.execute(
        insert(RegisterChange),
        [
            {
                "asset_id": plan.asset_id,
                "at": plan.at,
                "kind": kind,
                "actor": actor,
                "audit_id": audit_id,
                "changes": words.compare(plan.before, plan.after)
                | show_codes(
                    [c for c in plan.losses if c not in own_codes(plan.before)],
                    [c for c in plan.gains if c not in own_codes({**plan.before, **plan.after})],
                ),
                "sets_status": plan.after.get("status"),
                "sets_location": "location_id" in plan.after,
                "location_id": plan.after.get("location_id"),
                "sets_custodian": "custodian_id" in plan.after,
                "custodian_id": plan.after.get("custodian_id"),
            }
            for plan in plans
        ],
    )


def _write_spans(
    session: Session, plans: Sequence[_Plan], table: type[Custody | Placement], column: str
) -> None:
    turns = []
    for plan in plans:
        if column in plan.after:
            new = plan.after[column]
            due_at = plan.after.get("due_at")
            spans = [Span(new, plan.at, None, due_at)] if new is not None else []
            closes_at = plan.at if plan.before[column] is not None else None
            turns.append((plan.asset_id, Turns(closes_at, spans)))
    write_turns(session, turns, table)
