"""What open deliveries still expect and which tasks are open, as a phone keeps it for offline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.lifecycle.checklists import Item, find_open_items
from scanner_app.domain.lifecycle.tasks import OPEN_STATES, TaskKind, page_of, write_number
from scanner_app.domain.procurement.deliveries import ReceiptDecision, ReceiptState
from scanner_app.domain.procurement.receiving import SENTENCES
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import (
    Asset,
    AssetModel,
    Delivery,
    Identifier,
    OrderLine,
    PurchaseOrder,
    Receipt,
    Task,
    TaskAnswer,
)
from scanner_app.queries.procurement.orders import LineRow, load_lines
from scanner_app.queries.scanning.codes import PLAIN
from scanner_app.queries.scanning.offline_lists import find_unsure, means_another

# A phone keeps the newest: more than a person works on, and still a small file.
MAX_TASKS = 2000
MAX_DELIVERIES = 100
_GOES = frozenset({ReceiptDecision.RETURN, ReceiptDecision.LEAVE_OUT})


def load_expected_work(
    session: Session, *, rules: TagRules, now: datetime, with_deliveries: bool
) -> dict[str, Any]:
    """Return the open tasks with what their assets are scanned by, and the open deliveries.

    :param with_deliveries: whether who asks may receive: to others no order is named.
    """
    rows = session.execute(
        select(Task, Asset.asset_tag, Asset.name, Asset.status)
        .outerjoin(Asset, Asset.id == Task.asset_id)
        .where(Task.state.in_(OPEN_STATES))
        .order_by(Task.id.desc())
        .limit(MAX_TASKS)
    ).all()
    found = [(row[0], f"{row[1]} {row[2]}".strip(), row[3]) for row in rows]
    tasks = [one for one in found if _is_told(one[0], with_deliveries)]
    ids = [task.id for task, _, _ in tasks]
    keys = _load_keys(session, {task.asset_id for task, _, _ in tasks}, rules=rules, now=now)
    ticked = _find_ticked(session, ids)
    arriving = [task.id for task, _, _ in tasks if task.kind is TaskKind.DELIVERY]
    return {
        "sentences": {
            "task": sentences.task_read(title="{title}", number="{number}", state="{state}"),
            **{told.value: text for told, text in SENTENCES.items()},
        },
        "tasks": [
            {
                **_show_task(task),
                "keys": keys.get(task.asset_id or 0, []),
                **_name_work(task, thing, stage, ticked[task.id]),
            }
            for task, thing, stage in tasks
        ],
        "deliveries": [load_expected(session, id_) for id_ in arriving[:MAX_DELIVERIES]],
    }


def _is_told(task: Task, with_deliveries: bool) -> bool:
    return with_deliveries or task.kind is not TaskKind.DELIVERY


def _show_task(task: Task) -> dict[str, Any]:
    number = write_number(task.kind, task.id)
    return {
        "number": number,
        "kind": task.kind.value,
        "title": task.title,
        "state": task.state.facts.label.lower(),
        "page": page_of(task.kind, number),
        "is_open": True,
    }


def _name_work(task: Task, thing: str, stage: Stage | None, ticked: set[str]) -> dict[str, Any]:
    """Return which scan of the asset names this task, and the server's sentence for it."""
    intent, number = task.kind.facts.named_by, write_number(task.kind, task.id)
    if intent is None or task.asset_id is None:
        return {"intent": None, "said": ""}
    if task.kind is TaskKind.DEPLOYMENT:
        items = [Item.from_json(one) for one in task.items.get("items", [])]
        left = len(find_open_items(items, ticked))
        said = sentences.deploying(thing=thing, number=number, left=left, is_new=False)
        return {"intent": intent, "said": said}
    if stage is not Stage.IN_MAINTENANCE:
        return {"intent": None, "said": ""}  # planned: a scan that sends it there begins it
    said = sentences.refused(Refusal.ALREADY_IN_MAINTENANCE, thing=thing, task=number)
    return {"intent": intent, "said": said}


def _find_ticked(session: Session, task_ids: Iterable[int]) -> defaultdict[int, set[str]]:
    """Return the keys of the items whose newest answer is a tick, by task."""
    rows = session.execute(
        select(TaskAnswer.task_id, TaskAnswer.item_key, TaskAnswer.is_ticked)
        .where(TaskAnswer.task_id.in_(task_ids), TaskAnswer.item_key != "")
        .order_by(TaskAnswer.id)
    )
    newest = {(task_id, key): is_ticked for task_id, key, is_ticked in rows}
    ticked: defaultdict[int, set[str]] = defaultdict(set)
    for (task_id, key), is_ticked in newest.items():
        if is_ticked:
            ticked[task_id].add(key)
    return ticked


