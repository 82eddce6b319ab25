"""Create and change assets. Everything but a scan writes the record of an asset through here.

Edits, imports and closing audits all call this module, so history and state are computed by one
rule. Each call writes the asset, its identifiers, one `register_change` for a real change, and the
custody and placement rows that follow. `services.register.by_hand` decides what a person may
change; this module writes what it is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.scanning.decide import Span
from scanner_app.models import Asset, Custody, Placement, RegisterChange
from scanner_app.services.custody.history import HistorySteps, write_history
from scanner_app.services.register.codes import (
    CHUNK,
    CodeClaim,
    end_codes,
    open_codes,
    refuse_taken,
    show_codes,
    start_codes,
)
from scanner_app.services.register.fields import DEFAULTS, clean_fields, own_codes
from scanner_app.services.register.plan import (
    AssetChange,
    AssetDraft,
    ChangePlan,
    cut_chunks,
    plan_change,
    to_whole_second,
)
from scanner_app.services.register.wording import FieldWording

STATE = ("status", "location_id", "custodian_id")


def create_assets(
    session: Session,
    *,
    drafts: Sequence[AssetDraft],
    kind: ChangeKind,
    actor: str,
    now: datetime,
    audit_id: int | None = None,
) -> list[int]:
    """Create assets with their codes and history. Return their ids in the order of the drafts.

    :raises Invalid: a tag is not usable.
    :raises Conflict: a tag or another code already belongs to something.
    """
    now = to_whole_second(now)
    ids: list[int] = []
    for start in range(0, len(drafts), CHUNK):
        ids += _create_chunk(session, drafts[start : start + CHUNK], kind, actor, now, audit_id)
    return ids


def change_assets(
    session: Session,
    *,
    changes: Sequence[AssetChange],
    kind: ChangeKind,
    actor: str,
    now: datetime,
    audit_id: int | None = None,
) -> int:
    """Change assets. Return how many really changed: a change to the same values writes nothing.

    :raises NotFound: no asset has that id.
    :raises Invalid: a tag is not usable.
    :raises Conflict: a tag or another code belongs to something else.
    """
    now = to_whole_second(now)
    return sum(
        _change_chunk(session, chunk, kind, actor, now, audit_id) for chunk in cut_chunks(changes)
    )


# -- creating ----------------------------------------------------------------------------------


def _make_row(draft: AssetDraft, now: datetime) -> dict[str, Any]:
    # The tag is named even if the draft has none: `clean_fields` then refuses the draft.
    fields = clean_fields({"asset_tag": None, **draft.fields})
    values = {**DEFAULTS, "custom": {}, **fields}
    return {
        **values,
        "tag_key": tag_key(values["asset_tag"]),
        "state_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _create_chunk(
    session: Session,
    drafts: Sequence[AssetDraft],
    kind: ChangeKind,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> list[int]:
    rows = [_make_row(draft, now) for draft in drafts]
    codes = [
        list(dict.fromkeys([*own_codes(row), *draft.identifiers]))
        for row, draft in zip(rows, drafts, strict=True)
    ]
    refuse_taken(
        session,
        [CodeClaim(None, row["asset_tag"], own) for row, own in zip(rows, codes, strict=True)],
    )
    ids = list(
        session.scalars(insert(Asset).returning(Asset.id, sort_by_parameter_order=True), rows)
    )
    start_codes(
        session, [(id_, code) for id_, own in zip(ids, codes, strict=True) for code in own], now
    )
    _write_creations(session, ids, rows, codes, kind, actor, now, audit_id)
    for table, column in ((Custody, "custodian_id"), (Placement, "location_id")):
        write_history(
            session,
            [
                (id_, HistorySteps(None, [Span(row[column], now, None, row["due_at"])]))
                for id_, row in zip(ids, rows, strict=True)
                if row[column] is not None
            ],
            table,
        )
    return ids


def _write_creations(
    session: Session,
    ids: Sequence[int],
    rows: Sequence[Mapping[str, Any]],
    codes: Sequence[Sequence[tuple[str, str]]],
    kind: ChangeKind,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> None:
    """Write the one `register_change` of each new asset."""
    words = FieldWording(session, map(_told, rows))
    session.execute(
        insert(RegisterChange),
        [
            {
                "asset_id": id_,
                "at": now,
                "kind": kind,
                "actor": actor,
                "audit_id": audit_id,
                "changes": words.compare({}, _told(row))
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


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the history of a new asset says: that it is hardware goes without saying."""
    shown = {name: row[name] for name in DEFAULTS}
    if shown["kind"] is AssetKind.HARDWARE:
        del shown["kind"]
    return shown


# -- changing ----------------------------------------------------------------------------------


def _change_chunk(
    session: Session,
    changes: Sequence[AssetChange],
    kind: ChangeKind,
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
            raise NotFound(f"There is not an asset with the number {change.asset_id}.")
        plan = plan_change(change, row, held[change.asset_id], now)
        if plan.after or plan.gains or plan.losses:
            plans.append(plan)
    if not plans:
        return 0
    refuse_taken(
        session,
        [
            CodeClaim(p.asset_id, p.after.get("asset_tag", p.before["asset_tag"]), p.gains)
            for p in plans
        ],
    )
    end_codes(session, [(plan.asset_id, code) for plan in plans for code in plan.losses], now)
    _update_rows(session, plans, now)
    start_codes(session, [(plan.asset_id, code) for plan in plans for code in plan.gains], now)
    _write_changes(session, plans, kind, actor, audit_id)
    _write_spans(session, plans, Custody, "custodian_id")
    _write_spans(session, plans, Placement, "location_id")
    _forget_objects(session, {plan.asset_id for plan in plans})
    return len(plans)


def _forget_objects(session: Session, ids: set[int]) -> None:
    """Expire the Asset objects that the caller holds: the statements above went past them."""
    for id_ in ids:
        held = session.identity_map.get(identity_key(Asset, id_))
        if held is not None:
            session.expire(held)


def _lock(session: Session, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Return assets by id, locked in the order of their ids.

    Every writer locks in this order, so two writers never wait for each other.
    """
    columns = [Asset.id, Asset.state_at, *(getattr(Asset, name) for name in DEFAULTS)]
    rows = session.execute(
        select(*columns).where(Asset.id.in_(sorted(ids))).order_by(Asset.id).with_for_update()
    ).mappings()
    return {row["id"]: dict(row) for row in rows}


def _update_rows(session: Session, plans: Sequence[ChangePlan], now: datetime) -> None:
    """Write the columns, with one statement for each set of columns that changed together."""
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
    session: Session,
    plans: Sequence[ChangePlan],
    kind: ChangeKind,
    actor: str,
    audit_id: int | None,
) -> None:
    touched = [{name: plan.before[name] for name in plan.after} for plan in plans]
    words = FieldWording(session, [*touched, *(plan.after for plan in plans)])
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
    session: Session, plans: Sequence[ChangePlan], table: type[Custody | Placement], column: str
) -> None:
    turns = []
    for plan in plans:
        if column in plan.after:
            new = plan.after[column]
            due_at = plan.after.get("due_at")
            spans = [Span(new, plan.at, None, due_at)] if new is not None else []
            closes_at = plan.at if plan.before[column] is not None else None
            turns.append((plan.asset_id, HistorySteps(closes_at, spans)))
    write_history(session, turns, table)
