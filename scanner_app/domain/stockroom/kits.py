"""Kits: what belongs to one at a moment, and whether it is whole.

A kit has no status that could drift from its pieces: it is whole when its required assets share who
has them and where they are. Else it is incomplete, and the odd pieces are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import Intent

CODE_SCHEME = "kit_code"
CODE_PREFIX = "KIT-"
MAX_TAG = 64
MAX_NAME = 200
MAX_PIECES = 100
# What a scan of the label of a kit does to each of its pieces. A scan of it for anything else
# does not show that the pieces are there.
SPREADS = frozenset(
    {Intent.CHECK_OUT, Intent.CHECK_IN, Intent.MOVE, Intent.TRANSFER, Intent.EXTEND}
)


class PieceKind(StrEnum):
    ASSET = "asset"
    MODEL = "model"
    STOCK = "stock"

    @property
    def facts(self) -> PieceFacts:
        """Return the row of this kind."""
        return PIECE_KINDS[self]


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """What is said about a kind of piece.

    :param column: which id of a piece it has.
    """

    label: str
    column: str


PIECE_KINDS: Mapping[PieceKind, PieceFacts] = {
    PieceKind.ASSET: PieceFacts("Asset", "asset_id"),
    PieceKind.MODEL: PieceFacts("Any of a model", "model_id"),
    PieceKind.STOCK: PieceFacts("Pieces of stock", "stock_item_id"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a kit, and where it is now if it is an asset.

    :param ref: the tag of an asset, the name of a model, the code of a stock item.
    :param holder: the number of who has it, else the e-mail or name.
    :param model_of: of an asset, its model.
    :param returns: of stock, whether its pieces come back.
    """

    id: int
    kind: PieceKind
    ref: str
    name: str
    quantity: int
    is_required: bool
    started_at: datetime
    ended_at: datetime | None = None
    asset_id: int | None = None
    model_id: int | None = None
    stock_item_id: int | None = None
    status: Stage | None = None
    holder_id: int | None = None
    holder: str | None = None
    holder_name: str | None = None
    place_id: int | None = None
    place_name: str | None = None
    returns: bool = True
    model_of: int | None = None

    @property
    def thing(self) -> str:
        """Return the piece as a sentence names it."""
        if self.kind is PieceKind.ASSET:
            return f"{self.ref} {self.name}".strip()
        return f"{self.quantity} x {self.name or self.ref}"

    @property
    def where(self) -> str:
        """Return where an asset is, as a sentence goes on: "with Dana", "in Stockroom"."""
        if self.status is not None and (self.status.facts.has_ended or self.is_missing):
            return self.status.facts.label.lower()
        if self.holder_name:
            return f"with {self.holder_name}"
        return f"in {self.place_name}" if self.place_name else "at no known location"

    @property
    def is_missing(self) -> bool:
        return self.status is Stage.MISSING


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit with its pieces; those of the past too, if it was loaded with them."""

    id: int
    tag: str
    name: str
    is_fixed: bool
    home_id: int | None
    home_code: str | None
    home_name: str | None
    home_path: str
    ended_at: datetime | None
    pieces: tuple[Piece, ...] = ()

    @property
    def thing(self) -> str:
        return f"{self.tag} {self.name}".strip()

    @property
    def assets(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind is PieceKind.ASSET]

    @property
    def odd(self) -> tuple[Piece, ...]:
        """Return the required assets that are elsewhere than the rest; none if it is whole."""
        return find_odd(self.pieces)

    @property
    def holder(self) -> Piece | None:
        """Return a piece that somebody has: the first."""
        return next((piece for piece in self.assets if piece.holder_id is not None), None)

    def at(self, moment: datetime) -> Kit:
        """Return the kit with the pieces that it had at a moment.

        A scan from before the kit was made up, by a clock that is behind, means those of now.
        """
        there = tuple(
            piece
            for piece in self.pieces
            if piece.started_at <= moment and (piece.ended_at is None or moment < piece.ended_at)
        )
        now = tuple(piece for piece in self.pieces if piece.ended_at is None)
        return replace(self, pieces=there or now)


def find_odd(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the required assets that do not share who has them and where they are with most.

    Of two halves, the one with the first piece counts as the kit.
    """
    wanted = [piece for piece in pieces if piece.kind is PieceKind.ASSET and piece.is_required]
    there = Counter((piece.holder_id, piece.place_id) for piece in wanted if not _is_gone(piece))
    if not there:
        return tuple(wanted)
    most = max(there.values())
    common = next(
        key
        for key in ((piece.holder_id, piece.place_id) for piece in wanted if not _is_gone(piece))
        if there[key] == most
    )
    return tuple(
        piece for piece in wanted if _is_gone(piece) or (piece.holder_id, piece.place_id) != common
    )


