"""Selects over reservations: lists, one with its pick list, and what is booked of some things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.stockroom.kits import Kit, PieceKind
from scanner_app.domain.stockroom.reservations import (
    Demand,
    LineCount,
    ReservationState,
    Span,
    find_state,
)
from scanner_app.domain.text import is_storable
from scanner_app.models import (
    Asset,
    AssetModel,
    Location,
    Person,
    Reservation,
    ReservationLine,
    ReservationPick,
)
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor
from scanner_app.queries.stockroom.kits import load_kits


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A line of a reservation, with what was picked up for it.

    :param picked: assets that were handed over for it; `out` those that the person still has.
    """

    id: int
    asset_id: int | None
    kit_id: int | None
    model_id: int | None
    quantity: int
    ref: str
    name: str
    model_of: int | None = None
    kit: Kit | None = None
    place: str = ""
    place_name: str = ""
    holder_name: str | None = None
    picked: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    out: int = 0

    @property
    def thing(self) -> str:
        if self.model_id is not None:
            return f"{self.quantity} x {self.name}"
        return f"{self.ref} {self.name}".strip()

    @property
    def wanted(self) -> int:
        """Return how many assets the line asks for: of a kit, its required ones and units."""
        if self.kit is None:
            return self.quantity
        return sum(
            piece.quantity
            for piece in self.kit.pieces
            if piece.is_required and piece.kind is not PieceKind.STOCK
        )

    @property
    def is_filled(self) -> bool:
        return len(self.picked) >= self.wanted

    def count(self) -> LineCount:
        return LineCount(self.wanted, len(self.picked), self.out)


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """A reservation with its lines."""

    id: int
    number: str
    person_id: int
    person: str
    person_ref: str
    place: str | None
    place_name: str | None
    starts_at: datetime
    ends_at: datetime
    buffer_hours: int
    note: str
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_as: str | None
    actor: str
    is_draft: bool = False
    lines: tuple[ReservedLine, ...] = ()

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def state(self) -> ReservationState:
        counts = [line.count() for line in self.lines]
        return find_state(self.ended_as, counts, is_draft=self.is_draft)

    @property
    def title(self) -> str:
        return ", ".join(line.thing for line in self.lines)

    def demands(self) -> list[Demand]:
        """Return what it asks for and was not picked up: once it is booked, it keeps that."""
        found: list[Demand] = []
        for line in self.lines:
            said = (self.person, self.number)
            if line.kit is not None and not line.is_filled:
                found += demands_of_kit(line.kit, self.span, *said)
            elif line.asset_id is not None and not line.is_filled:
                found.append(Demand(self.span, line.asset_id, line.model_of, 1, *said))
            elif line.model_id is not None:
                left = line.quantity - len(line.picked)
                if left > 0:
                    found.append(Demand(self.span, None, line.model_id, left, *said))
        return found


def demands_of_kit(kit: Kit, span: Span, person: str = "", number: str = "") -> list[Demand]:
    """Return what a kit asks for: its assets, and units of its models."""
    return [
        Demand(
            span,
            piece.asset_id,
            piece.model_id if piece.kind is PieceKind.MODEL else piece.model_of,
            piece.quantity,
            person,
            number,
        )
        for piece in kit.pieces
        if piece.kind is not PieceKind.STOCK
    ]


_ROWS = (
    select(
        Reservation.id,
        Reservation.number,
        Reservation.person_id,
        Person.name,
        Person.number.label("person_number"),
        Location.code,
        Location.name.label("place_name"),
        Reservation.starts_at,
        Reservation.ends_at,
        Reservation.buffer_hours,
        Reservation.note,
        Reservation.made_at,
        Reservation.made_by,
        Reservation.ended_at,
        Reservation.ended_as,
        Reservation.actor,
        Reservation.is_draft,
    )
    .join(Person, Person.id == Reservation.person_id)
    .outerjoin(Location, Location.id == Reservation.place_id)
)


_LINES = (
    select(
        ReservationLine.reservation_id,
        ReservationLine.id,
        ReservationLine.asset_id,
        ReservationLine.kit_id,
        ReservationLine.model_id,
        ReservationLine.quantity,
        Asset.asset_tag,
        Asset.name,
        Asset.model_id.label("model_of"),
        AssetModel.name.label("model"),
        Location.full_name,
        Location.name.label("place_name"),
        Person.name.label("holder"),
    )
    .outerjoin(Asset, Asset.id == ReservationLine.asset_id)
    .outerjoin(AssetModel, AssetModel.id == ReservationLine.model_id)
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(Person, Person.id == Asset.custodian_id)
    .order_by(ReservationLine.id)
)


def _read(row: Any) -> ReservationRow:
    ref = row.person_number or f"~{row.person_id}"
    return ReservationRow(*(*row[:4], ref, *row[5:]))


