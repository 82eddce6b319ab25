"""Assets created and changed, many at once, each change with its row of history.

Create, edit, import and audit all write through here, so that an asset's state stays what the
fold over its history gives (`domain.custody`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import tag_key
from scanner_app.domain.access import Actor
from scanner_app.domain.custody import Span
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Custody,
    Identifier,
    Location,
    Person,
    Placement,
    RegisterChange,
)
from scanner_app.services.projection import Turns, insert_spans, write_turns

CHUNK = 500
# Columns a caller may set; everything else is kept by the services.
FIELDS = frozenset(
    {
        "asset_tag",
        "name",
        "serial_number",
        "model_id",
        "category_id",
        "status",
        "location_id",
        "home_location_id",
        "custodian_id",
        "due_at",
        "condition",
        "purchase_date",
        "purchase_cost_cents",
        "currency",
        "supplier",
        "order_number",
        "warranty_months",
        "eol_date",
        "notes",
        "custom",
    }
)
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "name": "",
    "status": Stage.IN_STOCK,
    "custom": {},
}


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """A new asset: column values with ids resolved, and further identifiers (scheme, value)."""

    fields: Mapping[str, Any]
    identifiers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class AssetChange:
    """What becomes of one asset: only the fields that are to be set."""

    asset_id: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    add_identifiers: Sequence[tuple[str, str]] = ()
    end_identifiers: Sequence[tuple[str, str]] = ()


def actor_key(actor: Actor) -> str:
    """Name an actor in the history: a user by whatever device, or a token."""
    return f"user:{actor.user_id}" if actor.user_id is not None else f"token:{actor.id}"


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
    """Create assets and give their ids in order.

    :param kind: created, imported or audited.
    :raises Conflict: a tag or another identifier is taken; the message names it.
    :raises Invalid: a draft has no tag or a field that is not known.
    """
    ids: list[int] = []
    for start in range(0, len(drafts), CHUNK):
        chunk = drafts[start : start + CHUNK]
        ids += _create_chunk(session, chunk, kind=kind, actor=actor, now=now, audit_id=audit_id)
    return ids


def _create_chunk(
    session: Session,
    drafts: Sequence[AssetDraft],
    *,
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> list[int]:
    at = moment_of(now)
    rows = [_new_row(draft, at=at, now=now) for draft in drafts]
    identifiers = [_all_identifiers(row, draft) for row, draft in zip(rows, drafts, strict=True)]
    _check_free(session, [pair for pairs in identifiers for pair in pairs])
    # One statement; the database gives the ids back in the order of the rows.
    ids = list(
        session.scalars(insert(Asset).returning(Asset.id, sort_by_parameter_order=True), rows)
    )
    session.execute(
        insert(Identifier),
        [
            {"scheme": scheme, "value": value, "asset_id": id_, "started_at": at}
            for id_, pairs in zip(ids, identifiers, strict=True)
            for scheme, value in pairs
        ],
    )
    session.execute(
        insert(RegisterChange),
        [
            {
                "asset_id": id_,
                "at": at,
                "kind": kind,
                "actor": actor,
                "audit_id": audit_id,
                "changes": {"asset_tag": [None, row["asset_tag"]]},
                "sets_status": row["status"],
                "sets_location": True,
                "location_id": row["location_id"],
                "sets_custodian": True,
                "custodian_id": row["custodian_id"],
            }
            for id_, row in zip(ids, rows, strict=True)
        ],
    )
    pairs = list(zip(ids, rows, strict=True))
    insert_spans(
        session,
        [(i, Span(r["location_id"], at)) for i, r in pairs if r["location_id"] is not None],
        Placement,
    )
    insert_spans(
        session,
        [
            (i, Span(r["custodian_id"], at, None, r["due_at"]))
            for i, r in pairs
            if r["custodian_id"] is not None
        ],
        Custody,
    )
    return ids


def _new_row(draft: AssetDraft, *, at: datetime, now: datetime) -> dict[str, Any]:
    _check_fields(draft.fields)
    row = {**DEFAULTS, **draft.fields}
    tag = str(row["asset_tag"] or "").strip()
    if not tag:
        raise Invalid("An asset needs a tag.", errors={"asset_tag": ["Missing."]})
    row["asset_tag"] = tag
    row["tag_key"] = tag_key(tag)
    row["state_at"] = at
    row["created_at"] = row["updated_at"] = now
    return row


def _check_fields(fields: Mapping[str, Any]) -> None:
    unknown = sorted(set(fields) - FIELDS)
    if unknown:
        raise Invalid("Unknown fields.", errors={name: ["Unknown field."] for name in unknown})


def _all_identifiers(row: Mapping[str, Any], draft: AssetDraft) -> list[tuple[str, str]]:
    pairs = [("tag", str(row["tag_key"]))]
    if row["serial_number"]:
        pairs.append(("serial", tag_key(str(row["serial_number"]))))
    return list(dict.fromkeys([*pairs, *draft.identifiers]))


def _check_free(session: Session, pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse identifiers that mean something already, or stand twice among the new ones."""
    wanted = [pair for pair in pairs if pair[0] != "serial"]
    seen: set[tuple[str, str]] = set()
    for pair in wanted:
        if pair in seen:
            raise Conflict(f"{_say(pair)} stands twice.", code="identifier_taken")
        seen.add(pair)
    values = sorted({value for _, value in wanted})
    taken: set[tuple[str, str]] = set()
    for start in range(0, len(values), 5000):
        rows = session.execute(
            select(Identifier.scheme, Identifier.value).where(
                Identifier.value.in_(values[start : start + 5000]), Identifier.ended_at.is_(None)
            )
        )
        taken |= {(row.scheme, row.value) for row in rows} & seen
    if taken:
        first = min(taken)
        code = "tag_taken" if first[0] == "tag" else "identifier_taken"
        raise Conflict(f"{_say(first)} is taken already.", code=code)