def _load_keys(
    session: Session, asset_ids: set[int | None], *, rules: TagRules, now: datetime
) -> dict[int, list[str]]:
    """Return the plain keys that mean one asset alone, by its id."""
    rows = session.execute(
        select(Identifier.asset_id, Identifier.value, means_another())
        .where(
            Identifier.asset_id.in_([id_ for id_ in asset_ids if id_ is not None]),
            Identifier.ended_at.is_(None),
            Identifier.scheme.in_(PLAIN),
        )
        .order_by(Identifier.id)
    ).all()
    named = [("asset", id_ or 0, value) for id_, value, _ in rows]
    unsure = find_unsure(session, named, rules=rules, now=now)
    keys: dict[int, list[str]] = {}
    for asset_id, value, is_double in rows:
        if not is_double and value not in unsure:
            keys.setdefault(asset_id or 0, []).append(value)
    return keys


def load_expected(session: Session, task_id: int) -> dict[str, Any]:
    """Return the lines of a delivery with what came of each, and its receipts in their order.

    `open` pieces of a line are not booked; `before` came by other deliveries, booked or waiting.
    """
    order_id, order_number = session.execute(
        select(Delivery.order_id, PurchaseOrder.number)
        .join(PurchaseOrder, PurchaseOrder.id == Delivery.order_id)
        .where(Delivery.task_id == task_id)
    ).one()
    rows = session.execute(
        select(Receipt, OrderLine.position)
        .outerjoin(OrderLine, OrderLine.id == Receipt.line_id)
        .where(Receipt.task_id == task_id)
        .order_by(Receipt.id)
    ).all()
    came: dict[int, int] = defaultdict(int)
    for receipt, position in rows:
        if receipt.state is ReceiptState.RECEIVED and receipt.decision not in _GOES:
            came[position or 0] += receipt.quantity
    lines = load_lines(session, [order_id])[order_id]
    announced = _list_announced(session, order_number)
    keys = _load_product_keys(session, order_id)
    return {
        "number": write_number(TaskKind.DELIVERY, task_id),
        "order": order_number,
        "lines": [
            _show_line(line, came[line.position], announced) | {"key": keys[line.position]}
            for line in lines
        ],
        "receipts": [
            {
                "serial": receipt.serial,
                "line": position,
                "quantity": receipt.quantity,
                "state": receipt.state.value,
                "stays": receipt.decision not in _GOES,
                "is_accepted": receipt.decision is ReceiptDecision.ACCEPT,
            }
            for receipt, position in rows
        ],
    }


def _show_line(line: LineRow, came: int, announced: dict[str, list[str]]) -> dict[str, Any]:
    count = line.count
    return {
        "position": line.position,
        "what": line.what,
        "has_serials": line.kind.facts.has_serials,
        "model_code": line.model_code,
        "stock_item": line.stock_item or None,
        "quantity": count.ordered,
        "open": count.open,
        "before": count.booked + count.received - came,
        "serials": announced.get(line.model, []),
    }


def _load_product_keys(session: Session, order_id: int) -> dict[int, str]:
    """Return the key of the product of each line, by its position; empty where it has none."""
    rows = session.execute(
        select(OrderLine.position, OrderLine.model_key).where(OrderLine.order_id == order_id)
    )
    return {position: key for position, key in rows}  # noqa: C416 - mypy takes no rows for pairs


def _list_announced(session: Session, order_number: str) -> dict[str, list[str]]:
    """Return the serial numbers that a list announced for an order, by the name of their model."""
    rows = session.execute(
        select(AssetModel.name, Asset.serial_number)
        .join(AssetModel, AssetModel.id == Asset.model_id)
        .where(
            Asset.order_number == order_number,
            Asset.status == Stage.ORDERED,
            Asset.serial_number.is_not(None),
        )
        .order_by(Asset.id)
        .limit(MAX_TASKS)
    )
    announced: dict[str, list[str]] = {}
    for model, serial in rows:
        announced.setdefault(model, []).append(serial or "")
    return announced
