"""What people change of an item by a command and not by a scan: its minimum, and a correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.scanning import sentences
from scanner_app.models import Location, StockMove
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.stock.items import get_item_id
from scanner_app.services.stock.items import CodeInput, lock_items
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Refused, adjust
from scanner_app.services.stock.rules import set_rule

MAX_REASON = 500


def change_rule(
    session: Session,
    *,
    code: str,
    location: str | None,
    least: int | None,
    target: int | None,
    now: datetime,
) -> int:
    """Set the minimum and the target of an item, and return the item's id.

    :param location: the code of a location; None for all together.
    :raises NotFound: no item has this code.
    :raises Invalid: a number or the location cannot be used.
    """
    item_id = get_item_id(session, code)
    lock_items(session, [item_id])
    location_id = require_location(session, location) if location else None
    set_rule(session, item_id=item_id, location_id=location_id, least=least, target=target, now=now)
    return item_id


def correct(
    session: Session,
    *,
    code: str,
    move_id: UUID,
    location: str,
    difference: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> int:
    """Correct a level by hand, and return the item's id. The same `move_id` again does nothing.

    :raises NotFound: no item has this code.
    :raises Invalid: the location, the number or the reason cannot be used.
    :raises Conflict: there are fewer pieces, or the id was used for something else.
    """
    reason = read_reason(reason)
    item_id = get_item_id(session, code)
    card = lock_items(session, [item_id])[item_id]
    known = session.execute(
        select(StockMove.stock_item_id, StockMove.reason).where(StockMove.scan_id == move_id)
    ).one_or_none()
    if known is not None:
        if tuple(known) == (item_id, reason):
            return item_id
        raise Conflict("This id was used before for something else.", code="id_reused")
    place_id = require_location(session, location)
    if difference == 0:
        problem = "Give the difference: 3, or -3."
        raise Invalid(problem, errors={"difference": [problem]})
    order = Order(at=now, now=now, by=by, scan_id=move_id, reason=reason)
    done = adjust(session, card, difference=difference, place_id=place_id, order=order)
    if isinstance(done, Refused):
        name = session.scalar(select(Location.name).where(Location.id == place_id))
        text = sentences.refused(done.refusal, thing=card.thing, there=done.there, where=name)
        raise Conflict(text, code=done.refusal.value)
    return item_id


def read_reason(text: str) -> str:
    """Return a reason as it is kept, on one line.

    :raises Invalid: it is missing or too long, or holds characters that nobody can see.
    """
    reason = " ".join(text.split())
    problem = ""
    if not reason:
        problem = "Say why, so that others understand it later."
    elif len(reason) > MAX_REASON:
        problem = f"Use at most {MAX_REASON} characters."
    elif not reason.isprintable():
        problem = "Leave out control and invisible characters."
    if problem:
        raise Invalid(problem, errors={"reason": [problem]})
    return reason


def require_location(session: Session, code: str, *, field: str = "location") -> int:
    """Return the id of a location.

    :raises Invalid: no location has this code.
    """
    location_id = find_location_id(session, code)
    if location_id is None:
        problem = f"No location has the code {code[:64]!r}."
        raise Invalid(problem, errors={field: [problem]})
    return location_id


def read_codes(session: Session, codes: Sequence[Mapping[str, Any]]) -> list[CodeInput]:
    """Return codes with the locations of their bins found.

    :raises Invalid: no location has the code of a bin.
    """
    return [
        CodeInput(
            one["code"],
            one.get("quantity") or 1,
            require_location(session, one["location"], field="codes")
            if one.get("location")
            else None,
        )
        for one in codes
    ]


def require_item(session: Session, code: str) -> int:
    """Return the id of an item that a field names.

    :raises Invalid: no item has this code.
    """
    try:
        return get_item_id(session, code)
    except NotFound as error:
        raise Invalid(str(error), errors={"item": [str(error)]}) from None
