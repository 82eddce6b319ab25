"""Merge two spellings of a maker, or two models that are one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.checklists import checklist_key
from scanner_app.models import (
    Asset,
    AssetModel,
    Base,
    Checklist,
    DepreciationUse,
    ReplacementPrice,
    StockItem,
)
from scanner_app.queries.register.known_values import name_one
from scanner_app.services.register.merging.base import Merge, edit_assets, refuse_same
from scanner_app.services.register.merging.policies import rename_in_policies

OWN = (DepreciationUse, ReplacementPrice)
"""What a model has once or not at all: the one that stays keeps its own."""
APART = {Asset.__tablename__, Checklist.__tablename__, *(one.__tablename__ for one in OWN)}


def merge_models(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Make all assets of a model assets of another one, and remove it.

    Each asset gets its change in its history. Orders, kits, reservations, checklists, pictures,
    policies and whatever else names the model names the other one from then on; of what a model
    has once (its book values, its price, a checklist of a kind) the one that stays keeps its own.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: a model does not exist, or both are one.
    """
    gone, kept = _find_model(session, old, "old"), _find_model(session, new, "new")
    if gone.id == kept.id:
        raise refuse_same()
    merge = Merge(_count_assets(session, [gone.id]), others=_count_others(session, gone.id))
    if not is_forecast:
        _merge_model(session, gone, kept, actor, now)
    return merge


def merge_makers(
    session: Session, *, old: str, new: str, actor: Actor, now: datetime, is_forecast: bool = False
) -> Merge:
    """Change the maker of all models and stock items that have one.

    A model that the other maker has already, with the same name and number, becomes that one.

    :param is_forecast: write nothing; return what would change.
    :raises Invalid: nothing has the maker, or both are one.
    """
    new = " ".join(new.split())
    if not new or old == new:
        raise refuse_same()
    of_old = select(AssetModel).where(AssetModel.manufacturer == old).order_by(AssetModel.id)
    models = session.scalars(of_old).all()
    items = session.scalars(select(StockItem).where(StockItem.manufacturer == old)).all()
    if not models and not items:
        raise Invalid("Nothing has this maker.", errors={"old": ["Choose one of the list."]})
    assets = _count_assets(session, [model.id for model in models])
    if not is_forecast:
        for model in models:
            _change_maker(session, model, new, actor, now)
        for item in items:
            item.manufacturer = new
        session.flush()
    return Merge(assets, len(models), len(items))


def _change_maker(
    session: Session, model: AssetModel, new: str, actor: Actor, now: datetime
) -> None:
    twin = session.scalar(
        select(AssetModel).where(
            AssetModel.name == model.name,
            AssetModel.model_number == model.model_number,
            AssetModel.manufacturer == new,
        )
    )
    if twin is None:
        model.manufacturer = new
    else:
        _merge_model(session, model, twin, actor, now)


def _merge_model(
    session: Session, gone: AssetModel, kept: AssetModel, actor: Actor, now: datetime
) -> None:
    ids = session.scalars(select(Asset.id).where(Asset.model_id == gone.id)).all()
    edit_assets(session, ids, {"model_id": kept.id}, actor=actor, now=now)
    for table, column in naming_tables():
        of_gone = table.c[column] == gone.id
        session.execute(update(table).where(of_gone).values({column: kept.id}))
    for own in OWN:
        if session.scalar(select(own.model_id).where(own.model_id == kept.id)) is None:
            of_one = own.model_id == gone.id
            session.execute(update(own).where(of_one).values(model_id=kept.id))
    for checklist in session.scalars(select(Checklist).where(Checklist.model_id == gone.id)):
        key = checklist_key(checklist.kind, None, kept.id)
        if session.scalar(select(Checklist.id).where(Checklist.key == key)) is None:
            checklist.model_id, checklist.key = kept.id, key
    kept.category_id = kept.category_id or gone.category_id
    kept.min_in_stock = gone.min_in_stock if kept.min_in_stock is None else kept.min_in_stock
    old_name, new_name = gone.name, kept.name
    session.flush()
    session.execute(delete(AssetModel).where(AssetModel.id == gone.id))
    if session.scalar(select(AssetModel.id).where(AssetModel.name == old_name).limit(1)) is None:
        rename_in_policies(session, "models", old=old_name, new=new_name, actor=actor, now=now)


def naming_tables() -> Iterator[tuple[Table, str]]:
    """Yield each table that names a model in any number of its rows, with the column."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is AssetModel.__table__ and table.name not in APART:
                yield table, key.parent.name


def _count_assets(session: Session, models: list[int]) -> int:
    return session.scalar(select(func.count(Asset.id)).where(Asset.model_id.in_(models))) or 0


def _count_others(session: Session, model_id: int) -> int:
    return sum(
        session.scalar(select(func.count()).where(table.c[column] == model_id)) or 0
        for table, column in naming_tables()
    )


def _find_model(session: Session, name: str, field: str) -> AssetModel:
    for model in session.scalars(select(AssetModel).order_by(AssetModel.id)):
        if name_one(model) == name:
            return model
    raise Invalid(f"There is no model “{name[:64]}”.", errors={field: ["Choose one of the list."]})
