"""The scans of a tray, from the scan log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.answer import (
    Answer,
    AssetCard,
    KitCard,
    StockCard,
    decode_answer,
)
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.stockroom.tray import TrayKit, TrayScan, TrayStock, TrayThing
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
    return [
        scan
        for row in rows
        for scan in read_scans(row.scan_id, row.code, row.scanned_at, row.answer)
    ]


def read_scans(scan_id: UUID, code: str, at: datetime, answer: str) -> list[TrayScan]:
    """Return a scan of a tray, with what its answer says that it means, and the pieces of a kit."""
    told: Answer = decode_answer(answer)
    person, place = told.person, told.place
    kit = _read_kit(told.kit) if told.kit else None
    scan = TrayScan(
        scan_id,
        code,
        at,
        _read_thing(told.asset),
        (person.number or code, person.name) if person else None,
        (place.code, place.name) if place else None,
        _read_stock(told.stock) if told.stock else None,
        kit,
    )
    pieces = told.kit.pieces if told.kit else ()
    return [
        scan,
        *(
            TrayScan(
                UUID(piece.scan_id),
                piece.ref,
                at,
                _read_thing(piece.asset),
                stock=_read_stock(piece.stock) if piece.stock else None,
                of_kit=kit,
            )
            for piece in pieces
            if piece.scan_id and (piece.asset or piece.stock)
        ),
    ]


def _read_kit(card: KitCard) -> TrayKit:
    is_out = any(piece.asset and piece.asset.custodian for piece in card.pieces)
    return TrayKit(card.code, card.name, card.returns, is_out)


def _read_thing(card: AssetCard | None) -> TrayThing | None:
    if card is None or not card.status:
        return None
    return TrayThing(
        card.asset_tag, card.name, Stage(card.status), card.custodian, card.custodian_name
    )


def _read_stock(card: StockCard) -> TrayStock:
    return TrayStock(
        card.code,
        card.name,
        card.quantity,
        card.total if card.level is None else card.level,
        card.unit,
        card.returns,
        card.location,
    )
