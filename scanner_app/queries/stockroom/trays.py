"""The scans of a tray, from the scan log."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import Answer, decode_answer
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.stockroom.tray import TrayScan, TrayStock, TrayThing
from scanner_app.models import Scan
from scanner_app.sql.conditions import is_undone

MAX_SCANS = 500


def load_tray(session: Session, handover_id: UUID) -> list[TrayScan]:
    """Return the lookups of a tray that are not undone, in the order in which they were scanned."""
    rows = session.execute(
        select(Scan.scan_id, Scan.code, Scan.scanned_at, Scan.answer)
        .where(Scan.handover == handover_id, Scan.intent == Intent.LOOKUP, ~is_undone())
        .order_by(Scan.scanned_at, Scan.id)
        .limit(MAX_SCANS)
    )
    return [read_scan(row.scan_id, row.code, row.scanned_at, row.answer) for row in rows]


def read_scan(scan_id: UUID, code: str, at: object, answer: str) -> TrayScan:
    """Return a scan of a tray, with what its answer says that it means."""
    told: Answer = decode_answer(answer)
    card, person, place, stock = told.asset, told.person, told.place, told.stock
    thing = None
    if card is not None and card.status:
        thing = TrayThing(
            card.asset_tag, card.name, Stage(card.status), card.custodian, card.custodian_name
        )
    return TrayScan(
        scan_id,
        code,
        at,  # type: ignore[arg-type] # a time, as the column has it
        thing,
        (person.number or code, person.name) if person else None,
        (place.code, place.name) if place else None,
        TrayStock(
            stock.code,
            stock.name,
            stock.quantity,
            stock.total if stock.level is None else stock.level,
            stock.unit,
            stock.returns,
            stock.location,
        )
        if stock
        else None,
    )
