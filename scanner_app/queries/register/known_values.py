"""Values that the register knows, offered where people would otherwise invent another spelling."""

from __future__ import annotations

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from scanner_app.domain.spelling import find_nearest
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Contract,
    Person,
    StockItem,
    Supplier,
)
from scanner_app.queries.register.assets import list_categories

MAX_OFFERED = 500


def list_suppliers(session: Session) -> list[str]:
    """Return the names of suppliers that assets, contracts, stock items and orders have, sorted."""
    named = union(
        select(Asset.supplier.label("name")),
        select(Contract.supplier),
        select(StockItem.supplier),
        select(Supplier.name),
    ).subquery()
    statement = select(named.c.name).where(named.c.name != "").order_by(named.c.name)
    return list(session.scalars(statement.limit(MAX_OFFERED)))


def list_departments(session: Session) -> list[str]:
    """Return the departments of people, sorted."""
    rows = session.scalars(
        select(Person.department)
        .where(Person.department.is_not(None))
        .distinct()
        .order_by(Person.department)
        .limit(MAX_OFFERED)
    )
    return [name for name in rows if name]


def suggest_category(session: Session, name: str) -> str | None:
    """Return the known category that is most like a name, or None if none is like it."""
    known = {one.casefold(): one for one in list_categories(session)}
    wanted = name.casefold()
    longer = [one for one in sorted(known) if one.startswith(wanted) or wanted.startswith(one)]
    nearest = longer[0] if longer else find_nearest(wanted, known)
    return known[nearest] if nearest else None


def count_categories(session: Session) -> list[tuple[str, int]]:
    """Return each category with its assets, by name.

    An asset without a separate category counts for that of its model.
    """
    own = dict(
        session.execute(
            select(func.coalesce(Asset.category_id, AssetModel.category_id), func.count(Asset.id))
            .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
            .group_by(func.coalesce(Asset.category_id, AssetModel.category_id))
        ).all()
    )
    rows = session.execute(select(Category.id, Category.name))
    listed = [(name, own.get(id_, 0)) for id_, name in rows]
    return sorted(listed, key=lambda row: row[0].casefold())


def count_makers(session: Session) -> list[tuple[str, int]]:
    """Return each maker with the assets of its models, by name."""
    rows = session.execute(
        select(AssetModel.manufacturer, func.count(Asset.id))
        .outerjoin(Asset, Asset.model_id == AssetModel.id)
        .where(AssetModel.manufacturer != "")
        .group_by(AssetModel.manufacturer)
        .limit(MAX_OFFERED)
    )
    return sorted(((name, count) for name, count in rows), key=lambda row: row[0].casefold())


def count_models(session: Session) -> list[tuple[str, int]]:
    """Return each model by its maker, name and number, with its assets."""
    counts = (
        select(Asset.model_id, func.count(Asset.id).label("assets"))
        .group_by(Asset.model_id)
        .subquery()
    )
    rows = session.execute(
        select(AssetModel, func.coalesce(counts.c.assets, 0))
        .outerjoin(counts, counts.c.model_id == AssetModel.id)
        .order_by(AssetModel.manufacturer, AssetModel.name, AssetModel.model_number)
        .limit(MAX_OFFERED)
    )
    return [(name_one(model), count) for model, count in rows]


def name_one(model: AssetModel) -> str:
    """Return the words that name one model among all: its maker, name and number."""
    return " · ".join(filter(None, (model.manufacturer, model.name, model.model_number)))


def count_suppliers(session: Session) -> list[tuple[str, int]]:
    """Return each supplier with its assets, by name."""
    rows = session.execute(
        select(Asset.supplier, func.count(Asset.id))
        .where(Asset.supplier.is_not(None), Asset.supplier != "")
        .group_by(Asset.supplier)
        .order_by(Asset.supplier)
        .limit(MAX_OFFERED)
    )
    return [(name or "", count) for name, count in rows]
