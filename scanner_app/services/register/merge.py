"""Merge two spellings of one thing: a category or a supplier becomes another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import Asset, AssetModel, Category
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets


@dataclass(frozen=True, slots=True)
class Merge:
    """How many assets and models a merge changes."""

    assets: int
    models: int = 0


def merge_categories(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the category of all assets and models that have one, and remove it.

    Each asset gets its change in its history.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: a category does not exist, or both are one.
    """
    old_id, new_id = _find_category(session, old, "old"), _find_category(session, new, "new")
    if old_id == new_id:
        raise Invalid("Choose two different ones.", errors={"new": ["Choose another one."]})
    ids = list(session.scalars(select(Asset.id).where(Asset.category_id == old_id)))
    of_old = AssetModel.category_id == old_id
    merge = Merge(len(ids), session.scalar(select(func.count(AssetModel.id)).where(of_old)) or 0)
    if not is_forecast:
        _change(session, ids, {"category_id": new_id}, actor, now)
        session.execute(update(AssetModel).where(of_old).values(category_id=new_id))
        session.execute(delete(Category).where(Category.id == old_id))
    return merge


def merge_suppliers(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the supplier of all assets that have one.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: no asset has the supplier, or both are one.
    """
    new = " ".join(new.split())
    if not new or old == new:
        raise Invalid("Choose two different ones.", errors={"new": ["Choose another one."]})
    ids = list(session.scalars(select(Asset.id).where(Asset.supplier == old)))
    if not ids:
        raise Invalid("No asset has this supplier.", errors={"old": ["Choose one of the list."]})
    if not is_forecast:
        _change(session, ids, {"supplier": new}, actor, now)
    return Merge(len(ids))


def _change(
    session: Session, ids: list[int], fields: dict[str, Any], actor: Actor, now: datetime
) -> None:
    changes = [AssetChange(id_, fields) for id_ in ids]
    change_assets(session, changes=changes, kind=ChangeKind.EDITED, actor=actor.key, now=now)


def _find_category(session: Session, name: str, field: str) -> int:
    found = session.scalar(select(Category.id).where(Category.name == name))
    if found is None:
        raise Invalid(
            f"There is no category “{name[:64]}”.", errors={field: ["Choose one of the list."]}
        )
    return found
