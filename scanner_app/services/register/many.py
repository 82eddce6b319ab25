"""One edit of many assets: the rules of a single edit for each, and why some are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage, can_step
from scanner_app.domain.scanning.many import ManyResult
from scanner_app.models import Asset, Category
from scanner_app.services.register.by_hand import (
    Current,
    find_place,
    no_such_step,
    settle_state,
)
from scanner_app.services.register.codes import CHUNK
from scanner_app.services.register.model_names import find_or_make_category
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.sql.value_list import is_among

_NAMES = ("status", "location_id", "home_location_id", "category_id", "custodian_id")
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
    return end("changed"), change
