"""One edit of many assets, people or locations: the rules of a single edit for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage, can_step
from scanner_app.domain.register.many import ManyRows, RowResult
from scanner_app.domain.scanning.many import ManyResult
from scanner_app.models import Asset, Category, Custody, Location, Person
from scanner_app.queries.register.locations import get_location
from scanner_app.queries.register.people import get_person
from scanner_app.services.register.by_hand import (
    Current,
    find_place,
    no_such_step,
    settle_state,
)
from scanner_app.services.register.codes import CHUNK
from scanner_app.services.register.locations import edit_location
from scanner_app.services.register.model_names import find_or_make_category
from scanner_app.services.register.people import edit_person
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.sql.value_list import is_among

# The columns that an edit of many changes, and what they are called.
_WORDS = {
    "status": "status",
    "location_id": "location",
    "home_location_id": "home location",
    "category_id": "category",
    "custodian_id": "assigned person",
}
_NAMES = (*_WORDS, "due_at")
# What these name has to be there still when it is written again.
_TABLES: Mapping[str, type[Location | Category | Person]] = {
    "location_id": Location,
    "home_location_id": Location,
    "category_id": Category,
    "custodian_id": Person,
}
_ASSET = Asset.__table__.c
_LOCKED = (
    select(Asset.id, Asset.asset_tag, Asset.name, *(getattr(Asset, name) for name in _NAMES))
    .where(is_among(_ASSET.id, "ids"))
    .order_by(Asset.id)
    .with_for_update()
)


def change_many(
    session: Session,
    *,
    asset_ids: Sequence[int],
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    is_forecast: bool = False,
) -> list[ManyResult]:
    """Change one field of many assets, and return what became of each, by tag.

    Each is judged as an edit of that asset alone would be. One that is refused does not stop the
    others.

    :param values: `location`, `home_location`, `category` or `status`, as for `edit_asset`.
    :param is_forecast: write nothing; return what would become of each.
    :raises Invalid: the value names nothing.
    """
    fields = _resolve(session, values, now, is_forecast=is_forecast)
    results: list[ManyResult] = []
    ids = sorted(set(asset_ids))  # two edits of the same assets lock them in the same order
    for start in range(0, len(ids), CHUNK):
        changes: list[AssetChange] = []
        part = ids[start : start + CHUNK]
        for row in session.execute(_LOCKED, {"ids": part}).mappings():
            result, change = _judge(row, fields, actor)
            results.append(result)
            if change:
                changes.append(AssetChange(row["id"], change))
        if changes and not is_forecast:
            change_assets(
                session, changes=changes, kind=ChangeKind.EDITED, actor=actor.key, now=now
            )
    return sorted(results, key=lambda result: result.asset_tag)


def _resolve(
    session: Session, values: Mapping[str, Any], now: datetime, *, is_forecast: bool
) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    fields: dict[str, Any] = {}
    for name in ("location", "home_location"):
        if name in values:
            fields[f"{name}_id"] = find_place(session, name, values[name], now, errors)
    if "category" in values:
        name = " ".join(values["category"].split())
        if is_forecast:  # a new category is made by the change alone
            known = session.execute(select(Category.id, Category.name))
            found = [id_ for id_, one in known if one.casefold() == name.casefold()]
            fields["category_id"] = found[0] if found else -1
        else:
            fields["category_id"] = find_or_make_category(session, name)
    if "status" in values:
        fields["status"] = values["status"]
    if errors:
        raise Invalid("This value cannot be used.", errors=errors)
    return fields


def _judge(
    row: Mapping[Any, Any], fields: Mapping[str, Any], actor: Actor
) -> tuple[ManyResult, dict[str, Any] | None]:
    """Return what becomes of one asset, and the columns to write; None where nothing is."""

    def end(kind: str, reason: str = "") -> ManyResult:
        return ManyResult(row["id"], row["asset_tag"], row["name"], kind, reason)

    change = dict(fields)
    wanted: Stage | None = fields.get("status")
    if wanted is not None:
        if not can_step(row["status"], wanted):
            refusal = no_such_step(row["asset_tag"], row["status"], wanted)
            return end("refused", refusal.message), None
        change = {}
        settle_state({"status": wanted}, Current(row["status"], row["custodian_id"]), change)
        is_returned = change.get("custodian_id", row["custodian_id"]) != row["custodian_id"]
        if is_returned and not actor.can(Action.CHANGE_CUSTODY):
            return end("refused", "Your role may not end its assignment."), None
    if all(row[name] == value for name, value in change.items()):
        return end("left", "It is so already."), None
    before = {name: row[name] for name in change}
    if "custodian_id" in change:
        before["due_at"] = row["due_at"]
    return replace(end("changed"), before=before, after=change), change


@dataclass(frozen=True, slots=True)
class UndoneAsset:
    """What an edit of many made of one asset, and what it was before."""

    asset_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def undo_many(
    session: Session,
    *,
    assets: Sequence[UndoneAsset],
    since: datetime,
    actor: Actor,
    now: datetime,
) -> list[ManyResult]:
    """Take an edit of many back, and return what became of each asset, by tag.

    One that somebody changed since is refused, and does not stop the others.

    :param since: when the edit was made.
    """
    gone = _find_gone(session, assets)
    results: list[ManyResult] = []
    ordered = sorted(assets, key=lambda one: one.asset_id)
    for start in range(0, len(ordered), CHUNK):
        part = {one.asset_id: one for one in ordered[start : start + CHUNK]}
        changes: list[AssetChange] = []
        rows = session.execute(_LOCKED, {"ids": list(part)}).mappings().all()
        assigned = _find_assigned(session, list(part), since)
        for row in rows:
            one = part[row["id"]]
            reason = _why_not_undone(row, one, actor, gone, assigned)
            kind = "refused" if reason else "changed"
            results.append(ManyResult(row["id"], row["asset_tag"], row["name"], kind, reason))
            if not reason:
                changes.append(AssetChange(row["id"], dict(one.before)))
        if changes:
            change_assets(
                session, changes=changes, kind=ChangeKind.UNDONE, actor=actor.key, now=now
            )
    return sorted(results, key=lambda result: result.asset_tag)


def _find_gone(session: Session, assets: Sequence[UndoneAsset]) -> set[tuple[str, int]]:
    """Return which columns would name a row that is not there any more."""
    gone: set[tuple[str, int]] = set()
    for name, table in _TABLES.items():
        wanted = {one.before[name] for one in assets if one.before.get(name) is not None}
        there = select(table.id).where(is_among(table.__table__.c.id, "ids"))
        known = set(session.scalars(there, {"ids": sorted(wanted)})) if wanted else set()
        gone |= {(name, id_) for id_ in wanted - known}
    return gone


def _find_assigned(session: Session, asset_ids: list[int], since: datetime) -> set[int]:
    """Return which assets were assigned after a moment, though they may be nobody's again."""
    custody = Custody.__table__.c
    assigned = select(custody.asset_id).where(
        is_among(custody.asset_id, "ids"), custody.started_at > since
    )
    return set(session.scalars(assigned, {"ids": asset_ids}))


