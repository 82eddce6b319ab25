"""Selects over saved views: those that a person sees, and one by its id."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.models import SavedView, User

MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One saved view, with whose it is."""

    id: int
    user_id: int
    list: str
    name: str
    query: str
    is_shared: bool
    owner: str


def list_views(session: Session, *, list_: str, user_id: int) -> list[ViewRow]:
    """Return the views of a list that a person sees: their own first, then those of others."""
    rows = session.execute(
        select(
            SavedView.id,
            SavedView.user_id,
            SavedView.list,
            SavedView.name,
            SavedView.query,
            SavedView.is_shared,
            User.name,
        )
        .join(User, User.id == SavedView.user_id)
        .where(SavedView.list == list_, or_(SavedView.user_id == user_id, SavedView.is_shared))
        .order_by(SavedView.user_id != user_id, SavedView.name, SavedView.id)
        .limit(MAX_SHOWN)
    )
    return [ViewRow(*row) for row in rows]


def get_view(session: Session, view_id: int, *, user_id: int) -> ViewRow:
    """Return a view that a person sees.

    :raises NotFound: it does not exist, or it is another person's own.
    """
    view = session.get(SavedView, view_id)
    if view is None or not (view.is_shared or view.user_id == user_id):
        raise NotFound("This view does not exist. It may have been removed.")
    owner = session.get_one(User, view.user_id).name
    return ViewRow(view.id, view.user_id, view.list, view.name, view.query, view.is_shared, owner)
