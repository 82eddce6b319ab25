"""Open a maintenance for many devices at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models import Task
from scanner_app.services.lifecycle.tasks import MAX_TITLE
from scanner_app.sql.value_list import is_one_of

MAX_AT_ONCE = 1000
_RUNNING = (TaskState.PLANNED, TaskState.OPEN, TaskState.WAITING)


def open_for_all(
    session: Session,
    *,
    asset_ids: Collection[int],
    title: str,
    due_on: date | None,
    uuid: UUID,
    actor: Actor,
    now: datetime,
) -> tuple[int, int]:
    """Plan a maintenance of each asset; return how many are new, and how many run already.

    An asset that has one of this title that runs gets no second one. The same form sent twice opens
    nothing the second time.

    :param uuid: made by the form.
    :raises Invalid: nothing was chosen, too much was, or the title is missing.
    """
    title = " ".join(title.split())
    errors: dict[str, list[str]] = {}
    if not title or len(title) > MAX_TITLE:
        errors["title"] = [f"Say what is to be done, in 1 to {MAX_TITLE} characters."]
    if not asset_ids:
        errors["assets"] = ["Choose at least one device."]
    elif len(asset_ids) > MAX_AT_ONCE:
        errors["assets"] = [f"Choose at most {MAX_AT_ONCE:,} devices at once."]
    if errors:
        raise Invalid("No maintenance was opened.", errors=errors)
    running = _find_running(session, asset_ids, title)
    keys = {f"devices:{uuid}:{asset_id}": asset_id for asset_id in set(asset_ids) - running}
    known = set(session.scalars(select(Task.key).where(is_one_of(Task.key.expression, keys))))
    fresh = sorted((asset_id, key) for key, asset_id in keys.items() if key not in known)
    session.add_all(
        Task(
            key=key,
            kind=TaskKind.MAINTENANCE,
            state=TaskState.PLANNED,
            title=title,
            asset_id=asset_id,
            due_on=due_on,
            items={"items": []},
            data={},
            started_at=now,
            opened_by=actor.name,
        )
        for asset_id, key in fresh
    )
    session.flush()
    return len(fresh), len(running)


def _find_running(session: Session, asset_ids: Collection[int], title: str) -> set[int | None]:
    """Return the assets that have a maintenance of this title that runs."""
    rows = session.scalars(
        select(Task.asset_id).where(
            is_one_of(Task.asset_id.expression, asset_ids),
            Task.kind == TaskKind.MAINTENANCE,
            Task.title == title,
            Task.state.in_(_RUNNING),
        )
    )
    return set(rows)
