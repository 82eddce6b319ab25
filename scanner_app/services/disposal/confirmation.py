"""Compare the recipient's list with what left, decide the differences, and keep the papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.disposal.consignments import (
    Confirmed,
    ConsignmentState,
    Expected,
    ItemDecision,
    ListRefused,
    match_list,
    read_list,
)
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import read_money
from scanner_app.models import Asset, ConsignmentDocument, ConsignmentItem
from scanner_app.services.disposal.shared import (
    find_item,
    list_items,
    lock,
    no_step,
    read_words,
    require,
    take_step,
)
from scanner_app.services.register.attachments import KeptFile


def confirm_list(
    session: Session, number: str, text: str, *, actor: Actor, now: datetime
) -> tuple[int, int, int]:
    """Compare the recipient's list with what left: how many are received, missing and extra.

    :raises Invalid: the list cannot be read.
    :raises NotFound, Conflict: it was not handed over, or its list was compared before.
    """
    row = require(session, number, ConsignmentState.CONFIRMED)
    try:
        listed = read_list(text)
    except ListRefused as error:
        raise Invalid(str(error), errors={"list": [str(error)]}) from None
    items = {item.id: item for item in list_items(session, row.id)}
    serials = dict(
        session.execute(
            select(Asset.id, Asset.serial_number).where(
                Asset.id.in_([item.asset_id for item in items.values()])
            )
        ).all()
    )
    matched = match_list(
        [
            Expected(item.id, serials.get(item.asset_id or 0) or "", item.code)
            for item in items.values()
        ],
        listed,
    )
    for item_id, line in matched.received.items():
        item = items[item_id]
        item.confirmed, item.listed = Confirmed.RECEIVED, _keep_line(line)
        item.weight_g = item.weight_g or line.weight_g
    for item_id in matched.missing:
        items[item_id].confirmed = Confirmed.MISSING
    for line in matched.extra:
        session.add(
            ConsignmentItem(
                consignment_id=row.id,
                code=line.serial or line.tag,
                weight_g=line.weight_g,
                confirmed=Confirmed.EXTRA,
                listed=_keep_line(line),
            )
        )
    take_step(row, ConsignmentState.CONFIRMED, "confirmed", actor, now)
    session.flush()
    return len(matched.received), len(matched.missing), len(matched.extra)


def _keep_line(line: Any) -> dict[str, Any]:
    names = ("serial", "tag", "weight_g", "disposition", "result", "certificate")
    return {name: getattr(line, name) for name in names}


def decide_item(
    session: Session,
    number: str,
    *,
    item_id: int,
    values: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Decide a difference, with a reason; or set what a received thing brought.

    :param values: `decision` and `reason`, or `proceeds` as money.
    :raises NotFound, Invalid, Conflict: the list was not compared, or it is closed.
    """
    row = lock(session, number)
    if row.state is not ConsignmentState.CONFIRMED:
        raise no_step(row, "decided")
    item = find_item(session, row.id, item_id)
    if values.get("proceeds", "").strip():
        try:
            item.proceeds_cents = read_money(values["proceeds"])
        except ValueError as error:
            raise Invalid(str(error), errors={"proceeds": [str(error)]}) from None
        session.flush()
        return
    errors: dict[str, list[str]] = {}
    reason = read_words(values, "reason", errors)
    if values.get("decision") not in {one.value for one in ItemDecision}:
        errors["decision"] = ["Choose one of the list."]
    if not reason and "reason" not in errors:
        errors["reason"] = ["Say why."]
    if errors:
        raise Invalid("This cannot be decided yet. Check the fields.", errors=errors)
    if item.confirmed is None or not item.confirmed.facts.is_decided:
        text = f"{item.code} was received: there is nothing to decide."
        raise Conflict(text, code="no_such_step")
    item.decision, item.reason = ItemDecision(values["decision"]), reason
    item.decided_name, item.decided_at = actor.name, now
    session.flush()


def add_document(
    session: Session, number: str, file: KeptFile, *, actor: Actor, now: datetime
) -> None:
    """Add a paper of the recipient. The same paper again is added once.

    :raises NotFound, Conflict: there is none, or it is over.
    """
    row = lock(session, number)
    if not row.state.facts.steps:
        raise no_step(row, "changed")
    known = select(ConsignmentDocument.id).where(
        ConsignmentDocument.consignment_id == row.id, ConsignmentDocument.sha256 == file.sha256
    )
    if session.scalar(known) is None:
        session.add(
            ConsignmentDocument(
                consignment_id=row.id,
                sha256=file.sha256,
                media_type=file.media_type,
                filename=file.filename,
                size=file.size,
                added_at=now,
                added_by=actor.name,
            )
        )
        session.flush()
