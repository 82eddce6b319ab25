"""Selects over kits: their pieces with where each is, and which kit an asset belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import NotFound
from scanner_app.domain.stockroom.kits import Kit, Piece, PieceKind
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, KitPiece, Location, Person, StockItem
from scanner_app.models import Kit as KitTable
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

_PIECES = (
    select(
        KitPiece.kit_id,
        KitPiece.id,
        KitPiece.quantity,
        KitPiece.is_required,
        KitPiece.started_at,
        KitPiece.ended_at,
        KitPiece.asset_id,
        KitPiece.model_id,
        KitPiece.stock_item_id,
        Asset.asset_tag,
        Asset.name.label("asset_name"),
        Asset.status,
        Asset.custodian_id,
        Asset.location_id,
        Asset.model_id.label("model_of"),
        AssetModel.name.label("model_name"),
        StockItem.code,
        StockItem.name.label("item_name"),
        StockItem.returns,
        Person.number,
        Person.email,
        Person.name.label("person_name"),
        Location.name.label("place_name"),
    )
    .outerjoin(Asset, Asset.id == KitPiece.asset_id)
    .outerjoin(AssetModel, AssetModel.id == KitPiece.model_id)
    .outerjoin(StockItem, StockItem.id == KitPiece.stock_item_id)
    .outerjoin(Person, Person.id == Asset.custodian_id)
    .outerjoin(Location, Location.id == Asset.location_id)
    .order_by(KitPiece.id)
)
_KITS = select(
    KitTable.id,
    KitTable.tag,
    KitTable.name,
    KitTable.is_fixed,
    KitTable.home_location_id,
    Location.code,
    Location.name,
    func.coalesce(Location.path, ""),
    KitTable.ended_at,
).outerjoin(Location, Location.id == KitTable.home_location_id)


def load_kits(
    session: Session | Connection, ids: Collection[int], *, with_past: bool = False
) -> dict[int, Kit]:
    """Return kits by id, with the pieces of now.

    :param with_past: with those that were taken out too; `Kit.at` chooses among them.
    """
    if not ids:
        return {}
    wanted = sorted(ids)
    pieces: dict[int, list[Piece]] = defaultdict(list)
    statement = _PIECES.where(KitPiece.kit_id.in_(wanted))
    if not with_past:
        statement = statement.where(KitPiece.ended_at.is_(None))
    for row in session.execute(statement):
        pieces[row.kit_id].append(_read(row))
    return {
        row[0]: replace(Kit(*row), pieces=tuple(pieces[row[0]]))
        for row in session.execute(_KITS.where(KitTable.id.in_(wanted)))
    }


def _read(row: Any) -> Piece:
    if row.asset_id is not None:
        kind, ref, name = PieceKind.ASSET, row.asset_tag, row.asset_name
    elif row.model_id is not None:
        kind, ref, name = PieceKind.MODEL, row.model_name, row.model_name
    else:
        kind, ref, name = PieceKind.STOCK, row.code, row.item_name
    return Piece(
        row.id,
        kind,
        ref,
        name,
        row.quantity,
        row.is_required,
        row.started_at,
        row.ended_at,
        row.asset_id,
        row.model_id,
        row.stock_item_id,
        row.status,
        row.custodian_id,
        row.number or row.email or row.person_name,
        row.person_name,
        row.location_id,
        row.place_name,
        row.returns is not False,
        row.model_of,
    )


def find_fixed(session: Session, asset_ids: Iterable[int]) -> dict[int, int]:
    """Return the live fixed kit that each asset is a piece of, by the asset's id."""
    wanted = sorted(set(asset_ids))
    if not wanted:
        return {}
    rows = session.execute(
        select(KitPiece.asset_id, KitPiece.kit_id).where(
            KitPiece.asset_id.in_(wanted), KitPiece.ended_at.is_(None), KitPiece.is_fixed
        )
    )
    return {asset_id: kit_id for asset_id, kit_id in rows if asset_id is not None}


def find_of_asset(session: Session, asset_id: int) -> list[Kit]:
    """Return the live kits that an asset is a piece of."""
    ids = set(
        session.scalars(
            select(KitPiece.kit_id).where(
                KitPiece.asset_id == asset_id, KitPiece.ended_at.is_(None)
            )
        )
    )
    return sorted(load_kits(session, ids).values(), key=lambda kit: kit.tag)


def find_incomplete_of(session: Session, person_id: int) -> list[Kit]:
    """Return the kits of which a person has a piece and which are not whole."""
    ids = set(
        session.scalars(
            select(KitPiece.kit_id)
            .join(Asset, Asset.id == KitPiece.asset_id)
            .where(Asset.custodian_id == person_id, KitPiece.ended_at.is_(None))
        )
    )
    kits = sorted(load_kits(session, ids).values(), key=lambda kit: kit.tag)
    return [kit for kit in kits if kit.odd]


def find_kit_ids(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """Return the ids of live kits by the codes on their labels."""
    keys = {tag_key(code): code for code in codes}
    rows = session.execute(
        select(KitTable.tag_key, KitTable.id).where(
            KitTable.tag_key.in_(sorted(keys)), KitTable.ended_at.is_(None)
        )
    )
    return {keys[key]: id_ for key, id_ in rows}


def get_kit(session: Session, tag: str) -> Kit:
    """Return a kit by its code.

    :raises NotFound: no kit has it.
    """
    key = tag_key(tag)
    id_ = (
        session.scalar(select(KitTable.id).where(KitTable.tag_key == key))
        if is_storable(key)
        else None
    )
    if id_ is None:
        raise NotFound("That kit does not exist. Choose one from the list.")
    return load_kits(session, [id_])[id_]


def list_kits(
    session: Session, *, query: str = "", with_ended: bool = False,
    cursor: str | None = None, limit: int = 100,
) -> Page[Kit]:  # fmt: skip
    """Return a page of kits by name.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="name")
    statement = select(KitTable.id, KitTable.name).order_by(KitTable.name, KitTable.id)
    if not with_ended:
        statement = statement.where(KitTable.ended_at.is_(None))
    for word in [word for word in query.split()[:10] if is_storable(word)]:
        named = func.lower(KitTable.name).contains(word.lower(), autoescape=True)
        coded = KitTable.tag_key.contains(tag_key(word), autoescape=True)
        statement = statement.where(named | coded)
    if after is not None:
        same = KitTable.name == after.key
        statement = statement.where((KitTable.name > after.key) | (same & (KitTable.id > after.id)))
    rows = session.execute(statement.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Cursor("name", rows[-1].name, rows[-1].id))
    kits = load_kits(session, [row.id for row in rows])
    return Page([kits[row.id] for row in rows], following)
