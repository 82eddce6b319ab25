"""Writes planned stock: items, what was received with them, counts and minimums, in one ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from scanner_app.domain.imports.kind import PLACES
from scanner_app.domain.imports.runs import RunNotes, Verdict
from scanner_app.models import ImportRun, StockItem
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.queries.imports.stock_snapshot import list_items, load_levels, load_minimums
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.imports.kinds.locations.apply import add_locations
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.stock import moves
from scanner_app.services.stock.counts import record_count
from scanner_app.services.stock.items import create_item, edit_item, lock_items
from scanner_app.services.stock.ledger import Author, Order
from scanner_app.services.stock.moves import Refused
from scanner_app.services.stock.rules import set_rule

REASON = "imported"


class ImportedBy(NamedTuple):
    """Who began an import, as the moves name them."""

    key: str
    name: str


def apply_stock(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned stock.

    :raises Conflict: an item, a level or a minimum was changed since the check.
    """
    by = ImportedBy(run.actor or run.created_by, run.created_by)
    to_make = RunNotes.from_json(run.headers).to_make
    places = add_locations(session, to_make.get(PLACES.name, {}), now=now)
    added: dict[tuple[str, ...], int] = {}
    for done, row in enumerate(_stream(session, run.id), 1):
        detail = row.detail
        item_id = _write_item(session, row, added, now=now)
        place_id = places[detail["place_key"]] if "place_key" in detail else detail.get("place")
        if "count" in detail:
            _open_books(session, row, item_id, place_id, by=by, now=now)
        if minimum := detail.get("minimum"):
            set_rule(
                session, item_id=item_id, location_id=place_id,
                least=minimum["least"], target=minimum["target"], now=now,
            )  # fmt: skip
        progress(done)


def _stream(session: Session, run_id: int) -> Iterator[Row[Any]]:
    """Yield the planned rows, those that add items first, in the order of the file."""
    for verdict in (Verdict.CREATED, Verdict.CHANGED):
        for chunk in stream_planned(session, run_id, verdict):
            yield from chunk


def _write_item(
    session: Session, row: Row[Any], added: dict[tuple[str, ...], int], *, now: datetime
) -> int:
    """Add or change the item of a row, and return its id."""
    item, values = row.detail["item"], row.detail.get("values")
    if not isinstance(item, int):
        key = tuple(item)
        if key not in added:
            added[key] = create_item(session, values=values or {}, now=now)
        return added[key]
    lock_items(session, [item])
    _refuse_moved(session, row, item)
    if values:
        code = session.get_one(StockItem, item).code
        edit_item(session, code=code, values=values, now=now)
    return item


def _refuse_moved(session: Session, row: Row[Any], item_id: int) -> None:
    found = list_items(session, [item_id])
    was: Mapping[str, Any] = row.detail.get("was", {})
    if not found or any(getattr(found[0], name) != value for name, value in was.items()):
        raise register_moved_error(f"{row.label} was changed")
    place_id = row.detail.get("place")
    count, minimum = row.detail.get("count"), row.detail.get("minimum")
    if count and load_levels(session, [item_id]).get((item_id, place_id)) != count["was"]:
        raise register_moved_error(f"pieces of {row.label} were moved")
    if minimum:
        before = load_minimums(session, [item_id]).get((item_id, place_id), (None, None))
        if list(before) != minimum["was"]:
            raise register_moved_error(f"the minimum of {row.label} was changed")


def _open_books(
    session: Session,
    row: Row[Any],
    item_id: int,
    place_id: int | None,
    *,
    by: Author,
    now: datetime,
) -> None:
    """Receive what the row says was bought, and count what lies there now."""
    count = row.detail["count"]
    card = load_cards(session, [item_id])[item_id]
    if place_id is None:
        raise register_moved_error(f"the location of {row.label} is gone")
    if count.get("order_number") or count.get("bought_on") or count.get("unit_cost_cents"):
        order = Order(
            at=_bought_at(count["bought_on"], now), now=now, by=by, reason=REASON,
            unit_cost_cents=count["unit_cost_cents"], currency=count["currency"],
            order_number=count["order_number"] or None,
        )  # fmt: skip
        moves.receive(session, card, quantity=count["quantity"], place_id=place_id, order=order)
    done = record_count(
        session, card, quantity=count["quantity"], place_id=place_id,
        order=Order(at=now, now=now, by=by, reason=REASON),
    )  # fmt: skip
    if isinstance(done, Refused):
        raise register_moved_error(f"pieces of {row.label} were moved")


def _bought_at(day: str, now: datetime) -> datetime:
    """Return when pieces came; a day in the future is taken as now, since they lie there."""
    if not day:
        return now
    return min(datetime.combine(date.fromisoformat(day), time(12), UTC), now)