def _say(pair: tuple[str, str]) -> str:
    return f"Asset tag {pair[1]}" if pair[0] == "tag" else f"Identifier {pair[0]}:{pair[1]}"


# -- changing ----------------------------------------------------------------------------------


def change_assets(
    session: Session,
    *,
    changes: Sequence[AssetChange],
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None = None,
) -> int:
    """Change assets and give how many really changed; what stays as it is writes nothing.

    :param kind: edited, imported or audited.
    :raises Conflict: a tag or another identifier is taken.
    """
    changed = 0
    for start in range(0, len(changes), CHUNK):
        changed += _change_chunk(
            session,
            changes[start : start + CHUNK],
            kind=kind,
            actor=actor,
            now=now,
            audit_id=audit_id,
        )
    return changed


def _change_chunk(
    session: Session,
    changes: Sequence[AssetChange],
    *,
    kind: str,
    actor: str,
    now: datetime,
    audit_id: int | None,
) -> int:
    at = moment_of(now)
    wanted = sorted({change.asset_id for change in changes})
    assets = {
        asset.id: asset
        for asset in session.scalars(
            select(Asset)
            .where(Asset.id.in_(wanted))
            .order_by(Asset.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    names = _Names(session)
    updates: dict[frozenset[str], list[dict[str, Any]]] = {}
    history: list[dict[str, Any]] = []
    ending: list[tuple[int, str, str]] = []
    adding: list[tuple[int, str, str]] = []
    custody: list[tuple[int, Turns]] = []
    placements: list[tuple[int, Turns]] = []
    for change in changes:
        asset = assets.get(change.asset_id)
        if asset is None:
            raise Invalid("There is no such asset.", errors={"asset_id": ["Unknown."]})
        _check_fields(change.fields)
        differing = {
            name: value for name, value in change.fields.items() if getattr(asset, name) != value
        }
        if "asset_tag" in differing:
            _retag(asset, differing, ending, adding)
        if "serial_number" in differing:
            _reserial(asset, differing, ending, adding)
        adding += [(asset.id, *pair) for pair in change.add_identifiers]
        ending += [(asset.id, *pair) for pair in change.end_identifiers]
        if not differing and not change.add_identifiers and not change.end_identifiers:
            continue
        history.append(
            {
                "asset_id": asset.id,
                # Never before what was judged last: the register speaks of now.
                "at": max(at, asset.state_at) if _touches_state(differing) else at,
                "kind": kind,
                "actor": actor,
                "audit_id": audit_id,
                "changes": names.describe(asset, differing, change),
                "sets_status": differing.get("status"),
                "sets_location": "location_id" in differing,
                "location_id": differing.get("location_id"),
                "sets_custodian": "custodian_id" in differing,
                "custodian_id": differing.get("custodian_id"),
            }
        )
        effective = history[-1]["at"]
        _turn(custody, asset.id, asset.custodian_id, differing, "custodian_id", effective)
        _turn(placements, asset.id, asset.location_id, differing, "location_id", effective)
        if differing:
            row = {**differing, "updated_at": now}
            if _touches_state(differing):
                row["state_at"] = effective
            updates.setdefault(frozenset(row), []).append({**row, "the_id": asset.id})
    _write_identifiers(session, ending, adding, at)
    for names_set, rows in updates.items():
        statement = (
            update(Asset)
            .where(Asset.id == bindparam("the_id"))
            .values({name: bindparam(name) for name in sorted(names_set)})
        )
        session.connection().execute(statement, rows)
    write_turns(session, custody, Custody)
    write_turns(session, placements, Placement)
    if history:
        session.execute(insert(RegisterChange), history)
    for asset in assets.values():
        session.expire(asset)
    return len(history)


def _touches_state(fields: Mapping[str, Any]) -> bool:
    return not fields.keys().isdisjoint({"status", "location_id", "custodian_id"})


def _turn(
    turns: list[tuple[int, Turns]],
    asset_id: int,
    before: int | None,
    differing: Mapping[str, Any],
    name: str,
    at: datetime,
) -> None:
    if name not in differing:
        return
    after = differing[name]
    due_at = differing.get("due_at") if name == "custodian_id" else None
    spans = [Span(after, at, None, due_at)] if after is not None else []
    turns.append((asset_id, Turns(at if before is not None else None, spans)))


def _retag(
    asset: Asset,
    differing: dict[str, Any],
    ending: list[tuple[int, str, str]],
    adding: list[tuple[int, str, str]],
) -> None:
    tag = str(differing["asset_tag"] or "").strip()
    if not tag:
        raise Invalid("An asset needs a tag.", errors={"asset_tag": ["Missing."]})
    key = tag_key(tag)
    differing["asset_tag"] = tag
    if key != asset.tag_key:
        differing["tag_key"] = key
        ending.append((asset.id, "tag", asset.tag_key))
        adding.append((asset.id, "tag", key))


def _reserial(
    asset: Asset,
    differing: Mapping[str, Any],
    ending: list[tuple[int, str, str]],
    adding: list[tuple[int, str, str]],
) -> None:
    if asset.serial_number:
        ending.append((asset.id, "serial", tag_key(asset.serial_number)))
    if differing["serial_number"]:
        adding.append((asset.id, "serial", tag_key(differing["serial_number"])))


def _write_identifiers(
    session: Session,
    ending: Sequence[tuple[int, str, str]],
    adding: Sequence[tuple[int, str, str]],
    at: datetime,
) -> None:
    if ending:
        statement = (
            update(Identifier)
            .where(
                Identifier.asset_id == bindparam("the_asset"),
                Identifier.scheme == bindparam("the_scheme"),
                Identifier.value == bindparam("the_value"),
                Identifier.ended_at.is_(None),
            )
            .values(ended_at=at)
        )
        session.connection().execute(
            statement,
            [{"the_asset": i, "the_scheme": s, "the_value": v} for i, s, v in ending],
        )
    if adding:
        _check_free(session, [(scheme, value) for _, scheme, value in adding])
        session.execute(
            insert(Identifier),
            [
                {"asset_id": i, "scheme": s, "value": v, "started_at": at}
                for i, s, v in dict.fromkeys(adding)
            ],
        )


class _Names:
    """Says old and new values as people know them; ids become names."""

    TABLES = {  # noqa: RUF012 - a constant of the class
        "location_id": ("location", Location, Location.code),
        "home_location_id": ("home_location", Location, Location.code),
        "custodian_id": ("custodian", Person, Person.name),
        "model_id": ("model", AssetModel, AssetModel.name),
        "category_id": ("category", Category, Category.name),
    }

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, int], str] = {}

    def describe(
        self, asset: Asset, differing: Mapping[str, Any], change: AssetChange
    ) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for name, value in differing.items():
            if name in {"tag_key", "due_at"}:
                continue
            shown, *_ = self.TABLES.get(name, (name, None, None))
            shown = shown.removesuffix("_cents")
            changes[shown] = [self._say(name, getattr(asset, name)), self._say(name, value)]
        for scheme, value in change.add_identifiers:
            changes[f"identifier {scheme}"] = [None, value]
        for scheme, value in change.end_identifiers:
            changes[f"identifier {scheme}"] = [value, None]
        return changes

    def _say(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.TABLES:
            _, table, column = self.TABLES[name]
            key = (name, int(value))
            if key not in self._known:
                self._known[key] = str(
                    self._session.scalar(select(column).where(table.id == value))
                )
            return self._known[key]
        if name == "purchase_cost_cents":
            return f"{value // 100}.{value % 100:02d}"
        if isinstance(value, Stage):
            return value.value
        return value.isoformat() if isinstance(value, date | datetime) else value
