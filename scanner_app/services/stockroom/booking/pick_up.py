"""Pick-ups: which things of a hand-over were booked by the person, and until when they may stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.kits import PieceKind
from scanner_app.domain.stockroom.new_handover import NewHandover
from scanner_app.domain.stockroom.reservations import is_for_pick_up
from scanner_app.models import ReservationPick
from scanner_app.queries.circulation.line_facts import Thing, load_things
from scanner_app.queries.stockroom.booked import is_reserved_at_all
from scanner_app.queries.stockroom.reservations import ReservationRow, ReservedLine, load_open_of
from scanner_app.services.scanning.resolve import ResolvedScan


class Pick(NamedTuple):
    """An asset that fills a line of a reservation."""

    line_id: int
    number: str
    ends_at: datetime


def find_picks(
    session: Session, person_id: int | None, asset_ids: Collection[int], now: datetime
) -> dict[int, Pick]:
    """Return which line of the person's reservations each asset fills, by the asset's id.

    Exactly what was booked comes first, then pieces of a kit, then units of a model; last, another
    unit of the same model in place of the one that was booked.
    """
    if person_id is None or not asset_ids or not is_reserved_at_all(session):
        return {}
    rows = [
        row for row in load_open_of(session, person_id) if is_for_pick_up(row.state, row.span, now)
    ]
    if not rows:
        return {}
    things = load_things(session, asset_ids)
    return match_picks(rows, {id_: things[id_] for id_ in asset_ids if id_ in things})


def match_picks(rows: Sequence[ReservationRow], things: Mapping[int, Thing]) -> dict[int, Pick]:
    """Return the line that each asset fills; see `find_picks`."""
    picks: dict[int, Pick] = {}
    taken: dict[int, int] = {}
    for fits in (_is_it, _is_piece, _is_unit, _is_substitute):
        for id_, thing in things.items():
            if id_ in picks:
                continue
            for row in rows:
                line = next(
                    (
                        one
                        for one in row.lines
                        if len(one.picked) + taken.get(one.id, 0) < one.wanted
                        and id_ not in one.picked
                        and fits(one, thing)
                    ),
                    None,
                )
                if line is not None:
                    picks[id_] = Pick(line.id, row.number, row.ends_at)
                    taken[line.id] = taken.get(line.id, 0) + 1
                    break
    return picks


def _is_it(line: ReservedLine, thing: Thing) -> bool:
    return line.asset_id == thing.id


def _is_piece(line: ReservedLine, thing: Thing) -> bool:
    return line.kit is not None and any(
        piece.asset_id == thing.id
        or (piece.kind is PieceKind.MODEL and piece.model_id == thing.model_id)
        for piece in line.kit.pieces
    )


def _is_unit(line: ReservedLine, thing: Thing) -> bool:
    return line.model_id is not None and line.model_id == thing.model_id


def _is_substitute(line: ReservedLine, thing: Thing) -> bool:
    return line.model_of is not None and line.model_of == thing.model_id


def set_due(
    handover: NewHandover, resolved: Sequence[ResolvedScan], picks: Mapping[int, Pick]
) -> tuple[NewHandover, list[ResolvedScan]]:
    """Return the hand-over with the end of a reservation as due date of what was booked."""
    lines, items = [], []
    for line, item in zip(handover.lines, resolved, strict=True):
        pick = picks.get(item.meaning.id or 0) if item.meaning.kind == "asset" else None
        scan = item.scan
        if pick is not None and scan.due_at is None and pick.ends_at > scan.scanned_at:
            scan = scan._replace(due_at=pick.ends_at)
        lines.append(line._replace(scan=scan))
        items.append(item._replace(scan=scan))
    return replace(handover, lines=tuple(lines)), items


def keep_picks(
    session: Session,
    picks: Mapping[int, Pick],
    asset_ids: Collection[int],
    *,
    handover_id: int,
    at: datetime,
) -> None:
    """Note what was picked up for which line."""
    session.add_all(
        ReservationPick(line_id=pick.line_id, asset_id=id_, handover_id=handover_id, at=at)
        for id_, pick in picks.items()
        if id_ in asset_ids
    )
    session.flush()
