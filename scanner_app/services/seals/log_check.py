"""Check the log: every leaf from its row, every tile, every root and signature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.leaves import Tree, digest_leaf, name_leaf
from scanner_app.domain.seals.merkle import TILE_WIDTH, fold_tile, root_of
from scanner_app.domain.seals.notes import BadNote, verify_checkpoint
from scanner_app.models import Act, LogTile
from scanner_app.queries.seals.chain import list_links
from scanner_app.queries.seals.leaves import find_unsealed, read_leaves
from scanner_app.queries.seals.log import (
    CheckpointRow,
    TileReader,
    list_checkpoints,
    load_size,
    split_hashes,
)
from scanner_app.services.seals.log import SETTLED

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check found: a code that never changes, and what is wrong."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


def check_tree(
    session: Session,
    tree: Tree,
    *,
    keys: Mapping[str, str],
    now: datetime,
    outside: str | None = None,
) -> Iterator[Fault]:
    """Yield every fault of a tree.

    :param keys: the public keys that ever signed here, by their ids.
    :param outside: a checkpoint that was kept outside; the log must begin with it.
    """
    size = load_size(session, tree)
    refs: set[int] = set()
    yield from _check_tiles(session, tree, size, refs)
    yield from _find_unsealed(session, tree, refs, now)
    if tree is Tree.ACTS:
        yield from _check_seals(session)
    nodes = TileReader(session, tree)
    for point in list_checkpoints(session, tree):
        yield from _check_point(point, size, nodes, keys)
    if outside is not None:
        yield from _check_outside(outside, size, nodes, keys)


def _check_tiles(session: Session, tree: Tree, size: int, refs: set[int]) -> Iterator[Fault]:
    """Yield the faults of all levels, and collect the ids of the rows that are in the tree."""
    level, count = 0, size
    while count:
        full = 0
        for number in range(-(-count // TILE_WIDTH)):
            expected = min(TILE_WIDTH, count - number * TILE_WIDTH)
            tile = session.execute(
                select(LogTile.hashes, LogTile.refs, LogTile.labels).where(
                    LogTile.tree == tree, LogTile.level == level, LogTile.number == number
                )
            ).one_or_none()
            hashes = split_hashes(tile.hashes) if tile is not None else []
            if tile is None or len(hashes) < expected:
                yield Fault("tile", f"tile {level}/{number} of {tree.value} lacks hashes")
            elif level == 0:
                refs.update(tile.refs or ())
                yield from _check_leaves(session, tree, number * TILE_WIDTH, tile)
            else:
                yield from _check_above(session, tree, level, number, hashes)
            full += expected == TILE_WIDTH
        level, count = level + 1, full


def _check_leaves(session: Session, tree: Tree, first: int, tile: Any) -> Iterator[Fault]:
    hashes, labels = split_hashes(tile.hashes), tile.labels or {}
    rows = dict(read_leaves(session, tree, tile.refs or ()))
    for offset, row_id in enumerate(tile.refs or ()):
        leaf = rows.get(row_id)
        label = labels.get(str(row_id))
        if leaf is None:
            yield Fault("leaf", f"{name_leaf(tree, row_id, label)} is gone")
        elif digest_leaf(leaf) != hashes[offset]:
            name = name_leaf(tree, row_id, label, leaf.get("scan_id"))
            yield Fault("leaf", f"{name} is not what leaf {first + offset} says")


def _check_above(
    session: Session, tree: Tree, level: int, number: int, hashes: list[bytes]
) -> Iterator[Fault]:
    below = session.execute(
        select(LogTile.number, LogTile.hashes)
        .where(
            LogTile.tree == tree,
            LogTile.level == level - 1,
            LogTile.number >= number * TILE_WIDTH,
            LogTile.number < (number + 1) * TILE_WIDTH,
        )
        .order_by(LogTile.number)
    )
    for other, blob in below:
        offset, parts = other - number * TILE_WIDTH, split_hashes(blob)
        if len(parts) == TILE_WIDTH and fold_tile(parts) != hashes[offset]:
            yield Fault("tile", f"tile {level - 1}/{other} of {tree.value} is not what is above it")


def _find_unsealed(session: Session, tree: Tree, refs: set[int], now: datetime) -> Iterator[Fault]:
    above = 0
    while True:
        rows = find_unsealed(session, tree, above=above, limit=CHUNK)
        late = [id_ for id_, at in rows if id_ not in refs and at < now - SETTLED]
        for id_, leaf in read_leaves(session, tree, late):
            name = name_leaf(tree, id_, None, leaf.get("scan_id"))
            yield Fault("unsealed", f"{name} is in no window")
        if len(rows) < CHUNK:
            return
        above = rows[-1][0]


def _check_seals(session: Session) -> Iterator[Fault]:
    """Yield where the act that a record was sealed does not fit the row of seals."""
    seals = {seal.number: seal.sha256 for seal in list_links(session)}
    acts = session.scalars(select(Act.about).where(Act.kind == ActKind.SEALED).order_by(Act.id))
    for about in acts:
        number, sha256 = about.get("number"), about.get("sha256")
        if number is None:
            continue
        if number not in seals:
            yield Fault("leaf", f"act `sealed` {number} is there, and its seal is gone")
        elif seals[number] != sha256:
            yield Fault("leaf", f"act `sealed` {number} names another SHA-256 than its seal")


def _check_point(
    point: CheckpointRow, size: int, nodes: TileReader, keys: Mapping[str, str]
) -> Iterator[Fault]:
    where = f"checkpoint {point.size} of {point.tree.value}"
    pem = keys.get(point.key_id)
    if pem is None:
        yield Fault("signature", f"{where} is signed with key {point.key_id}, which is not here")
    else:
        try:
            verify_checkpoint(point.note, pem)
        except BadNote as error:
            yield Fault("signature", f"{where}: {error}")
    root = _root_at(point.size, nodes) if point.size <= size else None
    if root is None or root.hex() != point.root:
        yield Fault("root", f"{where} has another root than the log")


def _check_outside(
    note: str, size: int, nodes: TileReader, keys: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield a fork: the log does not begin with what a checkpoint from outside says."""
    failures = []
    for pem in keys.values():
        try:
            point = verify_checkpoint(note, pem)
        except BadNote as error:
            failures.append(str(error))
            continue
        if point.size > size:
            yield Fault("fork", f"the log has {size} leaves, the checkpoint had {point.size}")
        elif _root_at(point.size, nodes) != point.root:
            yield Fault("fork", f"the log has another root at {point.size} than the checkpoint")
        return
    yield Fault("signature", f"the checkpoint given: {failures[0] if failures else 'no key'}")


def _root_at(size: int, nodes: TileReader) -> bytes | None:
    """Return the root of a size, None where a tile is missing, which is named already."""
    try:
        return root_of(size, nodes)
    except NotFound:
        return None
