"""The kits of a hand-over: their pieces as lines, and what of each is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from scanner_app.domain.circulation.loan_rules import Returns
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.stockroom.document import DocumentKit
from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.stockroom.kits import InTray, Kit, Piece, PieceKind
from scanner_app.domain.stockroom.new_handover import NewHandover, NewLine
from scanner_app.domain.stockroom.tray import Tray
from scanner_app.queries.circulation.line_facts import find_items, find_tags, load_things
from scanner_app.queries.stockroom.kits import find_fixed, find_kit_ids, load_kits
from scanner_app.services.scanning.kits import KIT, find_returns, piece_id
from scanner_app.services.scanning.resolve import ResolvedScan


def mean_kits(
    session: Session, handover: NewHandover, resolved: Sequence[ResolvedScan], *, zone: str
) -> tuple[NewHandover, list[int]]:
    """Return the hand-over with a line for each piece of the kits that its lines name.

    A page without a network sends the label of a kit as it is. Beside the hand-over is, for each
    line, which one of those that were sent it comes from.
    """
    ids = {item.meaning.id or 0 for item in resolved if item.meaning.kind == KIT}
    kits = load_kits(session, ids, with_past=True)
    lines: list[NewLine] = []
    origins: list[int] = []
    codes = dict.fromkeys(handover.kits)
    for index, (line, item) in enumerate(zip(handover.lines, resolved, strict=True)):
        pieces = [line]
        if item.meaning.kind == KIT:
            kit = kits[item.meaning.id or 0].at(item.effective_at)
            codes[kit.tag] = None
            returns = find_returns(session, kit, zone=zone, path=kit.home_path)
            if handover.kind.facts.needs_person or returns is Returns.TRUST:
                pieces = _spread(line, kit) or [line]
        lines += pieces
        origins += [index] * len(pieces)
    return replace(handover, lines=tuple(lines), kits=tuple(codes)), origins


def _spread(line: NewLine, kit: Kit) -> list[NewLine]:
    is_back = line.scan.intent is Intent.CHECK_IN
    return [
        line._replace(
            scan=line.scan._replace(
                scan_id=piece_id(line.scan.scan_id, piece),
                code=piece.ref,
                symbology=None,
                quantity=piece.quantity if piece.kind is PieceKind.STOCK else None,
            )
        )
        for piece in kit.pieces
        if piece.kind is PieceKind.ASSET
        or (piece.kind is PieceKind.STOCK and (piece.returns or not is_back))
    ]


def describe_kits(
    session: Session, handover: NewHandover, resolved: Sequence[ResolvedScan]
) -> list[DocumentKit]:
    """Return the kits of a hand-over that was recorded, each with what is not in it.

    Of a check-out, that is what was not handed over; of a check-in, what somebody still has.
    """
    assets = _ids(resolved, "asset")
    stock = _ids(resolved, "stock_item")
    wanted = set(find_kit_ids(session, handover.kits).values())
    wanted |= set(find_fixed(session, assets).values())
    kits = sorted(load_kits(session, wanted).values(), key=lambda kit: kit.tag)
    if not kits:
        return []
    models = {id_: thing.model_id for id_, thing in load_things(session, assets).items()}
    tray = InTray(models, stock)
    is_out = handover.kind.facts.needs_person
    return [
        DocumentKit(kit.tag, kit.name, tray.lacks(kit) if is_out else _list_out(kit))
        for kit in kits
    ]


def _list_out(kit: Kit) -> list[str]:
    return [f"{piece.thing}, {piece.where}" for piece in kit.assets if piece.holder_id is not None]


class PieceState(StrEnum):
    """Where a piece of a kit is, as the tray of a counter shows it."""

    HERE = "here"
    OUT = "out"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class PieceInTray:
    """A piece of a kit.

    :param said: where it is, if it is not in the tray.
    """

    thing: str
    state: PieceState
    said: str = ""


@dataclass(frozen=True, slots=True)
class KitInTray:
    """A kit that the counter shows below the lines.

    :param scan_id: of the scan of its label; None if only pieces of it are in the tray.
    """

    code: str
    name: str
    scan_id: UUID | None
    pieces: tuple[PieceInTray, ...]

    @property
    def here(self) -> int:
        return sum(piece.state is PieceState.HERE for piece in self.pieces)


def list_tray_kits(session: Session, tray: Tray) -> list[KitInTray]:
    """Return the kits whose labels are in a tray, and those of which a piece comes back."""
    tags = find_tags(session, (line.tag for line in tray.ready if line.thing))
    items = find_items(session, (line.tag for line in tray.ready if line.stock))
    labels = {scan.kit.code: scan.scan_id for scan in tray.scans if scan.kit}
    wanted = set(find_kit_ids(session, labels).values())
    if tray.kind is HandoverKind.RETURN:
        wanted |= set(find_fixed(session, tags.values()).values())
    kits = load_kits(session, wanted)
    if not kits:
        return []
    things = load_things(session, set(tags.values()))
    here = InTray({id_: thing.model_id for id_, thing in things.items()}, set(items.values()))
    return [
        KitInTray(
            kit.tag,
            kit.name,
            labels.get(kit.tag),
            tuple(_place_piece(piece, kit, here) for piece in kit.pieces),
        )
        for kit in sorted(kits.values(), key=lambda kit: kit.tag)
    ]


def _place_piece(piece: Piece, kit: Kit, here: InTray) -> PieceInTray:
    if piece.kind is PieceKind.MODEL:
        lacking = here.lacks(replace(kit, pieces=(*kit.assets, replace(piece, is_required=True))))
        is_here = not any(one.endswith(f"x {piece.name or piece.ref}") for one in lacking)
    else:
        is_here = here.has(piece)
    if is_here:
        return PieceInTray(piece.thing, PieceState.HERE)
    if piece.kind is not PieceKind.ASSET:
        return PieceInTray(piece.thing, PieceState.AWAY, "not scanned")
    state = PieceState.OUT if piece.holder_id is not None else PieceState.AWAY
    return PieceInTray(piece.thing, state, piece.where)


def _ids(resolved: Iterable[ResolvedScan], kind: str) -> set[int]:
    return {
        item.meaning.id
        for item in resolved
        if item.meaning.kind == kind and item.meaning.id is not None
    }
