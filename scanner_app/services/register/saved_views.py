"""Save a list with its filters under a name, and remove it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Invalid, NotAllowed, NotFound
from scanner_app.domain.text import is_storable
from scanner_app.models import SavedView

LISTS = ("assets", "people", "locations")
MAX_NAME = 60
MAX_QUERY = 2000
MAX_VIEWS = 40


def save_view(
    session: Session,
    *,
    list_: str,
    name: str,
    query: str,
    is_shared: bool,
    actor: Actor,
    now: datetime,
) -> int:
    """Save a view and return its id. A view of the same person with this name is replaced.

    :raises Invalid: the name is empty or too long, or the person has too many views.
    """
    name = " ".join(name.split())
    if list_ not in LISTS or len(query) > MAX_QUERY or not is_storable(query):
        raise Invalid("This list cannot be saved. Start again from the list.")
    if not name or len(name) > MAX_NAME or not is_storable(name):
        raise Invalid(f"Give the view a name of 1 to {MAX_NAME} characters.")
    own = SavedView.user_id == actor.user_id
    view = session.scalar(
        select(SavedView).where(own, SavedView.list == list_, SavedView.name == name)
    )
    if view is None:
        count = session.scalar(select(func.count(SavedView.id)).where(own)) or 0
        if count >= MAX_VIEWS:
            raise Invalid(f"You have {MAX_VIEWS} views. Remove one first.")
        view = SavedView(user_id=actor.user_id, list=list_, name=name, created_at=now)
        session.add(view)
    view.query, view.is_shared = query, is_shared
    session.flush()
    return view.id


def remove_view(session: Session, *, view_id: int, actor: Actor) -> str:
    """Remove a view and return its name.

    :raises NotFound: it does not exist, or it is another person's own.
    :raises NotAllowed: it is shared by somebody else, and the actor is not an admin.
    """
    view = session.get(SavedView, view_id)
    is_own = view is not None and view.user_id == actor.user_id
    if view is None or not (is_own or view.is_shared):
        raise NotFound("This view does not exist. It may have been removed.")
    if not is_own and not actor.can(Action.MANAGE_SETTINGS):
        raise NotAllowed("Only who saved this view, or an admin, may remove it.")
    name = view.name
    session.delete(view)
    return name
