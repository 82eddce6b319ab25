"""Tasks as a scan of their code answers them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, page_of, write_number
from scanner_app.domain.scanning.answer import TaskCard
from scanner_app.models import Task


def load_task_cards(session: Session, ids: Collection[int]) -> dict[int, TaskCard]:
    """Return tasks by their ids. Asks nothing where none is wanted."""
    if not ids:
        return {}
    rows = session.execute(
        select(Task.id, Task.kind, Task.state, Task.title).where(Task.id.in_(ids))
    )
    cards = {}
    for id_, kind, state, title in rows:
        number = write_number(kind, id_)
        cards[id_] = TaskCard(
            number, kind.value, state.value, title, page_of(kind, number), state.facts.is_open
        )
    return cards


def find_running(session: Session, asset_ids: Collection[int]) -> dict[int, str]:
    """Return the number of the maintenance that runs for each asset, by the asset's id."""
    if not asset_ids:
        return {}
    rows = session.execute(
        select(Task.asset_id, Task.id)
        .where(
            Task.asset_id.in_(asset_ids),
            Task.kind == TaskKind.MAINTENANCE,
            Task.state.in_((TaskState.OPEN, TaskState.WAITING)),
        )
        .order_by(Task.id)
    )
    return {asset_id or 0: write_number(TaskKind.MAINTENANCE, id_) for asset_id, id_ in rows}