def _load(session: Session, statement: Any) -> list[ReservationRow]:
    rows = [_read(row) for row in session.execute(statement)]
    lines = _load_lines(session, rows)
    return [replace(row, lines=tuple(lines[row.id])) for row in rows]


def _load_lines(session: Session, rows: Sequence[ReservationRow]) -> dict[int, list[ReservedLine]]:
    ids = [row.id for row in rows]
    people = {row.id: row.person_id for row in rows}
    found: dict[int, list[ReservedLine]] = defaultdict(list)
    if not ids:
        return found
    picks = _load_picks(session, ids)
    lines = session.execute(_LINES.where(ReservationLine.reservation_id.in_(ids))).all()
    kits = load_kits(session, {line.kit_id for line in lines if line.kit_id is not None})
    for line in lines:
        kit = kits.get(line.kit_id or 0)
        mine = picks[line.id]
        person_id = people[line.reservation_id]
        found[line.reservation_id].append(
            ReservedLine(
                line.id,
                line.asset_id,
                line.kit_id,
                line.model_id,
                line.quantity,
                kit.tag if kit else line.asset_tag or line.model,
                kit.name if kit else line.name or line.model or "",
                line.model_of,
                kit,
                line.full_name or "",
                line.place_name or "",
                line.holder,
                tuple(asset_id for asset_id, _, _ in mine),
                tuple(tag for _, tag, _ in mine),
                sum(holder_id == person_id for _, _, holder_id in mine),
            )
        )
    return found


def _load_picks(
    session: Session, ids: Sequence[int]
) -> dict[int, list[tuple[int, str, int | None]]]:
    """Return, by line, the assets that were picked up, with who has each now."""
    picks: dict[int, list[tuple[int, str, int | None]]] = defaultdict(list)
    rows = session.execute(
        select(ReservationPick.line_id, Asset.id, Asset.asset_tag, Asset.custodian_id)
        .join(ReservationLine, ReservationLine.id == ReservationPick.line_id)
        .join(Asset, Asset.id == ReservationPick.asset_id)
        .where(ReservationLine.reservation_id.in_(ids))
        .order_by(ReservationPick.id)
    )
    for line_id, asset_id, tag, holder_id in rows:
        picks[line_id].append((asset_id, tag, holder_id))
    return picks


def get_reservation(session: Session, number: str) -> ReservationRow:
    """Return a reservation by its number.

    :raises NotFound: no reservation has it.
    """
    wanted = number.strip().upper()
    rows = _load(session, _ROWS.where(Reservation.number == wanted)) if is_storable(wanted) else []
    if not rows:
        raise NotFound("That reservation does not exist. Choose one from the list.")
    return rows[0]


def list_reservations(
    session: Session, *, person_id: int | None = None, is_open: bool = False,
    is_draft: bool = False, cursor: str | None = None, limit: int = 100,
) -> Page[ReservationRow]:  # fmt: skip
    """Return a page of reservations, those that start last first.

    :param is_open: only those that were not ended.
    :param is_draft: only drafts.
    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="starts")
    statement = _ROWS.order_by(Reservation.starts_at.desc(), Reservation.id.desc())
    if person_id is not None:
        statement = statement.where(Reservation.person_id == person_id)
    if is_open:
        statement = statement.where(Reservation.ended_at.is_(None))
    if is_draft:
        statement = statement.where(Reservation.is_draft)
    if after is not None:
        last = select(Reservation.starts_at).where(Reservation.id == after.id).scalar_subquery()
        same = Reservation.starts_at == last
        statement = statement.where(
            (Reservation.starts_at < last) | (same & (Reservation.id < after.id))
        )
    rows = _load(session, statement.limit(limit + 1))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Cursor("starts", rows[-1].number, rows[-1].id))
    return Page(rows, following)


def load_between(
    session: Session, span: Span, *, without_ended: bool = True
) -> list[ReservationRow]:
    """Return the reservations that touch a span, in the order of their starts; no drafts."""
    statement = _ROWS.where(
        Reservation.starts_at < span.ends_at,
        Reservation.ends_at > span.starts_at,
        Reservation.is_draft.is_(False),
    )
    if without_ended:
        statement = statement.where(Reservation.ended_at.is_(None))
    return _load(session, statement.order_by(Reservation.starts_at, Reservation.id))


def load_open_of(session: Session, person_id: int) -> list[ReservationRow]:
    """Return what is booked for a person and was not picked up whole, the first first."""
    rows = _load(
        session,
        _ROWS.where(Reservation.person_id == person_id, Reservation.ended_at.is_(None)).order_by(
            Reservation.starts_at, Reservation.id
        ),
    )
    return [row for row in rows if row.state.facts.holds]


def list_lapsed(session: Session, *, since: datetime) -> list[ReservationRow]:
    """Return the reservations that nobody picked up and that were ended since a moment."""
    lapsed = Reservation.ended_as == ReservationState.LAPSED.value
    return _load(session, _ROWS.where(lapsed, Reservation.ended_at >= since))
