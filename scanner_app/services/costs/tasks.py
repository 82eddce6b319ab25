"""What a task costs: parts that it used, out of stock, and what was paid for it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.expenses import Expense as Amount
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import MAX_CENTS
from scanner_app.domain.scanning import sentences
from scanner_app.domain.stock.acts import say_pieces
from scanner_app.domain.stock.items import MAX_QUANTITY, AccountKind
from scanner_app.models import Asset, Expense, Location, StockItem, StockMove, Task, TaskAnswer
from scanner_app.services.costs.expenses import add_expense
from scanner_app.services.lifecycle.tasks import lock_task
from scanner_app.services.stock.by_hand import require_item, require_location
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Holder, Refused, issue


def add_task_cost(
    session: Session,
    *,
    task_id: int,
    uuid: UUID,
    expense: Amount,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Add an expense to a task, and so to its asset. Sent again, it is added once.

    :raises NotFound: no task has this id.
    :raises Conflict: the task is not about an asset, or was cancelled, or the id is of another.
    """
    task, tag = _lock(session, task_id)
    add_expense(session, asset_tag=tag, uuid=uuid, expense=expense, note=note, actor=actor, now=now)
    row = session.scalars(select(Expense).where(Expense.uuid == uuid)).one()
    if row.task_id not in {None, task.id}:
        raise Conflict("This id belongs to another expense. Make a new one.", code="id_taken")
    row.task_id = task.id
    session.flush()


def use_part(
    session: Session,
    *,
    task_id: int,
    uuid: UUID,
    item: str,
    quantity: int,
    location: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a part out of stock for a task: a move of the ledger and, if it has a price, an expense.

    :param uuid: made by who sends it: the same part that comes again changes nothing.
    :param item: the code of a stock item; `location`: the code of where it is taken from.
    :raises NotFound: no task has this id.
    :raises Invalid: the item, the location or the number cannot be used.
    :raises Conflict: the task is not about an asset or was cancelled, or there are too few.
    """
    task, tag = _lock(session, task_id)
    if session.scalar(select(StockMove.id).where(StockMove.scan_id == uuid)) is not None:
        return
    _check_quantity(quantity)
    item_id = require_item(session, item)
    place_id = require_location(session, location)
    cost, currency = session.execute(
        select(StockItem.unit_cost_cents, StockItem.currency).where(StockItem.id == item_id)
    ).one()
    reason = f"Part of {task.title}"[:200]
    order = Order(now, now, actor, uuid, unit_cost_cents=cost, currency=currency, reason=reason)
    said = _take(session, task, item_id, quantity=quantity, place_id=place_id, order=order)
    cents = (cost or 0) * quantity
    if cents and currency and cents < MAX_CENTS:
        add_expense(
            session,
            asset_tag=tag,
            uuid=uuid,
            expense=Amount(ExpenseKind.PART, today, cents, currency),
            note=said[:200],
            actor=actor,
            now=now,
            source=ExpenseSource.DERIVED,
        )
        session.scalars(select(Expense).where(Expense.uuid == uuid)).one().task_id = task.id
        session.flush()


def _check_quantity(quantity: int) -> None:
    if not 0 < quantity <= MAX_QUANTITY:
        text = f"Give a whole number from 1 to {MAX_QUANTITY:,}."
        raise Invalid(text, errors={"quantity": [text]})


def _take(
    session: Session, task: Task, item_id: int, *, quantity: int, place_id: int, order: Order
) -> str:
    """Move a part to the asset of a task, note it on the task, and say what it was."""
    card = lock_items(session, [item_id])[item_id]
    holder = Holder(AccountKind.ASSET, task.asset_id or 0)
    done = issue(session, card, quantity=quantity, place_id=place_id, holder=holder, order=order)
    if isinstance(done, Refused):
        where = session.scalar(select(Location.name).where(Location.id == place_id))
        text = sentences.refused(done.refusal, thing=card.thing, there=done.there, where=where)
        raise Conflict(text, code=done.refusal.value)
    said = f"{say_pieces(quantity, card.unit)} of {card.thing}"
    session.add(
        TaskAnswer(
            uuid=order.scan_id,
            task_id=task.id,
            item_key="",
            is_ticked=False,
            note=f"Used {said}.",
            at=order.now,
            actor=order.by.key,
            actor_name=order.by.name,
        )
    )
    return said


def _lock(session: Session, task_id: int) -> tuple[Task, str]:
    """Return a task, locked, with the tag of its asset."""
    task = lock_task(session, task_id)
    if task.state == "cancelled":
        raise Conflict("This task was cancelled: nothing is booked on it.", code="task_not_open")
    tag = session.scalar(select(Asset.asset_tag).where(Asset.id == task.asset_id))
    if tag is None:
        text = "This task is not about an asset, so it has no cost."
        raise Conflict(text, code="task_without_asset")
    return task, tag