def _why_not_undone(
    row: Mapping[Any, Any],
    one: UndoneAsset,
    actor: Actor,
    gone: set[tuple[str, int]],
    assigned: set[int],
) -> str:
    """Return why the edit of one asset is not taken back; empty if it is."""
    if "custodian_id" in one.after and one.asset_id in assigned:
        return "Somebody changed its assigned person since."
    for name, word in _WORDS.items():
        if name in one.after and row[name] != one.after[name]:
            return f"Somebody changed its {word} since."
        if (name, one.before.get(name)) in gone:
            return f"Its {word} from before is not in the register any more."
    if "custodian_id" in one.before and not actor.can(Action.CHANGE_CUSTODY):
        return "Your role may not assign it again."
    return ""


Value = str | bool | None


def change_rows(
    session: Session, *, do: ManyRows, refs: Sequence[str], value: Value, now: datetime
) -> list[RowResult]:
    """Change one field of many rows, and return what became of each.

    One that is refused does not stop the others.
    """
    return [_change(session, do, ref, value, now) for ref in dict.fromkeys(refs)]


def undo_rows(
    session: Session, *, do: ManyRows, value: Value, before: Mapping[str, Value], now: datetime
) -> list[RowResult]:
    """Write to each row the value that it had before, unless somebody changed it since."""
    results = []
    for ref, was in before.items():
        try:
            name, current = _read(session, do, ref)
        except NotFound as error:
            results.append(RowResult(ref, "", "refused", error.message))
            continue
        if current != value:
            results.append(RowResult(ref, name, "refused", "It was changed since."))
        else:
            results.append(_change(session, do, ref, was, now))
    return results


def _change(session: Session, do: ManyRows, ref: str, value: Value, now: datetime) -> RowResult:
    name = ""
    try:
        name, before = _read(session, do, ref)
        if before == value:
            return RowResult(ref, name, "left", "It is so already.", before)
        with session.begin_nested():
            if do.facts.list == "people":
                edit_person(session, ref=ref, values={do.facts.edits: value}, now=now)
            else:
                edit_location(session, code=ref, values={do.facts.edits: value}, now=now)
    except (Invalid, Conflict, NotFound) as error:
        texts = error.texts if isinstance(error, Invalid) else ()
        return RowResult(ref, name, "refused", texts[0] if texts else error.message)
    return RowResult(ref, name, "changed", "", before)


def _read(session: Session, do: ManyRows, ref: str) -> tuple[str, Value]:
    """Return the name of a row, and what the field is now.

    :raises NotFound: there is no such row.
    """
    row = get_person(session, ref) if do.facts.list == "people" else get_location(session, ref)
    return row.name, getattr(row, do.facts.edits)
