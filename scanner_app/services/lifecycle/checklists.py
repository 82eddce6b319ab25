"""The items that a new maintenance starts with, by category."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.tasks import read_items
from scanner_app.models import Category, Checklist
from scanner_app.services.lifecycle.tasks import pack_items


def save_checklist(
    session: Session, *, category: str, text: str, actor: Actor, now: datetime
) -> None:
    """Set the items of a category, one a line; no items take the checklist away.

    :param category: its name; empty for all that have no checklist.
    :raises Invalid: the category does not exist, or the items cannot be used.
    """
    category_id: int | None = None
    if category.strip():
        category_id = session.scalar(select(Category.id).where(Category.name == category.strip()))
        if category_id is None:
            problem = "No category has this name. Choose one of the list."
            raise Invalid(problem, errors={"category": [problem]})
    try:
        items = read_items(text)
    except ValueError as error:
        raise Invalid(str(error), errors={"items": [str(error)]}) from None
    key = str(category_id or "")
    row = session.scalar(select(Checklist).where(Checklist.key == key).with_for_update())
    if not items:
        session.execute(delete(Checklist).where(Checklist.key == key))
        return
    if row is None:
        row = Checklist(category_id=category_id, key=key, version=0)
        session.add(row)
    row.items, row.version = pack_items(items), row.version + 1
    row.changed_at, row.changed_by = now, actor.name
    session.flush()