def _is_gone(piece: Piece) -> bool:
    return piece.status is not None and (piece.status.facts.has_ended or piece.is_missing)


@dataclass(frozen=True, slots=True)
class InTray:
    """What lies on a counter, as a kit asks for it: assets with their models, and stock items."""

    assets: Mapping[int, int | None]
    stock: Collection[int] = ()

    def lacks(self, kit: Kit) -> list[str]:
        """Return the required pieces that are not here, as a sentence names them."""
        own = {piece.asset_id for piece in kit.assets}
        free = Counter(model for id_, model in self.assets.items() if id_ not in own)
        lacking = []
        for piece in kit.pieces:
            if not piece.is_required:
                continue
            if piece.kind is PieceKind.MODEL:
                found = min(piece.quantity, free[piece.model_id])
                free[piece.model_id] -= found
                if found < piece.quantity:
                    lacking.append(f"{piece.quantity - found} x {piece.name or piece.ref}")
            elif not self.has(piece):
                lacking.append(piece.thing)
        return lacking

    def has(self, piece: Piece) -> bool:
        """Return whether an asset or pieces of stock are here."""
        if piece.kind is PieceKind.STOCK:
            return piece.stock_item_id in self.stock
        return piece.asset_id in self.assets


@dataclass(frozen=True, slots=True)
class KitFacts:
    """What the decision table asks of one line.

    :param broken_up: the fixed kit that the line goes without.
    :param incomplete: the kit in the tray whose `missing` pieces are named at this line.
    """

    broken_up: str | None = None
    incomplete: str | None = None
    missing: tuple[str, ...] = ()


def judge_kits(kits: Iterable[Kit], tray: InTray, scanned: Collection[int]) -> dict[int, KitFacts]:
    """Return what is to be said of the assets of a tray, by their ids.

    :param kits: those in the tray, and the fixed ones of its assets.
    :param scanned: the ids of the kits in the tray: their labels were scanned.
    """
    facts: dict[int, KitFacts] = {}
    for kit in kits:
        lacking = tuple(tray.lacks(kit))
        mine = [piece.asset_id for piece in kit.assets if piece.asset_id in tray.assets]
        if not lacking:
            continue
        if kit.id in scanned:
            first = next(iter(mine), None) or next(iter(tray.assets), None)
            if first is not None:
                facts[first] = replace(
                    facts.get(first, KitFacts()), incomplete=kit.thing, missing=lacking
                )
        elif kit.is_fixed:
            for id_ in mine:
                if id_ is not None:
                    facts[id_] = replace(facts.get(id_, KitFacts()), broken_up=kit.thing)
    return facts


def say_kit(kit: Kit) -> str:
    """Return what a scan of a kit's label is told."""
    count = sum(piece.quantity for piece in kit.pieces)
    pieces = "1 piece" if count == 1 else f"{count} pieces"
    if not kit.pieces:
        return f"{kit.thing}: nothing belongs to it yet."
    odd = kit.odd
    if odd:
        return f"{kit.thing}, incomplete: {say_pieces(odd)}."
    first = next(iter(kit.assets), None)
    return f"{kit.thing}: {pieces}, whole{f', {first.where}' if first else ''}."


def say_pieces(pieces: Sequence[Piece]) -> str:
    """Return pieces with where they are: "TR-5 Tripod is with Dana"."""
    return "; ".join(f"{piece.thing} is {piece.where}" for piece in pieces)
