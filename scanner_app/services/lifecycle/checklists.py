"""The items that a new task starts with, by what it is for and by model or category."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.checklists import ChecklistKind, Item, checklist_key, read_items
from scanner_app.models import Asset, AssetModel, Category, Checklist
from scanner_app.services.lifecycle.tasks import pack_items, unpack_items


def save_checklist(
    session: Session,
    *,
    category: str,
    text: str,
    actor: Actor,
    now: datetime,
    kind: ChecklistKind = ChecklistKind.MAINTENANCE,
    model: str = "",
) -> None:
    """Set the items of a category or a model, one a line; no items take the checklist away.

    :param category: its name; empty, as the model's too, for all that have no checklist.
    :param model: its name; a model's checklist goes before its category's.
    :raises Invalid: the category or the model does not exist, or the items cannot be used.
    """
    category, model = category.strip(), model.strip()
    if category and model:
        problem = "Choose a category or a model, not both."
        raise Invalid(problem, errors={"model": [problem]})
    category_id = find_named(session, Category, category, "category")
    model_id = find_named(session, AssetModel, model, "model")
    try:
        items = read_items(text)
    except ValueError as error:
        raise Invalid(str(error), errors={"items": [str(error)]}) from None
    key = checklist_key(kind, category_id, model_id)
    row = session.scalar(select(Checklist).where(Checklist.key == key).with_for_update())
    if not items:
        session.execute(delete(Checklist).where(Checklist.key == key))
        return
    if row is None:
        row = Checklist(kind=kind, category_id=category_id, model_id=model_id, key=key, version=0)
        session.add(row)
    row.items, row.version = pack_items(items), row.version + 1
    row.changed_at, row.changed_by = now, actor.name
    session.flush()


def find_items(session: Session, kind: ChecklistKind, *, asset_id: int) -> list[Item]:
    """Return the items for an asset: its model's, else its category's, else those for all others.

    There are none if no checklist is for it.
    """
    row = session.execute(
        select(Asset.model_id, func.coalesce(Asset.category_id, AssetModel.category_id))
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(Asset.id == asset_id)
    ).one_or_none()
    model_id, category_id = row if row is not None else (None, None)
    keys = [checklist_key(kind, None, None)]
    if category_id is not None:
        keys.insert(0, checklist_key(kind, category_id, None))
    if model_id is not None:
        keys.insert(0, checklist_key(kind, None, model_id))
    rows = session.execute(select(Checklist.key, Checklist.items).where(Checklist.key.in_(keys)))
    known = {key: items for key, items in rows}  # noqa: C416 - mypy takes no rows for pairs
    found = next((known[key] for key in keys if key in known), None)
    return unpack_items(found) if found is not None else []


def find_named(
    session: Session, table: type[Category | AssetModel], name: str, field: str
) -> int | None:
    """Return the id of the category or model of a name; None without a name.

    :param field: what it is called where it was typed: `category` or `model`.
    :raises Invalid: nothing has the name, or several models do.
    """
    if not name:
        return None
    ids = session.scalars(select(table.id).where(table.name == name).limit(2)).all()
    if not ids:
        problem = f"No {field} has this name. Choose one of the list."
        raise Invalid(problem, errors={field: [problem]})
    if len(ids) > 1:
        problem = f"Several makers have a {field} of this name. Rename one of them first."
        raise Invalid(problem, errors={field: [problem]})
    return ids[0]
